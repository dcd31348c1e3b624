"""The host's own network, which a local cloud uses and must not conflict with."""

from ipaddress import IPv4Network
from pathlib import Path

from localcloud.shell import run


def let_forward(switch: Path = Path("/proc/sys/net/ipv4/ip_forward")) -> None:
    """Enable IPv4 forwarding if it is off; if it is on, the file may be read-only."""
    if switch.read_text(encoding="ascii").strip() != "1":
        switch.write_text("1", encoding="ascii")


def routed_networks() -> list[IPv4Network]:
    """The networks that the host already has a route to, except the default route."""
    destinations = [line.split()[0] for line in run(["ip", "-4", "route"]).splitlines() if line]
    return [IPv4Network(one) for one in destinations if one[0].isdigit() and one != "0.0.0.0/0"]


def resolvers() -> list[IPv4Network]:
    """The host's name servers."""
    return [IPv4Network(address) for address in nameservers()]


def nameservers(etc: Path = Path("/etc/resolv.conf")) -> list[str]:
    """IPv4 name servers that a guest can reach: not a resolver on the host's loopback."""
    upstream = Path("/run/systemd/resolve/resolv.conf")
    for file in (etc, upstream):
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        found = [line.split()[1] for line in lines if line.startswith("nameserver ")]
        usable = [one for one in found if ":" not in one and not one.startswith("127.")]
        if usable:
            return usable
    return []


def overlap(network: IPv4Network) -> IPv4Network | None:
    """The first routed network or name server of the host that overlaps `network`."""
    others = [*routed_networks(), *resolvers()]
    return next((other for other in others if network.overlaps(other)), None)
