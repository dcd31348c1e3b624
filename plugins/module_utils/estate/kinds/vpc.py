# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual network that everything of one environment lives in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud, absent, concurrently
from ..ec2 import associated, set_tags, tag_specification, with_lost_name
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target
from ..normal import tags_of

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
            dns = absent(lambda vpc_id=vpc["VpcId"]: _dns(cloud, vpc_id), GONE)
            if dns is None:
                continue  # AWS lists a VPC for a moment after it went
            properties |= dns
            result.append(Found("vpc", tags.get("Name", ""), vpc["VpcId"], properties))
    return with_lost_name(cloud, result, [cloud.inputs.stem])


def _more_blocks(vpc: Mapping[str, Any]) -> dict[str, str]:
    """Every network of a VPC besides its first one, with the id of its association."""
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
    """The bare VPC."""
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
    """The VPC; its main route table, network ACL and default security group go with it."""
    absent(lambda: cloud.client("ec2").delete_vpc(VpcId=found.id), GONE)


KIND = Kind(
    "vpc",
    "network",
    desired,
    read,
    create=create,
    created_with=frozenset({"cidr", "more_cidrs", "tenancy", "tags"}),
    setters={
        "more_cidrs": _set_more_cidrs,
        "tenancy": _set_tenancy,
        # In this order: AWS gives no host names without name resolution.
        "dns_support": _set_dns_support,
        "dns_hostnames": _set_dns_hostnames,
        "tags": set_tags,
    },
    delete=delete,
)
