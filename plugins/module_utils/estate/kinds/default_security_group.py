# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The group that AWS gives every VPC, for whatever names no other one: emptied, so it lets nothing
pass.

It is never made and never deleted: it comes and goes with its VPC. To create it is to adopt it.
"""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..ec2 import set_tags, wait_until
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tag_list, tags_of
from .security_group import (
    ANYWHERE,
    DEFAULT,
    bring_rules,
    properties_of,
    revoke_given,
    set_egress,
    set_ingress,
)


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """No rule in, no rule out."""
    name = inputs.named("default")
    properties = {
        "vpc": "vpc/main",
        "ingress": [],
        "egress": [],
        "tags": inputs.named_tags(name),
    }
    return [Resource("default_security_group", "main", name, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The default groups of the VPCs with our name or tags, whatever tags they have themselves."""
    vpcs = {
        vpc["VpcId"]
        for vpc in cloud.pages("ec2", "describe_vpcs", "Vpcs")
        if cloud.named_or_ours(tags_of(vpc.get("Tags")), cloud.inputs.stem)
    }
    name = cloud.inputs.named("default")
    return [
        Found("default_security_group", name, group["GroupId"], properties_of(group))
        for group in _groups(cloud)
        if group["VpcId"] in vpcs
    ]


def _groups(cloud: Cloud, *filters: dict[str, Any]) -> list[dict[str, Any]]:
    by_name = {"Name": "group-name", "Values": [DEFAULT]}
    return cloud.pages(
        "ec2", "describe_security_groups", "SecurityGroups", Filters=[by_name, *filters]
    )


def create(cloud: Cloud, resource: Resource) -> str:
    """Tag the group that the VPC has, and empty it."""
    of_vpc = {"Name": "vpc-id", "Values": [resource.properties["vpc"]]}
    # The group of a VPC made a moment ago may not be told yet.
    wait_until(lambda: bool(_groups(cloud, of_vpc)), "the VPC had its default security group")
    group_id = str(_groups(cloud, of_vpc)[0]["GroupId"])
    tags = tag_list(resource.properties["tags"])
    cloud.client("ec2").create_tags(Resources=[group_id], Tags=tags)
    given = {False: {"proto": "all", "group_id": group_id}, True: ANYWHERE}
    for egress, rule in given.items():
        revoke_given(cloud, group_id, rule, egress=egress)
        bring_rules(cloud, group_id, [], egress=egress)
    return group_id


def delete(cloud: Cloud, found: Found) -> None:
    """Nothing where its VPC goes too; a VPC that stays, as not ours, keeps it without our tags."""
    client = cloud.client("ec2")
    vpcs = client.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [found.properties["vpc"]]}])
    if any(not cloud.ours(tags_of(vpc.get("Tags"))) for vpc in vpcs["Vpcs"]):
        keys = [{"Key": key} for key in found.properties["tags"]]
        client.delete_tags(Resources=[found.id], Tags=keys)


KIND = Kind(
    "default_security_group",
    "network",
    desired,
    read,
    create=create,
    created_with=frozenset({"vpc", "ingress", "egress", "tags"}),
    setters={"ingress": set_ingress, "egress": set_egress, "tags": set_tags},
    delete=delete,
)
