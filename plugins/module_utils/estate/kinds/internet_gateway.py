# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way between the VPC and the internet."""

from __future__ import annotations

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One gateway, attached to the VPC."""
    properties = {"vpc": "vpc/main", "tags": inputs.named_tags(inputs.stem)}
    return [Resource("internet_gateway", "main", inputs.stem, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The gateways with our name or tags, and what they are attached to."""
    result = []
    for gateway in cloud.pages("ec2", "describe_internet_gateways", "InternetGateways"):
        tags = tags_of(gateway.get("Tags"))
        if cloud.named_or_ours(tags, cloud.inputs.stem):
            attached = [link["VpcId"] for link in gateway.get("Attachments", [])]
            properties = {"vpc": attached[0] if attached else None, "tags": tags}
            gateway_id = gateway["InternetGatewayId"]
            result.append(Found("internet_gateway", tags.get("Name", ""), gateway_id, properties))
    return result


KIND = Kind("internet_gateway", "network", desired, read)
