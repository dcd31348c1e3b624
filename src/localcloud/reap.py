"""Remove whatever a scope has left behind: containers, namespaces, links, routes, rules, leases.

It needs to know nothing of the server that made them, so it also cleans up after a kill -9.
"""

from localcloud import network
from localcloud.leases import Leases
from localcloud.podman import containers, remove
from localcloud.state import base_directory


def reap(scope: str) -> int:
    """Remove everything of a scope; returns how many machines there were."""
    names = containers(scope)
    remove(*names)
    network.remove_scope(scope)
    Leases(base_directory() / "leases", scope).release_all()
    return len(names)
