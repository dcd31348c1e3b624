"""Faults on the way to AWS: a proxy for any client, and the same faults inside one process."""
