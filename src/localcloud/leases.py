"""Address leases: local clouds on one machine never share an address.

A lease is a file named after the address; it contains the name of its scope (for a cloud: its
port). Creating the file takes the address, and only one process can create it.
"""

import ipaddress
import random
from pathlib import Path

# The benchmarking range of RFC 2544: not used in any real network.
PUBLIC = ipaddress.IPv4Network("198.18.0.0/16")
UPLINKS = ipaddress.IPv4Network("198.19.0.0/16")


class Leases:
    """The addresses of one local cloud, taken from the ranges that all clouds share."""

    def __init__(self, directory: Path, scope: str) -> None:
        self._directory, self._scope = directory, scope

    def public_address(self) -> str:
        """A random public IPv4 address: a recently used one would clash with a known host key."""
        return self._take(PUBLIC, 1)

    def uplink(self) -> ipaddress.IPv4Network:
        """A /30 between a VPC's router and the host."""
        return ipaddress.IPv4Network(f"{self._take(UPLINKS, 4)}/30")

    def release(self, address: ipaddress.IPv4Address) -> None:
        """Release one address; for an uplink, the first address of its network."""
        (self._directory / str(address)).unlink(missing_ok=True)

    def release_all(self) -> None:
        """Release everything this scope holds, including leases of a killed server."""
        if not self._directory.exists():
            return
        for lease in self._directory.iterdir():
            if lease.read_text(encoding="ascii") == self._scope:
                lease.unlink(missing_ok=True)

    def _take(self, network: ipaddress.IPv4Network, step: int) -> str:
        self._directory.mkdir(parents=True, exist_ok=True)
        for _attempt in range(10_000):
            offset = random.randrange(step, network.num_addresses - step, step)  # noqa: S311
            address = str(network[offset])
            try:
                with (self._directory / address).open("x", encoding="ascii") as lease:
                    lease.write(self._scope)
            except FileExistsError:
                continue
            return address
        raise RuntimeError(f"no free address left in {network}: see {self._directory}")
