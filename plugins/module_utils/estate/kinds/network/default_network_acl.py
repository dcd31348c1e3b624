# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The default network ACL of the VPC, limited to the ports in use.

It filters in addition to the security groups, which limit who may connect. It is stateless, so
responses to connections from the VPC must be allowed in on high ports. AWS creates and deletes it
with the VPC, so `create` adopts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, concurrently
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.tags import tag_list, tags_of
from ...inputs import Inputs
from ..ec2 import set_tags, wait_until
from .default_security_group import delete

#: Protocol numbers in the AWS API.
PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}
NUMBERS = {word: number for number, word in PROTOCOLS.items()}
ANYWHERE = "0.0.0.0/0"

#: Entries from this number up are those with which AWS ends every list: deny the rest.
LAST = 32767

#: The ephemeral ports that responses return to: those of a NAT gateway, and those of Linux.
NAT_PORTS = (1024, 65535)
HOST_PORTS = (32768, 60999)
#: In the port range of a NAT gateway, but a common target of scans, so denied. If the gateway picks
#: it for a connection (one in 64,000), the connection fails and is retried from another port.
REMOTE_DESKTOP = (3389, 3389)


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Inbound: the VPC itself, the ports of hosts, and responses. Outbound: everything."""
    nat = inputs.nat_gateways != "none"
    answers = NAT_PORTS if nat else HOST_PORTS
    entries = [
        _entry("all", inputs.vpc_cidr),
        *(_entry("tcp", ANYWHERE, (port, port)) for port in inputs.ingress_ports),
        *([_entry("tcp", ANYWHERE, REMOTE_DESKTOP, "deny")] if nat else []),
        _entry("tcp", ANYWHERE, answers),
        _entry("udp", ANYWHERE, answers),
        # For "fragmentation needed", without which large packets would be lost.
        _entry("icmp", ANYWHERE),
    ]
    properties = {
        "vpc": "vpc/main",
        "ingress": {str(number * 10): entry for number, entry in enumerate(entries, start=1)},
        "egress": {"10": _entry("all", ANYWHERE)},
        "elsewhere": [],
        "tags": inputs.named_tags(inputs.named("default")),
    }
    return [Resource("default_network_acl", "main", inputs.named("default"), properties)]


def _entry(
    proto: str, cidr: str, ports: tuple[int, int] | None = None, action: str = "allow"
) -> Properties:
    entry: Properties = {"action": action, "proto": proto, "cidr": cidr}
    return entry | ({"from_port": ports[0], "to_port": ports[1]} if ports else {})


def read(cloud: Cloud) -> list[Found]:
    """The default ACLs of the VPCs with our name or tags."""
    vpcs, acls, subnets = concurrently(
        lambda asked: cloud.pages("ec2", *asked),
        (
            ("describe_vpcs", "Vpcs"),
            ("describe_network_acls", "NetworkAcls"),
            ("describe_subnets", "Subnets"),
        ),
    )
    ours = {v["VpcId"] for v in vpcs if cloud.named_or_ours(tags_of(v.get("Tags")), _stem(cloud))}
    own = {s["SubnetId"] for s in subnets if cloud.ours(tags_of(s.get("Tags")))}
    return [
        Found("default_network_acl", cloud.inputs.named("default"), acl["NetworkAclId"], about)
        for acl in acls
        if acl["IsDefault"] and acl["VpcId"] in ours
        for about in [_properties(acl, [a for a in acls if a["VpcId"] == acl["VpcId"]], own)]
    ]


def _stem(cloud: Cloud) -> str:
    return cloud.inputs.stem


def _properties(acl: Mapping[str, Any], beside: list[Mapping[str, Any]], own: set[str]) -> Any:
    return {
        "vpc": acl["VpcId"],
        "ingress": _entries(acl, egress=False),
        "egress": _entries(acl, egress=True),
        # Our subnets that are associated with another ACL.
        "elsewhere": sorted(
            link["SubnetId"]
            for other in beside
            if not other["IsDefault"]
            for link in other.get("Associations", [])
            if link["SubnetId"] in own
        ),
        "tags": tags_of(acl.get("Tags")),
    }


def _entries(acl: Mapping[str, Any], *, egress: bool) -> Properties:
    """The entries of one direction, by number."""
    return {
        str(raw["RuleNumber"]): _read_entry(raw)
        for raw in sorted(acl["Entries"], key=lambda raw: int(raw["RuleNumber"]))
        if raw["Egress"] == egress and raw["RuleNumber"] < LAST
    }


def _read_entry(raw: Mapping[str, Any]) -> Properties:
    ports, icmp = raw.get("PortRange"), raw.get("IcmpTypeCode")
    entry = _entry(
        PROTOCOLS.get(raw["Protocol"], raw["Protocol"]),
        raw.get("CidrBlock") or raw["Ipv6CidrBlock"],
        (ports["From"], ports["To"]) if ports else None,
        raw["RuleAction"],
    )
    narrow = icmp and (icmp.get("Type", -1), icmp.get("Code", -1)) != (-1, -1)
    return entry | ({"icmp": dict(icmp)} if icmp and narrow else {})


def create(cloud: Cloud, resource: Resource) -> str:
    """Tag the existing ACL of the VPC; the setters set its entries."""
    client = cloud.client("ec2")
    filters = [
        {"Name": "vpc-id", "Values": [resource.properties["vpc"]]},
        {"Name": "default", "Values": ["true"]},
    ]

    def acls() -> list[Any]:
        return list(client.describe_network_acls(Filters=filters)["NetworkAcls"])

    # AWS may list the ACL of a new VPC late.
    wait_until(lambda: bool(acls()), "the VPC had its default network ACL")
    acl_id = str(acls()[0]["NetworkAclId"])
    client.create_tags(Resources=[acl_id], Tags=tag_list(resource.properties["tags"]))
    return acl_id


def _now(cloud: Cloud, acl_id: str) -> Mapping[str, Any]:
    [acl] = cloud.client("ec2").describe_network_acls(NetworkAclIds=[acl_id])["NetworkAcls"]
    found: Mapping[str, Any] = acl
    return found


def _set_entries(cloud: Cloud, target: Target, *, egress: bool) -> None:
    """Add and replace entries that differ, then delete the rest, so that access is never lost."""
    client = cloud.client("ec2")
    wanted = target.properties["egress" if egress else "ingress"]
    now = _entries(_now(cloud, target.id), egress=egress)
    for number, entry in wanted.items():
        if now.get(number) != entry:
            put = (
                client.replace_network_acl_entry
                if number in now
                else client.create_network_acl_entry
            )
            put(**_request(target.id, number, egress), **_written(entry))
    for number in now.keys() - wanted.keys():
        client.delete_network_acl_entry(**_request(target.id, number, egress))


def _request(acl_id: str, number: str, egress: bool) -> dict[str, Any]:
    return {"NetworkAclId": acl_id, "RuleNumber": int(number), "Egress": egress}


def _written(entry: Properties) -> dict[str, Any]:
    """An entry as API parameters."""
    result = {
        "Protocol": NUMBERS.get(entry["proto"], entry["proto"]),
        "RuleAction": entry["action"],
        "Ipv6CidrBlock" if ":" in entry["cidr"] else "CidrBlock": entry["cidr"],
    }
    if "from_port" in entry:
        result["PortRange"] = {"From": entry["from_port"], "To": entry["to_port"]}
    if entry["proto"] == "icmp":
        result["IcmpTypeCode"] = entry.get("icmp", {"Type": -1, "Code": -1})
    return result


def _set_ingress(cloud: Cloud, target: Target) -> None:
    _set_entries(cloud, target, egress=False)


def _set_egress(cloud: Cloud, target: Target) -> None:
    _set_entries(cloud, target, egress=True)


def _set_elsewhere(cloud: Cloud, target: Target) -> None:
    """Move our subnets from other ACLs back to this one."""
    client, wanted = cloud.client("ec2"), target.found.get("elsewhere", [])
    in_vpc = [{"Name": "vpc-id", "Values": [target.properties["vpc"]]}]
    for acl in cloud.pages("ec2", "describe_network_acls", "NetworkAcls", Filters=in_vpc):
        for link in acl.get("Associations", []):
            if acl["NetworkAclId"] != target.id and link["SubnetId"] in wanted:
                client.replace_network_acl_association(
                    AssociationId=link["NetworkAclAssociationId"], NetworkAclId=target.id
                )


KIND = Kind(
    "default_network_acl",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeNetworkAcls DescribeSubnets DescribeVpcs"),
        Right(
            "ChangeAndRemoveOurs",
            """CreateNetworkAclEntry DeleteNetworkAclEntry ReplaceNetworkAclAssociation
            ReplaceNetworkAclEntry""",
            "network-acl",
        ),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"vpc", "elsewhere", "tags"}),
    setters={
        "ingress": _set_ingress,
        "egress": _set_egress,
        "elsewhere": _set_elsewhere,
        "tags": set_tags,
    },
    delete=delete,
)
