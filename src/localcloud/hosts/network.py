"""The network of one local cloud: one router per VPC, one namespace per instance.

Every VPC is a network namespace with a bridge, so two clouds can both use 10.20.0.0/16. An uplink
(a /30 from our own range) connects each router to the host. The router maps each public address
to one private address, as an internet gateway does, and masquerades the rest.
"""

import logging
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from localcloud.hosts import host_network, rules
from localcloud.leases import Leases
from localcloud.shell import CommandError, run

log = logging.getLogger(__name__)

METADATA = "169.254.169.254"


@dataclass(frozen=True)
class Endpoint:
    """One guest's attachment: its namespace, address and router."""

    namespace: str
    address: IPv4Address
    router: "Router"
    port: str

    @property
    def path(self) -> Path:
        """The namespace's file, for podman and setns."""
        return Path("/run/netns") / self.namespace


class Router:
    """The namespace that routes one VPC."""

    def __init__(self, scope: str, name: str, cidr: IPv4Network, link: IPv4Network) -> None:
        self.namespace = namespace(scope, name)
        self.cidr = cidr
        self.gateway = cidr[1]  # as in every VPC
        self.near, self.far = link[1], link[2]  # the uplink's addresses: host's, router's
        self.uplink = f"lcu{int(link.network_address) & 0xFFFF:04x}"
        self._scope, self._link = scope, link

    def create(self) -> None:
        """Create the namespace with its bridge, uplink and rules."""
        batch(
            f"netns add {self.namespace}",
            f"link add {self.uplink} type veth peer name uplink netns {self.namespace}",
            f"addr add {self.near}/30 dev {self.uplink}",
            f"link set {self.uplink} up",
        )
        batch(
            "link set lo up",
            "link add vpc type bridge",
            f"addr add {self.gateway}/{self.cidr.prefixlen} dev vpc",
            "link set vpc up",
            f"addr add {self.far}/30 dev uplink",
            "link set uplink up",
            f"route add default via {self.near}",
            namespace=self.namespace,
        )
        forward = "echo 1 >/proc/sys/net/ipv4/ip_forward; exec nft -f -"
        run(
            ["ip", "netns", "exec", self.namespace, "sh", "-c", forward],
            stdin=rules.router(self.cidr),
        )
        self._route_private_addresses()
        # Last: the only step that is not undone by deleting the namespace and the uplink.
        nft(rules.host_uplink(self._scope, self.uplink, self._link))

    def discard(self) -> None:
        """Remove a router that `create` left unfinished."""
        _try_all(["ip", "link", "del", self.uplink], ["ip", "netns", "del", self.namespace])

    def _route_private_addresses(self) -> None:
        """Route private addresses from the host too, unless that conflicts with another network."""
        taken = host_network.overlap(self.cidr)
        if taken:
            log.info("%s: no route from the host, %s is in it or over it", self.cidr, taken)
            return
        run(["ip", "route", "add", str(self.cidr), "via", str(self.far), "dev", self.uplink])

    def publish(self, public: str, private: IPv4Address) -> None:
        """Map the public address to `private`, in both directions."""
        nft(rules.host_guest(self._scope, "add", public))
        nft(rules.mapping("add", public, private), self.namespace)
        run(["ip", "route", "replace", public, "via", str(self.far), "dev", self.uplink])

    def withdraw(self, public: str, private: IPv4Address) -> None:
        """Remove the mapping of a public address."""
        run(["ip", "route", "del", public, "dev", self.uplink])
        nft(rules.mapping("delete", public, private), self.namespace)
        nft(rules.host_guest(self._scope, "delete", public))


class Network:
    """All routers and guests of one scope (a local cloud, or a single machine)."""

    def __init__(self, scope: str, leases: Leases) -> None:
        self._scope, self._leases = scope, leases
        self._routers: dict[str, Router] = {}
        self._lock = threading.Lock()

    def router(self, vpc: str, cidr: IPv4Network) -> Router:
        """The router of a VPC, created for its first guest."""
        with self._lock:
            if not self._routers:
                host_network.let_forward()
                nft(rules.host(self._scope))
            if vpc not in self._routers:
                self._routers[vpc] = self._new_router(vpc, cidr)
            return self._routers[vpc]

    def _new_router(self, vpc: str, cidr: IPv4Network) -> Router:
        link = self._leases.uplink()
        router = Router(self._scope, vpc, cidr, link)
        try:
            router.create()
        except Exception:
            # An unfinished router would block every later launch in the VPC.
            router.discard()
            self._leases.release(link.network_address)
            raise
        return router

    def attach(self, router: Router, guest: str, address: str, mac: str | None = None) -> Endpoint:
        """Create the guest's namespace: its interface, and the metadata address on its loopback.

        The metadata address comes first: without it, a request to 169.254.169.254 would reach
        this machine's own metadata service.
        """
        space, port = namespace(self._scope, guest), f"v{guest[-12:]}"
        endpoint = Endpoint(space, IPv4Address(address), router, port)
        batch(f"netns add {space}")
        try:
            batch(f"addr add {METADATA}/32 dev lo", "link set lo up", namespace=space)
            batch(
                f"link add {port} netns {router.namespace} type veth peer name eth0 netns {space}"
            )
            batch(f"link set {port} master vpc", f"link set {port} up", namespace=router.namespace)
            batch(
                *([f"link set eth0 address {mac}"] if mac else []),
                f"addr add {address}/{router.cidr.prefixlen} dev eth0",
                "link set eth0 up",
                f"route add default via {router.gateway}",
                namespace=space,
            )
        except CommandError:
            self.detach(endpoint)
            raise
        return endpoint

    def detach(self, endpoint: Endpoint) -> None:
        """Remove the guest's interface and namespace."""
        # Delete the link explicitly: a namespace stays alive while it has open connections.
        _try_all(
            ["ip", "-n", endpoint.router.namespace, "link", "del", endpoint.port],
            ["ip", "netns", "del", endpoint.namespace],
        )


def _try_all(*commands: list[str]) -> None:
    """Run every command, even if others fail."""
    for command in commands:
        try:
            run(command)
        except CommandError as error:
            log.warning("%s", error)


def namespace(scope: str, name: str) -> str:
    """The name of a namespace; the dot ends the scope, so that scope 571 never removes 5710's."""
    return f"lc-{scope}.{name}"


def remove_scope(scope: str) -> None:
    """Remove every namespace and rule of a scope; this also removes their links and routes."""
    prefix = namespace(scope, "")
    names = [line.split()[0] for line in run(["ip", "netns", "list"]).splitlines() if line]
    ours = [name for name in names if name.startswith(prefix)]
    if ours:
        batch(*(f"netns del {name}" for name in ours))
    if rules.table(scope) in run(["nft", "list", "tables", "ip"]).split():
        nft(f"delete table ip {rules.table(scope)}\n")


def batch(*commands: str, namespace: str | None = None) -> None:
    """Run several `ip` commands in one process."""
    inside = ["-n", namespace] if namespace else []
    run(["ip", *inside, "-batch", "-"], stdin="\n".join(commands) + "\n")


def nft(script: str, namespace: str | None = None) -> None:
    """Load nftables commands atomically."""
    inside = ["ip", "netns", "exec", namespace] if namespace else []
    run([*inside, "nft", "-f", "-"], stdin=script)
