# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route tables of the subnets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import associated, set_tags, tag_specification, with_lost_name
from .subnet import PRIVATE, private_keys, public_keys

#: The fields for the target of a route; a route has exactly one.
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
#: The API parameter for a target, by id prefix; only for the targets that our routes use.
ARGUMENTS = {"igw-": "GatewayId", "nat-": "NatGatewayId"}

GONE = "InvalidRouteTableID.NotFound"


def keys(inputs: Inputs) -> tuple[str, ...]:
    """The keys of the desired route tables."""
    return ("public", *private_keys(inputs))


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One table for all public subnets, and one per private subnet, since NAT may be per zone."""
    return [_table(inputs, key) for key in keys(inputs)]


def _table(inputs: Inputs, key: str) -> Resource:
    subnets = public_keys(inputs) if key == "public" else (key,)
    properties = {
        "vpc": "vpc/main",
        "routes": _routes(inputs, key),
        "subnets": [f"subnet/{name}" for name in subnets],
        "gateways": [],
        "propagating_gateways": [],
        "main": False,
        "tags": inputs.named_tags(inputs.named(key)),
    }
    return Resource("route_table", key, inputs.named(key), properties)


def _routes(inputs: Inputs, key: str) -> dict[str, str]:
    """The default route: to the internet gateway, or to the NAT gateway of the zone."""
    if key == "public":
        return {"0.0.0.0/0": "internet_gateway/main"}
    if inputs.nat_gateways == "none":
        return {}
    nat = "nat_a" if inputs.nat_gateways == "one" else key.replace("private", "nat")
    return {"0.0.0.0/0": f"nat_gateway/{nat}"}


def read(cloud: Cloud) -> list[Found]:
    """The route tables with our names or tags, without local routes, which always exist."""
    names = [cloud.inputs.named(key) for key in ("public", *PRIVATE)]
    tables = cloud.pages("ec2", "describe_route_tables", "RouteTables")
    endpoints = our_endpoints(cloud)
    result = []
    for table in tables:
        tags = tags_of(table.get("Tags"))
        if cloud.named_or_ours(tags, *names):
            associations = links_of(table)
            properties = {
                "vpc": table["VpcId"],
                "routes": routes_of(table.get("Routes", []), endpoints),
                "subnets": sorted(a["SubnetId"] for a in associations if a.get("SubnetId")),
                "gateways": sorted(a["GatewayId"] for a in associations if a.get("GatewayId")),
                "propagating_gateways": _propagating(table),
                "main": any(a.get("Main") for a in associations),
                "tags": tags,
            }
            table_id = table["RouteTableId"]
            result.append(Found("route_table", tags.get("Name", ""), table_id, properties))
    return with_lost_name(cloud, result, [cloud.inputs.named(key) for key in keys(cloud.inputs)])


def links_of(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The active associations of a table: AWS may list one for a moment after its removal."""
    return [
        link
        for link in table.get("Associations", [])
        if associated(link.get("AssociationState", {}))
    ]


def our_endpoints(cloud: Cloud) -> set[str]:
    """The ids of our VPC endpoints, whose routes are managed by the endpoint, not by the table."""
    name = cloud.inputs.named("s3")
    return {
        endpoint["VpcEndpointId"]
        for endpoint in cloud.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints")
        if cloud.named_or_ours(tags_of(endpoint.get("Tags")), name)
    }


def routes_of(routes: Sequence[Mapping[str, Any]], endpoints: Collection[str]) -> dict[str, str]:
    """Targets by destination, without local routes and those of our endpoints."""
    result = {}
    for route in routes:
        target = next((route[field] for field in TARGETS if route.get(field)), "nothing")
        if target != "local" and target not in endpoints:
            result[_destination(route)] = target
    return result


def _destination(route: Mapping[str, Any]) -> str:
    fields = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next(str(route[field]) for field in fields if route.get(field))


def _propagating(table: Mapping[str, Any]) -> list[str]:
    return sorted(gateway["GatewayId"] for gateway in table.get("PropagatingVgws", []))


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the table without routes or associations."""
    table = cloud.client("ec2").create_route_table(
        VpcId=resource.properties["vpc"],
        TagSpecifications=tag_specification("route-table", resource.properties["tags"]),
    )["RouteTable"]
    return str(table["RouteTableId"])


def _table_now(cloud: Cloud, table_id: str) -> dict[str, Any]:
    [table] = cloud.client("ec2").describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    return dict(table)


def _set_routes(cloud: Cloud, target: Target) -> None:
    """Add or replace exactly the routes that differ, then remove undesired ones."""
    client = cloud.client("ec2")
    now = routes_of(_table_now(cloud, target.id).get("Routes", []), our_endpoints(cloud))
    wanted = target.properties["routes"]
    for destination, via in wanted.items():
        if now.get(destination) != via:
            change = client.replace_route if destination in now else client.create_route
            change(RouteTableId=target.id, **_to(destination), **_via(via))
    for destination, via in now.items():
        if destination not in wanted:
            _remove_route(cloud, target.id, destination, via)


def _to(destination: str) -> dict[str, str]:
    if destination.startswith("pl-"):
        return {"DestinationPrefixListId": destination}
    field = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    return {field: destination}


def _via(target: str) -> dict[str, str]:
    return {field: target for prefix, field in ARGUMENTS.items() if target.startswith(prefix)}


def _remove_route(cloud: Cloud, table_id: str, destination: str, via: str) -> None:
    client = cloud.client("ec2")
    if destination.startswith("pl-") and via.startswith("vpce-"):
        # The route of an unmanaged gateway endpoint can only be removed through the endpoint.
        client.modify_vpc_endpoint(VpcEndpointId=via, RemoveRouteTableIds=[table_id])
    else:
        client.delete_route(RouteTableId=table_id, **_to(destination))


def _set_subnets(cloud: Cloud, target: Target) -> None:
    """Associate our subnets, moving them from other tables, and disassociate all others."""
    client = cloud.client("ec2")
    tables = cloud.pages(
        "ec2",
        "describe_route_tables",
        "RouteTables",
        Filters=[{"Name": "vpc-id", "Values": [target.properties["vpc"]]}],
    )
    links = {
        link["SubnetId"]: (table["RouteTableId"], link["RouteTableAssociationId"])
        for table in tables
        for link in links_of(table)
        if link.get("SubnetId")
    }
    wanted = target.properties["subnets"]
    for subnet in wanted:
        table, association = links.get(subnet, ("", ""))
        if not association:
            client.associate_route_table(RouteTableId=target.id, SubnetId=subnet)
        elif table != target.id:
            client.replace_route_table_association(
                RouteTableId=target.id, AssociationId=association
            )
    for subnet, (table, association) in links.items():
        if table == target.id and subnet not in wanted:
            client.disassociate_route_table(AssociationId=association)


def _set_gateways(cloud: Cloud, target: Target) -> None:
    """Remove gateway associations: our tables are for subnets, not for traffic from gateways."""
    for link in links_of(_table_now(cloud, target.id)):
        if link.get("GatewayId") and link["GatewayId"] not in target.properties["gateways"]:
            cloud.client("ec2").disassociate_route_table(
                AssociationId=link["RouteTableAssociationId"]
            )


def _set_propagating(cloud: Cloud, target: Target) -> None:
    for gateway in _propagating(_table_now(cloud, target.id)):
        if gateway not in target.properties["propagating_gateways"]:
            cloud.client("ec2").disable_vgw_route_propagation(
                RouteTableId=target.id, GatewayId=gateway
            )


def _set_main(cloud: Cloud, target: Target) -> None:
    """Stop using this table as the VPC's main table: subnets without a table would be public."""
    _give_up_main(cloud, _table_now(cloud, target.id))


def _give_up_main(cloud: Cloud, table: Mapping[str, Any]) -> None:
    client = cloud.client("ec2")
    main = [link for link in links_of(table) if link.get("Main")]
    if not main:
        return
    in_vpc = [{"Name": "vpc-id", "Values": [table["VpcId"]]}]
    others = [
        other["RouteTableId"]
        for other in cloud.pages("ec2", "describe_route_tables", "RouteTables", Filters=in_vpc)
        if not cloud.ours(tags_of(other.get("Tags")))
        and other["RouteTableId"] != table["RouteTableId"]
    ]
    if not others:
        others = [client.create_route_table(VpcId=table["VpcId"])["RouteTable"]["RouteTableId"]]
    client.replace_route_table_association(
        RouteTableId=min(others), AssociationId=main[0]["RouteTableAssociationId"]
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Disassociate the subnets, then delete the table."""
    client = cloud.client("ec2")

    def go() -> None:
        table = _table_now(cloud, found.id)
        _give_up_main(cloud, table)
        for link in links_of(table):
            if not link.get("Main"):
                association = link["RouteTableAssociationId"]
                client.disassociate_route_table(AssociationId=association)
        client.delete_route_table(RouteTableId=found.id)

    absent(go, GONE)


KIND = Kind(
    "route_table",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeRouteTables DescribeVpcEndpoints"),
        Right("MakeWithOurTags2", "CreateRouteTable", "route-table"),
        Right("MakeInOurs", "CreateRouteTable"),
        Right(
            "ChangeAndRemoveOurs",
            """AssociateRouteTable CreateRoute DeleteRoute DeleteRouteTable
            DisableVgwRoutePropagation DisassociateRouteTable ReplaceRoute
            ReplaceRouteTableAssociation""",
            "route-table",
        ),
        Right("ChangeAndRemoveOurs", "ModifyVpcEndpoint", "vpc-endpoint"),
        Right("ForgetVpnRoutes", "DisableVgwRoutePropagation", "vpn-gateway"),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"vpc", "gateways", "propagating_gateways", "main", "tags"}),
    setters={
        "routes": _set_routes,
        "subnets": _set_subnets,
        "gateways": _set_gateways,
        "propagating_gateways": _set_propagating,
        "main": _set_main,
        "tags": set_tags,
    },
    delete=delete,
)
