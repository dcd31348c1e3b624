# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where packets of the public subnets go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of
from .subnet import KEYS as SUBNET_KEYS

#: The fields of a route that name its target; a route has exactly one.
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def _name(inputs: Inputs) -> str:
    return f"{inputs.stem}-public"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One table: everything that is not local leaves through the internet gateway."""
    properties = {
        "vpc": "vpc/main",
        "routes": {"0.0.0.0/0": "internet_gateway/main"},
        "subnets": [f"subnet/{key}" for key in SUBNET_KEYS],
        "tags": inputs.named_tags(_name(inputs)),
    }
    return [Resource("route_table", "public", _name(inputs), properties)]


def read(cloud: Cloud) -> list[Found]:
    """The route tables with our name or tags; the local route, always there, is left out."""
    result = []
    for table in cloud.pages("ec2", "describe_route_tables", "RouteTables"):
        tags = tags_of(table.get("Tags"))
        if cloud.named_or_ours(tags, _name(cloud.inputs)):
            associations = table.get("Associations", [])
            properties = {
                "vpc": table["VpcId"],
                "routes": routes_of(table.get("Routes", [])),
                "subnets": sorted(a["SubnetId"] for a in associations if a.get("SubnetId")),
                "tags": tags,
            }
            table_id = table["RouteTableId"]
            result.append(Found("route_table", tags.get("Name", ""), table_id, properties))
    return result


def routes_of(routes: list[Mapping[str, Any]]) -> dict[str, str]:
    result = {}
    for route in routes:
        target = next((route[field] for field in TARGETS if route.get(field)), "nothing")
        # A gateway endpoint's route (vpce-…) belongs to the endpoint, not to the table.
        if target != "local" and not target.startswith("vpce-"):
            result[_destination(route)] = target
    return result


def _destination(route: Mapping[str, Any]) -> str:
    fields = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next(str(route[field]) for field in fields if route.get(field))


KIND = Kind("route_table", "network", desired, read, immutable=frozenset({"vpc"}))
