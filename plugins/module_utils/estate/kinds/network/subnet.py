# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subnets: one public and, if hosts are private, one private per availability zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import associated, contents, set_tags, tag_specification

#: One for each zone that a network may span.
PUBLIC = ("public_a", "public_b", "public_c", "public_d")
PRIVATE = ("private_a", "private_b", "private_c", "private_d")


def public_keys(inputs: Inputs) -> tuple[str, ...]:
    """The keys of the desired public subnets."""
    return PUBLIC[: len(inputs.public_subnet_cidrs)]


def private_keys(inputs: Inputs) -> tuple[str, ...]:
    """The keys of the desired private subnets."""
    return PRIVATE[: len(inputs.private_subnet_cidrs)]


def host_subnets(inputs: Inputs) -> tuple[str, ...]:
    """The addresses of the subnets for hosts and interface endpoints."""
    keys = private_keys(inputs) if inputs.hosts_are_private else public_keys(inputs)
    return tuple(f"subnet/{key}" for key in keys)


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One subnet of each type per zone, so that one full zone does not stop a run.

    Hosts get a public address automatically only if they are in public subnets.
    """
    public = zip(PUBLIC, inputs.public_subnet_cidrs, facts.zones, strict=False)
    private = zip(PRIVATE, inputs.private_subnet_cidrs, facts.zones, strict=False)
    return [
        Resource(
            "subnet",
            key,
            inputs.named(key),
            {
                "vpc": "vpc/main",
                "cidr": cidr,
                "ipv6_cidrs": [],
                "zone": zone,
                "public_addresses": key in PUBLIC and not inputs.hosts_are_private,
                "tags": inputs.named_tags(inputs.named(key)),
            },
        )
        for key, cidr, zone in (*public, *private)
    ]


def read(cloud: Cloud) -> list[Found]:
    """The subnets with our names or tags."""
    names = [cloud.inputs.named(key) for key in (*PUBLIC, *PRIVATE)]
    inputs = cloud.inputs
    by_cidr = {
        **{
            cidr: inputs.named(k)
            for k, cidr in zip(PUBLIC, inputs.public_subnet_cidrs, strict=False)
        },
        **{
            cidr: inputs.named(k)
            for k, cidr in zip(PRIVATE, inputs.private_subnet_cidrs, strict=False)
        },
    }
    result = []
    for subnet in cloud.pages("ec2", "describe_subnets", "Subnets"):
        tags = tags_of(subnet.get("Tags"))
        if cloud.named_or_ours(tags, *names):
            properties = {
                "vpc": subnet["VpcId"],
                "cidr": subnet["CidrBlock"],
                "ipv6_cidrs": sorted(_ipv6_blocks(subnet)),
                "zone": subnet["AvailabilityZone"],
                "public_addresses": subnet["MapPublicIpOnLaunch"],
                "tags": tags,
            }
            # Our subnets are identified by network, because a Name tag may have been changed.
            by_network = by_cidr.get(subnet["CidrBlock"]) if cloud.ours(tags) else None
            name = by_network or tags.get("Name", "")
            result.append(Found("subnet", name, subnet["SubnetId"], properties))
    return result


def _ipv6_blocks(subnet: Mapping[str, Any]) -> dict[str, str]:
    """The association ids of a subnet's IPv6 networks, by network."""
    return {
        block["Ipv6CidrBlock"]: block["AssociationId"]
        for block in subnet.get("Ipv6CidrBlockAssociationSet", [])
        if associated(block["Ipv6CidrBlockState"])
    }


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the subnet; the setters set everything else."""
    wanted = resource.properties
    subnet = cloud.client("ec2").create_subnet(
        VpcId=wanted["vpc"],
        CidrBlock=wanted["cidr"],
        AvailabilityZone=wanted["zone"],
        TagSpecifications=tag_specification("subnet", wanted["tags"]),
    )["Subnet"]
    return str(subnet["SubnetId"])


def _set_public_addresses(cloud: Cloud, target: Target) -> None:
    cloud.client("ec2").modify_subnet_attribute(
        SubnetId=target.id,
        MapPublicIpOnLaunch={"Value": target.properties["public_addresses"]},
    )


def _set_ipv6_cidrs(cloud: Cloud, target: Target) -> None:
    client = cloud.client("ec2")
    [subnet] = client.describe_subnets(SubnetIds=[target.id])["Subnets"]
    for block, association in _ipv6_blocks(subnet).items():
        if block not in target.properties["ipv6_cidrs"]:
            client.disassociate_subnet_cidr_block(AssociationId=association)


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the subnet; AWS refuses while it contains a network interface."""
    absent(lambda: cloud.client("ec2").delete_subnet(SubnetId=found.id), "InvalidSubnetID.NotFound")


KIND = Kind(
    "subnet",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeSubnets"),
        Right("MakeWithOurTags2", "CreateSubnet", "subnet"),
        Right("MakeInOurs", "CreateSubnet"),
        Right(
            "ChangeAndRemoveOurs",
            """DeleteSubnet DisassociateSubnetCidrBlock ModifySubnetAttribute""",
            "subnet",
        ),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"vpc", "cidr", "ipv6_cidrs", "zone", "tags"}),
    setters={
        "public_addresses": _set_public_addresses,
        "ipv6_cidrs": _set_ipv6_cidrs,
        "tags": set_tags,
    },
    delete=delete,
    contents=contents("subnet-id"),
)
