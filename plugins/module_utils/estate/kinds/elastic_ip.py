# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public addresses of the NAT gateways."""

from __future__ import annotations

from ..cloud import Cloud, absent
from ..ec2 import set_tags, tag_specification, with_lost_name
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of

#: By choice of `nat_gateways` the keys of the gateways, and so of their addresses.
KEYS = {"none": (), "one": ("nat_a",), "per_zone": ("nat_a", "nat_b")}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One address per NAT gateway."""
    return [
        Resource(
            "elastic_ip",
            key,
            inputs.named(key),
            {"tags": inputs.named_tags(inputs.named(key))},
        )
        for key in KEYS[inputs.nat_gateways]
    ]


def read(cloud: Cloud) -> list[Found]:
    """The addresses with our names or tags."""
    names = [cloud.inputs.named(key) for key in KEYS["per_zone"]]
    result = []
    for address in cloud.client("ec2").describe_addresses()["Addresses"]:
        tags = tags_of(address.get("Tags"))
        if cloud.named_or_ours(tags, *names):
            found = Found(
                "elastic_ip", tags.get("Name", ""), address["AllocationId"], {"tags": tags}
            )
            result.append(found)
    return with_lost_name(
        cloud, result, [cloud.inputs.named(key) for key in KEYS[cloud.inputs.nat_gateways]]
    )


def create(cloud: Cloud, resource: Resource) -> str:
    """An address out of AWS's pool."""
    address = cloud.client("ec2").allocate_address(
        Domain="vpc",
        TagSpecifications=tag_specification("elastic-ip", resource.properties["tags"]),
    )
    return str(address["AllocationId"])


def delete(cloud: Cloud, found: Found) -> None:
    """Give the address back; AWS refuses while something uses it."""
    absent(
        lambda: cloud.client("ec2").release_address(AllocationId=found.id),
        "InvalidAllocationID.NotFound",
    )


KIND = Kind(
    "elastic_ip",
    "network",
    desired,
    read,
    create=create,
    created_with=frozenset({"tags"}),
    setters={"tags": set_tags},
    delete=delete,
    # A NAT gateway that is just gone holds its address a moment longer, which AWS may call a lack
    # of permission.
    settles=frozenset({"InvalidIPAddress.InUse", "AuthFailure"}),
)
