# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The internet gateway of the VPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent, error_code
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import set_tags, tag_specification, wait_until, with_lost_name

GONE = "InvalidInternetGatewayID.NotFound"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One gateway, attached to the VPC."""
    properties = {"vpc": "vpc/main", "tags": inputs.named_tags(inputs.stem)}
    return [Resource("internet_gateway", "main", inputs.stem, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The gateways with our name or tags, and the VPCs that they are attached to."""
    result = []
    for gateway in cloud.pages("ec2", "describe_internet_gateways", "InternetGateways"):
        tags = tags_of(gateway.get("Tags"))
        if cloud.named_or_ours(tags, cloud.inputs.stem):
            attached = _attached(gateway)
            properties = {"vpc": attached[0] if attached else None, "tags": tags}
            gateway_id = gateway["InternetGatewayId"]
            result.append(Found("internet_gateway", tags.get("Name", ""), gateway_id, properties))
    return with_lost_name(cloud, result, [cloud.inputs.stem])


def _attached(gateway: Mapping[str, Any]) -> list[str]:
    return [link["VpcId"] for link in gateway.get("Attachments", [])]


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the gateway, not attached yet."""
    gateway = cloud.client("ec2").create_internet_gateway(
        TagSpecifications=tag_specification("internet-gateway", resource.properties["tags"])
    )["InternetGateway"]
    return str(gateway["InternetGatewayId"])


def _set_vpc(cloud: Cloud, target: Target) -> None:
    wanted = target.properties["vpc"]
    attached = _detach(cloud, target.id, keep=wanted)
    if wanted and wanted not in attached:
        cloud.client("ec2").attach_internet_gateway(InternetGatewayId=target.id, VpcId=wanted)


def _detach(cloud: Cloud, gateway_id: str, keep: str = "") -> list[str]:
    """Detach the gateway from every VPC except `keep`; return the VPCs it was attached to."""
    client = cloud.client("ec2")
    [gateway] = client.describe_internet_gateways(InternetGatewayIds=[gateway_id])[
        "InternetGateways"
    ]
    attached = _attached(gateway)
    for vpc_id in attached:
        if vpc_id != keep:
            client.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    return attached


def delete(cloud: Cloud, found: Found) -> None:
    """Detach and delete the gateway.

    AWS refuses while something in the VPC has a public address, such as a terminating host.
    """

    def detached() -> bool:
        return error_code(lambda: _detach(cloud, found.id), "DependencyViolation") is None

    def go() -> None:
        wait_until(detached, f"nothing behind {found.name} had a public address")
        cloud.client("ec2").delete_internet_gateway(InternetGatewayId=found.id)

    absent(go, GONE)


KIND = Kind(
    "internet_gateway",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeInternetGateways"),
        Right("MakeWithOurTags1", "CreateInternetGateway", "internet-gateway"),
        Right(
            "ChangeAndRemoveOurs",
            """AttachInternetGateway DeleteInternetGateway DetachInternetGateway""",
            "internet-gateway",
        ),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"tags"}),
    setters={"vpc": _set_vpc, "tags": set_tags},
    delete=delete,
    # Detached meanwhile by someone else.
    settles=frozenset({"Gateway.NotAttached"}),
)
