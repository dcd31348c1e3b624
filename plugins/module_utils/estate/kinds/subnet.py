# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subnets: one public and, where hosts are private, one private per availability zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud, absent
from ..ec2 import associated, set_tags, tag_specification
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource, Target
from ..normal import tags_of

PUBLIC = ("public_a", "public_b")
PRIVATE = ("private_a", "private_b")


def keys(inputs: Inputs) -> tuple[str, ...]:
    """The keys of the subnets there should be."""
    return (*PUBLIC, *(PRIVATE if inputs.private_subnet_cidrs else ()))


def host_subnets(inputs: Inputs) -> tuple[str, ...]:
    """The addresses of the subnets that hosts, and what serves them, live in."""
    return tuple(f"subnet/{key}" for key in (PRIVATE if inputs.hosts_are_private else PUBLIC))


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Subnets in two zones, so that one full zone does not stop a run.

    Only where hosts live in public subnets does a host get a public address by itself.
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
            # Of ours the network is a better name than a tag, which somebody may have changed.
            by_network = by_cidr.get(subnet["CidrBlock"]) if cloud.ours(tags) else None
            name = by_network or tags.get("Name", "")
            result.append(Found("subnet", name, subnet["SubnetId"], properties))
    return result


def _ipv6_blocks(subnet: Mapping[str, Any]) -> dict[str, str]:
    """Every IPv6 network of a subnet with the id of its association."""
    return {
        block["Ipv6CidrBlock"]: block["AssociationId"]
        for block in subnet.get("Ipv6CidrBlockAssociationSet", [])
        if associated(block["Ipv6CidrBlockState"])
    }


def create(cloud: Cloud, resource: Resource) -> str:
    """The bare subnet."""
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
    """AWS refuses while a network interface is left in it."""
    absent(lambda: cloud.client("ec2").delete_subnet(SubnetId=found.id), "InvalidSubnetID.NotFound")


KIND = Kind(
    "subnet",
    "network",
    desired,
    read,
    create=create,
    created_with=frozenset({"vpc", "cidr", "ipv6_cidrs", "zone", "tags"}),
    setters={
        "public_addresses": _set_public_addresses,
        "ipv6_cidrs": _set_ipv6_cidrs,
        "tags": set_tags,
    },
    delete=delete,
)
