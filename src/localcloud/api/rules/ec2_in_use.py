"""Resources in use cannot be deleted: DependencyViolation and similar errors.

moto deletes a VPC with interfaces, endpoints and groups in it, a subnet with interfaces, a group
that an interface or another group's rule references, and the address of a running instance.

Source: Amazon EC2 API Reference, the pages of these operations and "Error codes".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.api.errors import Refused


def vpc(response: Any, parameters: Mapping[str, Any]) -> None:
    """DeleteVpc."""
    name = parameters["VpcId"]
    if any(_in_vpc(response.ec2_backend, name)):
        raise _violation(f"The vpc '{name}' has dependencies and cannot be deleted.")


def subnet(response: Any, parameters: Mapping[str, Any]) -> None:
    """DeleteSubnet."""
    name = parameters["SubnetId"]
    if any(_interfaces(response.ec2_backend, lambda one: one.id == name)):
        raise _violation(f"The subnet '{name}' has dependencies and cannot be deleted.")


def group(response: Any, parameters: Mapping[str, Any]) -> None:
    """DeleteSecurityGroup."""
    found = response.ec2_backend.get_security_group_from_id(parameters.get("GroupId"))
    if found and any(_users(response.ec2_backend, found)):
        raise _violation(f"resource {found.id} has a dependent object")


def interface(response: Any, parameters: Mapping[str, Any]) -> None:
    """DeleteNetworkInterface."""
    name = parameters["NetworkInterfaceId"]
    found = response.ec2_backend.enis.get(name)
    if found and found.attachment_id:
        raise Refused("InvalidParameterValue", f"Network interface '{name}' is currently in use.")


def address(response: Any, parameters: Mapping[str, Any]) -> None:
    """ReleaseAddress."""
    for one in response.ec2_backend.addresses:
        if one.allocation_id == parameters.get("AllocationId") and one.association_id:
            raise Refused(
                "InvalidIPAddress.InUse",
                f"The address with allocation id {one.allocation_id} is in use.",
            )


def _in_vpc(backend: Any, name: str) -> Iterator[Any]:
    """Everything in a VPC that must be deleted before it and that moto does not check."""
    gateways = list(backend.internet_gateways.values())
    yield from (one for one in gateways if one.vpc and one.vpc.id == name)
    yield from _interfaces(backend, lambda one: one.vpc_id == name)
    endpoints = list(backend.vpc_end_points.values())
    yield from (one for one in endpoints if one.vpc_id == name and one.state != "deleted")
    groups = list(backend.groups.get(name, {}).values())
    yield from (one for one in groups if one.name != "default")
    lists = list(backend.network_acls.values())
    yield from (one for one in lists if one.vpc_id == name and not one.default)


def _interfaces(backend: Any, of_subnet: Callable[[Any], bool]) -> Iterator[Any]:
    for one in list(backend.enis.values()):
        if one.subnet and of_subnet(one.subnet):
            yield one


def _users(backend: Any, wanted: Any) -> Iterator[Any]:
    """Interfaces in the group, and rules of other groups that reference it."""
    for one in list(backend.enis.values()):
        if any(member.id == wanted.id for member in one.group_set):
            yield one
    for other in list(backend.groups.get(wanted.vpc_id, {}).values()):
        for rule in (*other.ingress_rules, *other.egress_rules):
            if other.id != wanted.id and rule.source_group.get("GroupId") == wanted.id:
                yield rule


def _violation(message: str) -> Refused:
    return Refused("DependencyViolation", message)


RULES = {
    "DeleteVpc": vpc,
    "DeleteSubnet": subnet,
    "DeleteSecurityGroup": group,
    "DeleteNetworkInterface": interface,
    "ReleaseAddress": address,
}
