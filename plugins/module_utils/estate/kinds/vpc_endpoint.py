# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to AWS services that do not leave the VPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import policies
from ..cloud import Cloud, absent
from ..ec2 import refuse_unsuccessful, set_tags, tag_specification, wait_until
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target
from ..names import bucket_arn
from ..normal import document, tags_of, written
from . import route_table
from .bucket_names import wanted_names
from .subnet import host_subnets

#: One of these is not there any more; AWS shows it for a while.
ENDED = ("deleting", "deleted")
#: One of these will never work: it is told, and made again.
BROKEN = ("failed", "rejected", "expired")

#: AWS has two words for it.
GONE = ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")

#: What AWS gives an endpoint that was made without a policy.
FULL_ACCESS = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """S3 by a gateway endpoint, which is free, and the chosen services by interface endpoints."""
    return [_s3(inputs, facts), *(_interface(inputs, name) for name in inputs.interface_endpoints)]


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


def _interface(inputs: Inputs, service: str) -> Resource:
    """An endpoint with the service's own name, so that no client needs to know about it."""
    name = inputs.named(service.replace(".", "-"))
    properties = {
        "vpc": "vpc/main",
        "type": "Interface",
        "service": f"com.amazonaws.{inputs.region}.{service}",
        # Not every service takes another one; what a host may do is up to its role.
        "policy": document(FULL_ACCESS),
        "subnets": list(host_subnets(inputs)),
        "security_groups": ["security_group/endpoints"],
        "private_dns": True,
        "other": {},
        "tags": inputs.named_tags(name),
    }
    return Resource("vpc_endpoint", service, name, properties)


def s3_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Our buckets for our own account, the packages of Amazon Linux, and nothing without TLS.

    So data cannot leave for a bucket of somebody else through S3's own network.
    """
    arns = [bucket_arn(facts, bucket) for bucket in wanted_names(inputs).values()]
    # Amazon Linux 2023 gets its packages from S3, by requests that nobody signed: from this one
    # bucket of AWS in each region. Debian, Ubuntu and PyPI are not on S3.
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
            # Of ours the service is a better name than a tag, which somebody may have changed.
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
        # A service that takes no policy lets everything pass.
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
    """The endpoint with everything."""
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
    """Add and remove what differs of one list; AWS refuses to do what is done already."""
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
    """Delete and wait: its interfaces hold their subnets and their security group."""
    client = cloud.client("ec2")
    answer = client.delete_vpc_endpoints(VpcEndpointIds=[found.id])
    refuse_unsuccessful(answer.get("Unsuccessful", []), "DeleteVpcEndpoints", *GONE)

    def gone() -> bool:
        seen = absent(lambda: client.describe_vpc_endpoints(VpcEndpointIds=[found.id]), *GONE)
        return all(
            _state(endpoint) == "deleted" for endpoint in (seen or {}).get("VpcEndpoints", [])
        )

    wait_until(gone, f"the endpoint {found.name} was deleted")


KIND = Kind(
    "vpc_endpoint",
    "network",
    desired,
    read,
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
