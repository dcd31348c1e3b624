"""Addresses lent to a local cloud, so that several of them on one machine never share one.

A lease is a file named after the address that holds the name of its scope (for a cloud: its
port). Making the file takes the address, and the kernel lets one process only make it.
"""

import ipaddress
import random
from pathlib import Path

# RFC 2544's range for tests of network devices: nobody's address in any real network.
PUBLIC = ipaddress.IPv4Network("198.18.0.0/16")
UPLINKS = ipaddress.IPv4Network("198.19.0.0/16")


class Leases:
    """The addresses of one local cloud, out of the ranges that all of them share."""

    def __init__(self, directory: Path, scope: str) -> None:
        self._directory, self._scope = directory, scope

    def public_address(self) -> str:
        """A public IPv4 address, at random: one used again soon would meet an old SSH host key."""
        return self._take(PUBLIC, 1)

    def uplink(self) -> ipaddress.IPv4Network:
        """A /30 between a VPC's router and the host."""
        return ipaddress.IPv4Network(f"{self._take(UPLINKS, 4)}/30")

    def release(self, address: ipaddress.IPv4Address) -> None:
        """Give one address back; for an uplink, the first of its network."""
        (self._directory / str(address)).unlink(missing_ok=True)

    def release_all(self) -> None:
        """Give back whatever this scope holds, also of a server that was killed."""
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
