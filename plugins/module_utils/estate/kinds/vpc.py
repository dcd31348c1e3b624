# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual network that everything of one environment lives in."""

from __future__ import annotations

from ..cloud import Cloud, concurrently
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource
from ..normal import tags_of


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One VPC whose hosts get DNS names."""
    properties = {
        "cidr": inputs.vpc_cidr,
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
            properties = {"cidr": vpc["CidrBlock"], "tags": tags}
            properties |= _dns(cloud, vpc["VpcId"])
            result.append(Found("vpc", tags.get("Name", ""), vpc["VpcId"], properties))
    return result


def _dns(cloud: Cloud, vpc_id: str) -> Properties:
    def attribute(name: str) -> bool:
        answer = cloud.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    support, hostnames = concurrently(attribute, ("enableDnsSupport", "enableDnsHostnames"))
    return {"dns_support": support, "dns_hostnames": hostnames}


KIND = Kind("vpc", "network", desired, read, immutable=frozenset({"cidr"}))
