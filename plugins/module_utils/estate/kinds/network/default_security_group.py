# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The default security group of the VPC, without rules, so that it allows no traffic.

AWS assigns it to resources without another group. AWS creates and deletes it with the VPC, so
`create` adopts it.
"""

from __future__ import annotations

from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud
from ...engine.model import Facts, Found, Kind, Resource, Right
from ...engine.tags import tag_list, tags_of
from ...inputs import Inputs
from ..ec2 import set_tags, wait_until
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
    """No inbound and no outbound rules."""
    name = inputs.named("default")
    properties = {
        "vpc": "vpc/main",
        "ingress": [],
        "egress": [],
        "tags": inputs.named_tags(name),
    }
    return [Resource("default_security_group", "main", name, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The default groups of VPCs with our name or tags, whatever tags the groups have."""
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
    """Tag the existing group of the VPC and remove its rules."""
    of_vpc = {"Name": "vpc-id", "Values": [resource.properties["vpc"]]}
    # AWS may list the group of a new VPC late.
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
    """Remove our tags if the VPC is not ours and stays; otherwise it is deleted with the VPC."""
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
    permissions=(
        Right("LookAtNetworks", "DescribeSecurityGroupRules DescribeSecurityGroups DescribeVpcs"),
        Right(
            "ChangeAndRemoveOurs",
            """AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress ModifySecurityGroupRules
            RevokeSecurityGroupEgress RevokeSecurityGroupIngress""",
            "security-group",
        ),
        Right("ChangeRules", "ModifySecurityGroupRules", "security-group-rule"),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"vpc", "ingress", "egress", "tags"}),
    setters={"ingress": set_ingress, "egress": set_egress, "tags": set_tags},
    delete=delete,
)
