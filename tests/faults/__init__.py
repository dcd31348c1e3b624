"""Fault injection for AWS calls: a proxy for any client, and hooks inside one process."""
