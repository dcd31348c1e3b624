# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import associated, contents, set_tags, tag_specification, with_lost_name

GONE = "InvalidVpcID.NotFound"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One VPC whose hosts get DNS names."""
    properties = {
        "cidr": inputs.vpc_cidr,
        "more_cidrs": [],
        "tenancy": "default",
        "dns_support": True,
        "dns_hostnames": True,
        "tags": inputs.named_tags(inputs.stem),
    }
    return [Resource("vpc", "main", inputs.stem, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The VPCs with our name or tags."""
    result = []
    for vpc in cloud.pages("ec2", "describe_vpcs", "Vpcs"):
        tags = tags_of(vpc.get("Tags"))
        if cloud.named_or_ours(tags, cloud.inputs.stem):
            properties = {
                "cidr": vpc["CidrBlock"],
                "more_cidrs": sorted(_more_blocks(vpc)),
                "tenancy": vpc["InstanceTenancy"],
                "tags": tags,
            }
            dns = absent(partial(_dns, cloud, vpc["VpcId"]), GONE)
            if dns is None:
                continue  # AWS lists a VPC for a moment after its deletion
            properties |= dns
            result.append(Found("vpc", tags.get("Name", ""), vpc["VpcId"], properties))
    return with_lost_name(cloud, result, [cloud.inputs.stem])


def _more_blocks(vpc: Mapping[str, Any]) -> dict[str, str]:
    """The association ids of a VPC's networks except the primary one, by network."""
    kinds = (
        ("CidrBlockAssociationSet", "CidrBlock", "CidrBlockState"),
        ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock", "Ipv6CidrBlockState"),
    )
    return {
        block[field]: block["AssociationId"]
        for listed, field, state in kinds
        for block in vpc.get(listed, [])
        if block[field] != vpc["CidrBlock"] and associated(block[state])
    }


def _dns(cloud: Cloud, vpc_id: str) -> Properties:
    def attribute(name: str) -> bool:
        answer = cloud.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    support, hostnames = concurrently(attribute, ("enableDnsSupport", "enableDnsHostnames"))
    return {"dns_support": support, "dns_hostnames": hostnames}


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the VPC; the setters set everything else."""
    vpc = cloud.client("ec2").create_vpc(
        CidrBlock=resource.properties["cidr"],
        TagSpecifications=tag_specification("vpc", resource.properties["tags"]),
    )["Vpc"]
    return str(vpc["VpcId"])


def _set_more_cidrs(cloud: Cloud, target: Target) -> None:
    client = cloud.client("ec2")
    [vpc] = client.describe_vpcs(VpcIds=[target.id])["Vpcs"]
    for block, association in _more_blocks(vpc).items():
        if block not in target.properties["more_cidrs"]:
            client.disassociate_vpc_cidr_block(AssociationId=association)


def _set_tenancy(cloud: Cloud, target: Target) -> None:
    cloud.client("ec2").modify_vpc_tenancy(
        VpcId=target.id, InstanceTenancy=target.properties["tenancy"]
    )


def _set_dns_support(cloud: Cloud, target: Target) -> None:
    cloud.client("ec2").modify_vpc_attribute(
        VpcId=target.id, EnableDnsSupport={"Value": target.properties["dns_support"]}
    )


def _set_dns_hostnames(cloud: Cloud, target: Target) -> None:
    cloud.client("ec2").modify_vpc_attribute(
        VpcId=target.id, EnableDnsHostnames={"Value": target.properties["dns_hostnames"]}
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the VPC with its main route table, network ACL and default security group."""
    absent(lambda: cloud.client("ec2").delete_vpc(VpcId=found.id), GONE)


KIND = Kind(
    "vpc",
    "network",
    desired,
    read,
    permissions=(
        Right(
            "LookAtNetworks",
            "DescribeNetworkAcls DescribeNetworkInterfaces DescribeVpcAttribute DescribeVpcs",
        ),
        Right("MakeWithOurTags1", "CreateVpc", "vpc"),
        Right(
            "ChangeAndRemoveOurs",
            """DeleteVpc DisassociateVpcCidrBlock ModifyVpcAttribute ModifyVpcTenancy""",
            "vpc",
        ),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"cidr", "more_cidrs", "tenancy", "tags"}),
    setters={
        "more_cidrs": _set_more_cidrs,
        "tenancy": _set_tenancy,
        # In this order: DNS host names require DNS support.
        "dns_support": _set_dns_support,
        "dns_hostnames": _set_dns_hostnames,
        "tags": set_tags,
    },
    delete=delete,
    contents=contents("vpc-id"),
)
