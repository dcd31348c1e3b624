"""nftables rules as text: one table on the host per local cloud, one in each VPC's router."""

import re
from ipaddress import IPv4Address, IPv4Network

from localcloud.leases import PUBLIC, UPLINKS

_OURS = f"{{ {PUBLIC}, {UPLINKS} }}"


def table(scope: str) -> str:
    """The name of a scope's table on the host."""
    return "localcloud_" + re.sub(r"\W", "_", scope)


def host(scope: str) -> str:
    """The host's table: guests use the host's address and cannot connect to the host itself.

    Loading it again replaces it; plain nftables would add every rule again.
    """
    name = table(scope)
    return f"""\
table ip {name}
delete table ip {name}
table ip {name} {{
  set guests {{ type ipv4_addr; flags interval; }}
  set uplinks {{ type ifname; }}
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    ip saddr @guests ip daddr != {_OURS} masquerade
  }}
  chain input {{
    type filter hook input priority filter;
    iifname @uplinks ct state new drop
  }}
}}
"""


def host_uplink(scope: str, uplink: str, link: IPv4Network) -> str:
    """Add a VPC's uplink to the host's table."""
    name = table(scope)
    return (
        f"add element ip {name} uplinks {{ {uplink} }}\nadd element ip {name} guests {{ {link} }}\n"
    )


def host_guest(scope: str, verb: str, public: str) -> str:
    """`add` or `delete` a public address in the host's table."""
    return f"{verb} element ip {table(scope)} guests {{ {public} }}\n"


def router(vpc: IPv4Network) -> str:
    """A router's table: one-to-one NAT for public addresses, masquerading for the rest.

    Connections to another guest's public address are masqueraded, because the replies must
    return through the router. Link-local addresses never leave the VPC.
    """
    return f"""\
table ip localcloud {{
  map inbound {{ type ipv4_addr : ipv4_addr; }}
  map outbound {{ type ipv4_addr : ipv4_addr; }}
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    dnat to ip daddr map @inbound
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    ip saddr {vpc} ip daddr {vpc} ct status dnat masquerade
    oifname "uplink" snat to ip saddr map @outbound
    oifname "uplink" masquerade
  }}
  chain forward {{
    type filter hook forward priority filter;
    ip daddr 169.254.0.0/16 drop
  }}
}}
"""


def mapping(verb: str, public: str, private: IPv4Address) -> str:
    """`add` or `delete` one public address in a router's table."""
    return (
        f"{verb} element ip localcloud inbound {{ {public} : {private} }}\n"
        f"{verb} element ip localcloud outbound {{ {private} : {public} }}\n"
    )
