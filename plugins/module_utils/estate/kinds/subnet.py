# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subnets that training hosts are launched into, one per availability zone."""

from __future__ import annotations

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of

KEYS = ("public_a", "public_b")


def _name(inputs: Inputs, key: str) -> str:
    return f"{inputs.stem}-{key.replace('_', '-')}"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Two public subnets in two zones, so that one full zone does not stop a run."""
    return [
        Resource(
            "subnet",
            key,
            _name(inputs, key),
            {
                "vpc": "vpc/main",
                "cidr": cidr,
                "zone": zone,
                "public_addresses": True,
                "tags": inputs.named_tags(_name(inputs, key)),
            },
        )
        for key, cidr, zone in zip(KEYS, inputs.public_subnet_cidrs, facts.zones, strict=False)
    ]


def read(cloud: Cloud) -> list[Found]:
    """The subnets with our names or tags."""
    names = [_name(cloud.inputs, key) for key in KEYS]
    result = []
    for subnet in cloud.pages("ec2", "describe_subnets", "Subnets"):
        tags = tags_of(subnet.get("Tags"))
        if cloud.named_or_ours(tags, *names):
            properties = {
                "vpc": subnet["VpcId"],
                "cidr": subnet["CidrBlock"],
                "zone": subnet["AvailabilityZone"],
                "public_addresses": subnet["MapPublicIpOnLaunch"],
                "tags": tags,
            }
            result.append(Found("subnet", tags.get("Name", ""), subnet["SubnetId"], properties))
    return result


KIND = Kind("subnet", "network", desired, read, immutable=frozenset({"vpc", "cidr", "zone"}))
