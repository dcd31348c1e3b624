# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public addresses of the NAT gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Resource, Right
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import set_tags, tag_specification, with_lost_name
from .subnet import PRIVATE

#: The possible keys of NAT gateways and their addresses: one for each zone.
KEYS = tuple(key.replace("private", "nat") for key in PRIVATE)


def keys(inputs: Inputs) -> tuple[str, ...]:
    """The keys of the desired gateways, as chosen by `nat_gateways`."""
    wanted = {"none": 0, "one": 1, "per_zone": len(inputs.private_subnet_cidrs)}
    return KEYS[: wanted[inputs.nat_gateways]]


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One address per NAT gateway."""
    return [
        Resource(
            "elastic_ip",
            key,
            inputs.named(key),
            {"tags": inputs.named_tags(inputs.named(key))},
        )
        for key in keys(inputs)
    ]


def read(cloud: Cloud) -> list[Found]:
    """The addresses with our names or tags."""
    names = [cloud.inputs.named(key) for key in KEYS]
    result = []
    for address in cloud.client("ec2").describe_addresses()["Addresses"]:
        tags = tags_of(address.get("Tags"))
        if cloud.named_or_ours(tags, *names):
            found = Found(
                "elastic_ip", tags.get("Name", ""), address["AllocationId"], {"tags": tags}
            )
            result.append(found)
    return with_lost_name(cloud, result, [cloud.inputs.named(key) for key in keys(cloud.inputs)])


def create(cloud: Cloud, resource: Resource) -> str:
    """Allocate an address from AWS's pool."""
    address = cloud.client("ec2").allocate_address(
        Domain="vpc",
        TagSpecifications=tag_specification("elastic-ip", resource.properties["tags"]),
    )
    return str(address["AllocationId"])


def delete(cloud: Cloud, found: Found) -> None:
    """Release the address; AWS refuses while it is in use."""
    absent(
        lambda: cloud.client("ec2").release_address(AllocationId=found.id),
        "InvalidAllocationID.NotFound",
    )


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The hourly price, which applies whether the address is in use or not."""
    return [usage.hours("public_ipv4_hour", thing) for thing in things]


KIND = Kind(
    "elastic_ip",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeAddresses"),
        Right("MakeWithOurTags1", "AllocateAddress", "elastic-ip"),
        Right("ChangeAndRemoveOurs", "ReleaseAddress", "elastic-ip"),
    ),
    price=price,
    create=create,
    created_with=frozenset({"tags"}),
    setters={"tags": set_tags},
    delete=delete,
    # A NAT gateway that was just deleted holds its address a moment longer, which AWS may report as
    # a missing permission.
    settles=frozenset({"InvalidIPAddress.InUse", "AuthFailure"}),
)
