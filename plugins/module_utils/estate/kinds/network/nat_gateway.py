# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The NAT gateways: outbound internet access for the private subnets, with nothing inbound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.sentences import EstateError
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import set_tags, tag_specification, wait_until, with_lost_name
from .elastic_ip import KEYS, keys

AVAILABLE = "available"
#: A gateway in one of these states no longer exists; AWS lists it for about an hour.
ENDED = ("deleting", "deleted", "failed")


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One gateway, or one per zone, each in the public subnet of its zone."""
    return [
        Resource(
            "nat_gateway",
            key,
            inputs.named(key),
            {
                "subnet": f"subnet/{key.replace('nat', 'public')}",
                "addresses": [f"elastic_ip/{key}"],
                "connectivity": "public",
                "state": AVAILABLE,
                "tags": inputs.named_tags(inputs.named(key)),
            },
            # AWS creates no NAT gateway in a VPC without an internet gateway, and cannot detach
            # the internet gateway while public addresses depend on it.
            needs=("internet_gateway/main",),
        )
        for key in keys(inputs)
    ]


def read(cloud: Cloud) -> list[Found]:
    """The NAT gateways with our names or tags."""
    names = [cloud.inputs.named(key) for key in KEYS]
    result = []
    for gateway in cloud.pages("ec2", "describe_nat_gateways", "NatGateways"):
        tags = tags_of(gateway.get("Tags"))
        if gateway["State"] not in ENDED and cloud.named_or_ours(tags, *names):
            addresses = [a.get("AllocationId", "") for a in gateway["NatGatewayAddresses"]]
            properties = {
                "subnet": gateway["SubnetId"],
                "addresses": sorted(filter(None, addresses)),
                "connectivity": gateway["ConnectivityType"],
                "state": gateway["State"],
                "tags": tags,
            }
            gateway_id = gateway["NatGatewayId"]
            result.append(Found("nat_gateway", tags.get("Name", ""), gateway_id, properties))
    return with_lost_name(cloud, result, [cloud.inputs.named(key) for key in keys(cloud.inputs)])


def create(cloud: Cloud, resource: Resource) -> str:
    """Start creating the gateway; the setter of `state` waits until it is available."""
    wanted = resource.properties
    gateway = cloud.client("ec2").create_nat_gateway(
        SubnetId=wanted["subnet"],
        AllocationId=wanted["addresses"][0],
        ConnectivityType=wanted["connectivity"],
        TagSpecifications=tag_specification("natgateway", wanted["tags"]),
    )["NatGateway"]
    return str(gateway["NatGatewayId"])


def _set_state(cloud: Cloud, target: Target) -> None:
    """Wait until the gateway is available; no route can use it before that."""

    def available() -> bool:
        state, failure = _state(cloud, target.id)  # "" for a gateway too new to be listed
        if state in ENDED:
            raise EstateError(
                f"The NAT gateway {target.name} is {state}: {failure or 'no reason'}."
            )
        return state == AVAILABLE

    wait_until(available, f"the NAT gateway {target.name} was available")


def _state(cloud: Cloud, gateway_id: str) -> tuple[str, str]:
    """The gateway's state ("" if it is not listed) and failure message."""
    client = cloud.client("ec2")
    answer = absent(
        lambda: client.describe_nat_gateways(NatGatewayIds=[gateway_id]), "NatGatewayNotFound"
    )
    gateways = answer["NatGateways"] if answer else []
    if not gateways:
        return "", ""
    return gateways[0]["State"], gateways[0].get("FailureMessage", "")


def delete(cloud: Cloud, found: Found) -> None:
    """Delete and wait: until then, it uses its address, its subnet and the internet gateway."""
    client = cloud.client("ec2")
    absent(lambda: client.delete_nat_gateway(NatGatewayId=found.id), "NatGatewayNotFound")
    wait_until(
        lambda: _state(cloud, found.id)[0] in ("", "deleted", "failed"),
        f"the NAT gateway {found.name} was deleted",
    )


#: Gigabytes per month through each gateway, as assumed for the price.
NAT_GB = 5


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per hour and per gigabyte."""
    region = usage.inputs.region
    return [usage.hours("nat_gateway_hour", thing) for thing in things] + [
        Charge("nat_gateway_gb", NAT_GB, region) for _thing in things
    ]


KIND = Kind(
    "nat_gateway",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeNatGateways"),
        Right("MakeWithOurTags3", "CreateNatGateway", "natgateway"),
        Right("MakeInOurs", "CreateNatGateway"),
        Right("ChangeAndRemoveOurs", "DeleteNatGateway", "natgateway"),
    ),
    price=price,
    create=create,
    created_with=frozenset({"subnet", "addresses", "connectivity", "tags"}),
    setters={"state": _set_state, "tags": set_tags},
    delete=delete,
    settles=frozenset({"NatGatewayNotFound", "Gateway.NotAttached"}),
)
