"""VPC endpoints and NAT gateways whose parts are created and deleted with them.

moto only lists the route tables of a gateway endpoint, so adding or removing a table does not
change its routes. The interfaces of an interface endpoint are in the default group and do not
follow its subnets and groups. It fails if a deleted endpoint is deleted again. It ignores changes
of private DNS and a policy reset. A deleted NAT gateway leaves its interface and keeps its address.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import random_private_ip

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(
        VPCBackend,
        "modify_vpc_endpoint",
        "self, vpc_id, policy_doc, add_subnets, remove_subnets, remove_route_tables, "
        "add_route_tables, add_security_groups, remove_security_groups",
    ),
    Seam(VPCs, "modify_vpc_endpoint", "self"),
    Seam(VPCBackend, "delete_vpc_endpoints", "self, vpce_ids"),
    Seam(NatGatewayBackend, "delete_nat_gateway", "self, nat_gateway_id"),
    Seam(
        VPCBackend,
        "create_vpc_endpoint",
        "self, vpc_id, service_name, endpoint_type, policy_document, route_table_ids, subnet_ids, "
        "network_interface_ids, dns_entries, client_token, security_group_ids, tags, "
        "private_dns_enabled",
    ),
)


def apply() -> None:
    """Keep routes, private DNS, addresses and interfaces in sync."""
    replacements = (_with_parts, _with_settings, _once, _with_address, _with_type)
    for seam, make in zip(SEAMS, replacements, strict=True):
        seam.replace(make)


def _with_parts(original: Callable[..., Any]) -> Callable[..., Any]:
    def modify_vpc_endpoint(self: Any, vpc_id: str, *positional: Any, **named: Any) -> None:
        endpoint = self.vpc_end_points.get(vpc_id)
        before = list(endpoint.route_table_ids or []) if endpoint else []
        original(self, vpc_id, *positional, **named)
        if endpoint:
            _set_routes(self, endpoint, before)
            _set_interfaces(self, endpoint)

    return modify_vpc_endpoint


def _set_routes(backend: Any, endpoint: Any, before: list[str]) -> None:
    """Update the routes of a gateway endpoint to its route tables."""
    prefix_list = endpoint.destination_prefix_list_id
    if not prefix_list:
        return
    for table in set(before) - set(endpoint.route_table_ids):
        backend.delete_route(table, prefix_list)
    for table in set(endpoint.route_table_ids) - set(before):
        backend.create_route(
            table,
            None,
            gateway_id=endpoint.id,
            destination_prefix_list_id=prefix_list,
        )


def _set_interfaces(backend: Any, endpoint: Any) -> None:
    """Give an interface endpoint one interface in each of its subnets, with its groups."""
    if endpoint.vpc_endpoint_type.lower() != "interface":
        return
    there = [backend.enis[one] for one in endpoint.network_interface_ids if one in backend.enis]
    kept = {one.subnet.id: one for one in there if one.subnet.id in endpoint.subnet_ids}
    for one in there:
        if one.subnet.id not in kept:
            del backend.enis[one.id]
    for subnet_id in endpoint.subnet_ids:
        if subnet_id not in kept:
            address = random_private_ip(backend.get_subnet(subnet_id).cidr_block)
            kept[subnet_id] = backend.create_network_interface(subnet_id, address)
    groups = [backend.get_security_group_from_id(one) for one in endpoint.security_group_ids or []]
    for one in kept.values():
        one.requester_managed, one.interface_type = True, "vpc_endpoint"
        one._group_set = [group for group in groups if group] or one._group_set
    endpoint.network_interface_ids = [one.id for one in kept.values()]


def _with_settings(original: Callable[..., Any]) -> Callable[..., Any]:
    def modify_vpc_endpoint(self: Any) -> Any:
        answer = original(self)
        endpoint = self.ec2_backend.get_vpc_end_point(self._get_param("VpcEndpointId"))
        private_dns = self._get_bool_param("PrivateDnsEnabled")
        if private_dns is not None:
            endpoint.private_dns_enabled = private_dns
        if self._get_bool_param("ResetPolicy"):
            endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
        return answer

    return modify_vpc_endpoint


def _once(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
        ends = {key: self.vpc_end_points.get(key) for key in vpce_ids or []}
        original(self, [key for key, end in ends.items() if end and end.state != "deleted"])

    return delete_vpc_endpoints


def _with_address(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = original(self, nat_gateway_id)
        for address in list(self.addresses):
            if address.eni is gateway._eni:
                self.disassociate_address(address=address.public_ip)
        self.enis.pop(gateway._eni.id, None)
        return gateway

    return delete_nat_gateway


def _with_type(original: Callable[..., Any]) -> Callable[..., Any]:
    """Set the default type Gateway: moto cannot delete an endpoint created without a type."""

    def create_vpc_endpoint(self: Any, *, endpoint_type: str | None = None, **options: Any) -> Any:
        endpoint = original(self, endpoint_type=endpoint_type or "Gateway", **options)
        for one in endpoint.network_interface_ids or []:  # with addresses outside their subnets
            del self.enis[one]
        _set_interfaces(self, endpoint)
        return endpoint

    return create_vpc_endpoint
