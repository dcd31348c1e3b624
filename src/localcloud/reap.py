"""Remove whatever a server left behind."""


def reap(port: int) -> int:
    """Remove the machines of the local cloud on this port; returns how many there were."""
    return 0
