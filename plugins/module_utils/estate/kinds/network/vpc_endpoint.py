# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints: private access to AWS services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.normal import document, written
from ...engine.tags import tags_of
from ...inputs import Inputs
from ...names import bucket_arn
from .. import policies
from ..ec2 import refuse_unsuccessful, set_tags, tag_specification, wait_until
from ..storage.bucket.names import wanted_names
from . import route_table
from .subnet import host_subnets

#: An endpoint in one of these states no longer exists; AWS lists it for a while.
ENDED = ("deleting", "deleted")
#: An endpoint in one of these states never works: it is reported and recreated.
BROKEN = ("failed", "rejected", "expired")

#: AWS uses two error codes.
GONE = ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")

#: The policy of an endpoint created without one.
FULL_ACCESS = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """A gateway endpoint for S3, which is free, and interface endpoints for the chosen services."""
    return [
        _s3(inputs, facts),
        *(_interface(inputs, facts, name) for name in inputs.interface_endpoints),
    ]


def _s3(inputs: Inputs, facts: Facts) -> Resource:
    properties = {
        "vpc": "vpc/main",
        "type": "Gateway",
        "service": f"com.amazonaws.{inputs.region}.s3",
        "policy": s3_policy(inputs, facts),
        "route_tables": [f"route_table/{key}" for key in route_table.keys(inputs)],
        "other": {},
        "tags": inputs.named_tags(inputs.named("s3")),
    }
    return Resource("vpc_endpoint", "s3", inputs.named("s3"), properties)


def _interface(inputs: Inputs, facts: Facts, service: str) -> Resource:
    """An interface endpoint with private DNS, so that clients need no configuration."""
    name = inputs.named(service.replace(".", "-"))
    properties = {
        "vpc": "vpc/main",
        "type": "Interface",
        "service": f"com.amazonaws.{inputs.region}.{service}",
        "policy": document(FULL_ACCESS)
        if service in facts.without_policy
        else account_policy(facts),
        "subnets": list(host_subnets(inputs)),
        "security_groups": ["security_group/endpoints"],
        "private_dns": True,
        "other": {},
        "tags": inputs.named_tags(name),
    }
    return Resource("vpc_endpoint", service, name, properties)


def account_policy(facts: Facts) -> Properties:
    """A policy that allows our own account only, so that other credentials cannot be used.

    The host's role limits what it may do with the service.
    """
    return policies.policy(
        {
            "Sid": "OurAccount",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": facts.account_id}},
        }
    )


def without_policy(cloud: Cloud) -> tuple[str, ...]:
    """The chosen services that do not support endpoint policies and keep AWS's default one."""
    start = f"com.amazonaws.{cloud.inputs.region}."
    names = [start + service for service in cloud.inputs.interface_endpoints]
    if not names:
        return ()
    answer = cloud.client("ec2").describe_vpc_endpoint_services(ServiceNames=names)
    return tuple(
        sorted(
            detail["ServiceName"].removeprefix(start)
            for detail in answer["ServiceDetails"]
            if detail.get("VpcEndpointPolicySupported") is False
        )
    )


def s3_policy(inputs: Inputs, facts: Facts) -> Properties:
    """A policy that allows our buckets for our account, and Amazon Linux packages, all over TLS.

    This prevents copying data to other accounts' buckets through the endpoint.
    """
    arns = [bucket_arn(facts, bucket) for bucket in wanted_names(inputs).values()]
    # Amazon Linux 2023 downloads packages with unsigned requests from this AWS bucket in each
    # region. Debian, Ubuntu and PyPI are not on S3.
    packages = bucket_arn(facts, f"al2023-repos-{inputs.region}-de612dc2/*")
    return policies.policy(
        {
            "Sid": "OurBuckets",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [*arns, *(f"{arn}/*" for arn in arns)],
            "Condition": {"StringEquals": {"aws:PrincipalAccount": facts.account_id}},
        },
        {
            "Sid": "AmazonLinuxPackages",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": packages,
        },
        policies.only_tls("s3:*", "*"),
    )


def read(cloud: Cloud) -> list[Found]:
    """The endpoints with our names or tags."""
    services = ("s3", *cloud.inputs.interface_endpoints)
    names = [cloud.inputs.named(service.replace(".", "-")) for service in services]
    result = []
    for endpoint in cloud.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints"):
        tags = tags_of(endpoint.get("Tags"))
        if _state(endpoint) not in ENDED and cloud.named_or_ours(tags, *names):
            properties = {**_properties(endpoint), "tags": tags}
            endpoint_id = endpoint["VpcEndpointId"]
            # Our endpoints are identified by service, because a Name tag may have been changed.
            service = endpoint["ServiceName"].removeprefix(f"com.amazonaws.{cloud.inputs.region}.")
            known = service in services and cloud.ours(tags)
            name = cloud.inputs.named(service.replace(".", "-")) if known else tags.get("Name", "")
            result.append(Found("vpc_endpoint", name, endpoint_id, properties))
    return result


def _state(endpoint: Mapping[str, Any]) -> str:
    return str(endpoint["State"]).lower()


def _properties(endpoint: Mapping[str, Any]) -> Properties:
    properties: Properties = {
        "vpc": endpoint["VpcId"],
        "type": endpoint["VpcEndpointType"],
        "service": endpoint["ServiceName"],
        # A service without endpoint policies allows everything.
        "policy": document(endpoint.get("PolicyDocument") or FULL_ACCESS),
        "other": {"state": _state(endpoint)} if _state(endpoint) in BROKEN else {},
    }
    if endpoint["VpcEndpointType"] == "Gateway":
        return properties | {"route_tables": sorted(endpoint.get("RouteTableIds", []))}
    return properties | {
        "subnets": sorted(endpoint.get("SubnetIds", [])),
        "security_groups": sorted(group["GroupId"] for group in endpoint.get("Groups", [])),
        "private_dns": bool(endpoint.get("PrivateDnsEnabled")),
    }


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the complete endpoint."""
    wanted = resource.properties
    special = (
        {"RouteTableIds": wanted["route_tables"]}
        if wanted["type"] == "Gateway"
        else {
            "SubnetIds": wanted["subnets"],
            "SecurityGroupIds": wanted["security_groups"],
            "PrivateDnsEnabled": wanted["private_dns"],
        }
    )
    if wanted["policy"] != document(FULL_ACCESS):
        special["PolicyDocument"] = written(wanted["policy"])
    endpoint = cloud.client("ec2").create_vpc_endpoint(
        VpcEndpointType=wanted["type"],
        VpcId=wanted["vpc"],
        ServiceName=wanted["service"],
        TagSpecifications=tag_specification("vpc-endpoint", wanted["tags"]),
        **special,
    )["VpcEndpoint"]
    return str(endpoint["VpcEndpointId"])


def _modify(cloud: Cloud, target: Target, **arguments: Any) -> None:
    cloud.client("ec2").modify_vpc_endpoint(VpcEndpointId=target.id, **arguments)


def _set_policy(cloud: Cloud, target: Target) -> None:
    wanted = target.properties["policy"]
    if wanted == document(FULL_ACCESS):
        _modify(cloud, target, ResetPolicy=True)
    else:
        _modify(cloud, target, PolicyDocument=written(wanted))


def _set_private_dns(cloud: Cloud, target: Target) -> None:
    _modify(cloud, target, PrivateDnsEnabled=target.properties["private_dns"])


def _set_members(cloud: Cloud, target: Target, name: str, argument: str) -> None:
    """Add and remove only what differs in one list; AWS rejects changes that are already done."""
    client = cloud.client("ec2")
    [endpoint] = client.describe_vpc_endpoints(VpcEndpointIds=[target.id])["VpcEndpoints"]
    now, wanted = set(_properties(endpoint)[name]), set(target.properties[name])
    arguments = {f"Add{argument}": sorted(wanted - now), f"Remove{argument}": sorted(now - wanted)}
    arguments = {key: ids for key, ids in arguments.items() if ids}
    if arguments:
        _modify(cloud, target, **arguments)


def _set_route_tables(cloud: Cloud, target: Target) -> None:
    _set_members(cloud, target, "route_tables", "RouteTableIds")


def _set_subnets(cloud: Cloud, target: Target) -> None:
    _set_members(cloud, target, "subnets", "SubnetIds")


def _set_security_groups(cloud: Cloud, target: Target) -> None:
    _set_members(cloud, target, "security_groups", "SecurityGroupIds")


def delete(cloud: Cloud, found: Found) -> None:
    """Delete and wait: its network interfaces use the subnets and the security group."""
    client = cloud.client("ec2")
    answer = client.delete_vpc_endpoints(VpcEndpointIds=[found.id])
    refuse_unsuccessful(answer.get("Unsuccessful", []), "DeleteVpcEndpoints", *GONE)

    def gone() -> bool:
        seen = absent(lambda: client.describe_vpc_endpoints(VpcEndpointIds=[found.id]), *GONE)
        return all(
            _state(endpoint) == "deleted" for endpoint in (seen or {}).get("VpcEndpoints", [])
        )

    wait_until(gone, f"the endpoint {found.name} was deleted")


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price of interface endpoints per hour and zone; the gateway endpoint of S3 is free."""
    return [
        usage.hours("endpoint_hour", thing, len(thing.properties["subnets"]))
        for thing in things
        if thing.properties.get("type") == "Interface"
    ]


KIND = Kind(
    "vpc_endpoint",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeVpcEndpointServices DescribeVpcEndpoints"),
        Right("MakeWithOurTags3", "CreateVpcEndpoint", "vpc-endpoint"),
        Right("MakeInOurs", "CreateVpcEndpoint"),
        Right("ChangeAndRemoveOurs", "DeleteVpcEndpoints ModifyVpcEndpoint", "vpc-endpoint"),
    ),
    price=price,
    create=create,
    created_with=frozenset(
        {
            "vpc",
            "type",
            "service",
            "policy",
            "route_tables",
            "subnets",
            "security_groups",
            "private_dns",
            "other",
            "tags",
        }
    ),
    setters={
        "policy": _set_policy,
        "route_tables": _set_route_tables,
        "subnets": _set_subnets,
        "security_groups": _set_security_groups,
        "private_dns": _set_private_dns,
        "tags": set_tags,
    },
    delete=delete,
    replaceable=True,
)
