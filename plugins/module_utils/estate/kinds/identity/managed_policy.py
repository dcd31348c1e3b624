# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The deny-launch policy, which the budget action attaches when the budget is spent."""

from __future__ import annotations

from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.normal import document, written
from ...engine.tags import bring, tag_list, tags_of
from ...inputs import Inputs
from .. import policies
from .role import SETTLES

#: The most versions that IAM keeps; it rejects another one.
VERSIONS = 5


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The deny-launch policy, not attached until the budget action applies it."""
    if inputs.budget_action != "deny_launch":
        return []
    properties = {
        "description": f"Attached when the budget of {inputs.stem} is spent: no launches",
        "path": "/",
        "document": policies.deny_launch_policy(),
        "tags": inputs.tags,
    }
    return [Resource("managed_policy", "deny_launch", inputs.named("deny_launch"), properties)]


def read(cloud: Cloud) -> list[Found]:
    """The policies with our name or tags; as the list has no tags, only those with our prefix."""
    listed = cloud.pages("iam", "list_policies", "Policies", Scope="Local")
    arns = [p["Arn"] for p in listed if p["PolicyName"].startswith(f"{cloud.inputs.stem}-")]
    found = concurrently(lambda arn: absent(lambda: _describe(cloud, arn), "NoSuchEntity"), arns)
    return [
        policy
        for policy in found
        if policy
        and (
            policy.name == cloud.inputs.named("deny_launch")
            or cloud.ours(policy.properties["tags"])
        )
    ]


def _describe(cloud: Cloud, arn: str) -> Found:
    iam = cloud.client("iam")
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    properties = {
        "description": policy.get("Description", ""),
        "path": policy["Path"],
        "document": document(version["PolicyVersion"]["Document"]),
        "tags": tags_of(policy.get("Tags"), spelled=cloud.inputs.tags),
    }
    return Found("managed_policy", policy["PolicyName"], arn, properties)


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the complete policy."""
    wanted = resource.properties
    answer = cloud.client("iam").create_policy(
        PolicyName=resource.name,
        Path=wanted["path"],
        Description=wanted["description"],
        PolicyDocument=written(wanted["document"]),
        Tags=tag_list(wanted["tags"]),
    )
    return str(answer["Policy"]["Arn"])


def _set_document(cloud: Cloud, target: Target) -> None:
    """Create a new default version, after deleting the oldest ones to make room."""
    rest = _spare_versions(cloud, target.id)
    for version in rest[VERSIONS - 2 :]:
        _delete_version(cloud, target.id, version)
    cloud.client("iam").create_policy_version(
        PolicyArn=target.id,
        PolicyDocument=written(target.properties["document"]),
        SetAsDefault=True,
    )


def _spare_versions(cloud: Cloud, arn: str) -> list[str]:
    """All versions except the default one, newest first."""
    versions: list[Any] = cloud.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)
    spare = [v["VersionId"] for v in versions if not v["IsDefaultVersion"]]
    return sorted(spare, key=lambda version: int(version[1:]), reverse=True)


def _delete_version(cloud: Cloud, arn: str, version: str) -> None:
    absent(
        lambda: cloud.client("iam").delete_policy_version(PolicyArn=arn, VersionId=version),
        "NoSuchEntity",
    )


def _set_tags(cloud: Cloud, target: Target) -> None:
    iam = cloud.client("iam")
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: iam.untag_policy(PolicyArn=target.id, TagKeys=keys),
        tag=lambda tags: iam.tag_policy(PolicyArn=target.id, Tags=tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the policy, after detaching it from every principal."""
    absent(lambda: _delete_all(cloud, found.id), "NoSuchEntity")


def _delete_all(cloud: Cloud, arn: str) -> None:
    iam = cloud.client("iam")
    pages = iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn)
    for page in pages:
        for role in page["PolicyRoles"]:
            iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
        for user in page["PolicyUsers"]:
            iam.detach_user_policy(UserName=user["UserName"], PolicyArn=arn)
        for group in page["PolicyGroups"]:
            iam.detach_group_policy(GroupName=group["GroupName"], PolicyArn=arn)
    for version in _spare_versions(cloud, arn):
        _delete_version(cloud, arn, version)
    iam.delete_policy(PolicyArn=arn)


KIND = Kind(
    "managed_policy",
    "identity",
    desired,
    read,
    permissions=(
        Right("ListIdentities", "ListPolicies"),
        Right(
            "OurPolicies",
            """CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy
            GetPolicyVersion ListEntitiesForPolicy ListPolicyVersions TagPolicy UntagPolicy""",
        ),
        Right("TakeDenialAway", "DetachGroupPolicy DetachRolePolicy DetachUserPolicy"),
    ),
    price=FREE,
    create=create,
    # IAM cannot change a description or a path, and none of our resources depend on the policy id.
    setters={"document": _set_document, "tags": _set_tags},
    created_with=frozenset({"description", "path", "document", "tags"}),
    delete=delete,
    replaceable=True,
    settles=SETTLES,
)
