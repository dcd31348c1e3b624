"""Remove everything that a scope left: containers, namespaces, links, routes, rules, leases.

It does not depend on the server that created them, so it also cleans up after a kill -9.
"""

from localcloud.hosts import network
from localcloud.hosts.podman import containers, remove
from localcloud.leases import Leases
from localcloud.state import base_directory


def reap(scope: str) -> int:
    """Remove everything in a scope; returns the number of machines removed."""
    names = containers(scope)
    remove(*names)
    network.remove_scope(scope)
    Leases(base_directory() / "leases", scope).release_all()
    return len(names)
