# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way out of the private subnets: nothing comes in by it."""

from __future__ import annotations

from ..cloud import Cloud, EstateError, absent
from ..ec2 import set_tags, tag_specification, wait_until, with_lost_name
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource, Target
from ..normal import tags_of
from .elastic_ip import KEYS

AVAILABLE = "available"
#: One of these is not there any more; AWS shows it for about an hour.
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
            # AWS makes none where the VPC has no way to the internet, and the internet gateway
            # cannot go before the public addresses behind it.
            needs=("internet_gateway/main",),
        )
        for key in KEYS[inputs.nat_gateways]
    ]


def read(cloud: Cloud) -> list[Found]:
    """The NAT gateways with our names or tags."""
    names = [cloud.inputs.named(key) for key in KEYS["per_zone"]]
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
    return with_lost_name(
        cloud, result, [cloud.inputs.named(key) for key in KEYS[cloud.inputs.nat_gateways]]
    )


def create(cloud: Cloud, resource: Resource) -> str:
    """The gateway as AWS begins to make it; the setter of its state waits for it."""
    wanted = resource.properties
    gateway = cloud.client("ec2").create_nat_gateway(
        SubnetId=wanted["subnet"],
        AllocationId=wanted["addresses"][0],
        ConnectivityType=wanted["connectivity"],
        TagSpecifications=tag_specification("natgateway", wanted["tags"]),
    )["NatGateway"]
    return str(gateway["NatGatewayId"])


def _set_state(cloud: Cloud, target: Target) -> None:
    """Wait until it carries traffic; a route cannot lead to it before."""

    def available() -> bool:
        state, failure = _state(cloud, target.id)  # "" is a gateway so new that nobody knows it
        if state in ENDED:
            raise EstateError(
                f"The NAT gateway {target.name} is {state}: {failure or 'no reason'}."
            )
        return state == AVAILABLE

    wait_until(available, f"the NAT gateway {target.name} was available")


def _state(cloud: Cloud, gateway_id: str) -> tuple[str, str]:
    """Its state, "" where there is none, and why it failed."""
    client = cloud.client("ec2")
    answer = absent(
        lambda: client.describe_nat_gateways(NatGatewayIds=[gateway_id]), "NatGatewayNotFound"
    )
    gateways = answer["NatGateways"] if answer else []
    if not gateways:
        return "", ""
    return gateways[0]["State"], gateways[0].get("FailureMessage", "")


def delete(cloud: Cloud, found: Found) -> None:
    """Delete and wait: until it is gone it holds its address, its subnet and the way out."""
    client = cloud.client("ec2")
    absent(lambda: client.delete_nat_gateway(NatGatewayId=found.id), "NatGatewayNotFound")
    wait_until(
        lambda: _state(cloud, found.id)[0] in ("", "deleted", "failed"),
        f"the NAT gateway {found.name} was deleted",
    )


KIND = Kind(
    "nat_gateway",
    "network",
    desired,
    read,
    create=create,
    created_with=frozenset({"subnet", "addresses", "connectivity", "tags"}),
    setters={"state": _set_state, "tags": set_tags},
    delete=delete,
    settles=frozenset({"NatGatewayNotFound", "Gateway.NotAttached"}),
)
