# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may connect to a training host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource
from ..normal import canonical, tags_of

PURPOSES = {22: "SSH", 8501: "dashboard"}
ANYWHERE = {"proto": "all", "cidr_ip": "0.0.0.0/0"}


def _name(inputs: Inputs) -> str:
    return f"{inputs.stem}-training"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """In: the allowed networks on the given ports. Out: everything, for packages and AWS."""
    own = (facts.caller_cidr,) if facts.caller_cidr else ()
    sources = inputs.allowed_cidrs or own
    properties = {
        "vpc": "vpc/main",
        "description": f"Training hosts of {inputs.stem}",
        "ingress": [_rule(port, cidr) for port in inputs.ingress_ports for cidr in sources],
        "egress": [ANYWHERE],
        "tags": inputs.named_tags(_name(inputs)),
    }
    return [Resource("security_group", "training", _name(inputs), properties)]


def _rule(port: int, cidr: str) -> Properties:
    """One rule in the words of amazon.aws.ec2_security_group."""
    return {
        "proto": "tcp",
        "from_port": port,
        "to_port": port,
        "cidr_ipv6" if ":" in cidr else "cidr_ip": cidr,
        "rule_desc": PURPOSES.get(port, f"port {port}"),
    }


def read(cloud: Cloud) -> list[Found]:
    """The security groups with our name or tags."""
    result = []
    for group in cloud.pages("ec2", "describe_security_groups", "SecurityGroups"):
        tags = tags_of(group.get("Tags"))
        if group["GroupName"] == _name(cloud.inputs) or cloud.ours(tags):
            properties = {
                "vpc": group["VpcId"],
                "description": group["Description"],
                "ingress": rules(group["IpPermissions"]),
                "egress": rules(group["IpPermissionsEgress"]),
                "tags": tags,
            }
            result.append(Found("security_group", group["GroupName"], group["GroupId"], properties))
    return result


def rules(permissions: list[Mapping[str, Any]]) -> list[Properties]:
    """One rule per source, in the words of amazon.aws.ec2_security_group."""
    result = [
        {**_ports(permission), **source}
        for permission in permissions
        for source in _sources(permission)
    ]
    return sorted(result, key=canonical)


def _ports(permission: Mapping[str, Any]) -> Properties:
    if permission["IpProtocol"] == "-1":
        return {"proto": "all"}
    ports = {"from_port": permission.get("FromPort"), "to_port": permission.get("ToPort")}
    return {"proto": permission["IpProtocol"], **ports}


def _sources(permission: Mapping[str, Any]) -> list[Properties]:
    kinds = (
        ("IpRanges", "CidrIp", "cidr_ip"),
        ("Ipv6Ranges", "CidrIpv6", "cidr_ipv6"),
        ("PrefixListIds", "PrefixListId", "ip_prefix"),
        ("UserIdGroupPairs", "GroupId", "group_id"),
    )
    return [
        {argument: source[field]}
        | ({"rule_desc": source["Description"]} if source.get("Description") else {})
        for listed, field, argument in kinds
        for source in permission.get(listed, [])
    ]


KIND = Kind(
    "security_group",
    "network",
    desired,
    read,
    immutable=frozenset({"vpc", "description"}),
)
