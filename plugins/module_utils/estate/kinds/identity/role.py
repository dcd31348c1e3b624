# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least-privilege roles of training hosts and of the AWS services that act for us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.normal import document, written
from ...engine.tags import bring, tag_list, tags_of
from ...inputs import Inputs
from .. import policies

SESSION_SECONDS = 3600

KEYS = ("training", "replication", "flow_logs", "cloudtrail", "budget_action")

#: Temporary IAM errors for resources that were just created or changed.
SETTLES = frozenset({"NoSuchEntity", "ConcurrentModification"})


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One role for hosts, and one for each service that acts for us."""
    roles = [
        _role(
            inputs,
            "training",
            f"Training hosts of {inputs.stem}",
            policies.ec2_trust(),
            policies.training_policy(inputs, facts),
        )
    ]
    if inputs.replica_region:
        roles.append(
            _role(
                inputs,
                "replication",
                f"S3 copies objects of {inputs.stem} to {inputs.replica_region}",
                policies.replication_trust(),
                policies.replication_policy(inputs, facts),
            )
        )
    if inputs.flow_logs:
        roles.append(
            _role(
                inputs,
                "flow_logs",
                f"Flow logs of {inputs.stem} go to CloudWatch Logs",
                policies.flow_logs_trust(inputs, facts),
                policies.flow_logs_policy(inputs, facts),
            )
        )
    if inputs.cloudtrail:
        roles.append(
            _role(
                inputs,
                "cloudtrail",
                f"The trail of {inputs.stem} goes to CloudWatch Logs",
                policies.cloudtrail_trust(),
                policies.cloudtrail_policy(inputs, facts),
            )
        )
    if inputs.budget_action != "none":
        roles.append(
            _role(
                inputs,
                "budget_action",
                f"The budget of {inputs.stem} acts when it is spent",
                policies.budget_trust(facts),
                policies.budget_policy(inputs, facts),
            )
        )
    return roles


def _role(
    inputs: Inputs, key: str, description: str, trust: Properties, policy: Properties
) -> Resource:
    properties = {
        "description": description,
        "path": "/",
        "max_session_seconds": SESSION_SECONDS,
        "trust": trust,
        "inline_policies": {key.replace("_", "-"): policy},
        "managed_policies": [],
        "permissions_boundary": inputs.permissions_boundary or None,
        "tags": inputs.tags,
    }
    return Resource("role", key, inputs.named(key), properties)


def read(cloud: Cloud) -> list[Found]:
    """The roles with our names or tags, and all their policies.

    As the list has no tags, only roles with our name prefix are read.
    """
    listed = cloud.pages("iam", "list_roles", "Roles", PaginationConfig={"PageSize": 1000})
    names = [
        role["RoleName"] for role in listed if role["RoleName"].startswith(f"{cloud.inputs.stem}-")
    ]
    found = concurrently(lambda name: _read_one(cloud, name), names)
    expected = {cloud.inputs.named(key) for key in KEYS}
    return [
        role
        for role in found
        if role and (role.name in expected or cloud.ours(role.properties["tags"]))
    ]


def _read_one(cloud: Cloud, name: str) -> Found | None:
    """A role, or None if it was deleted meanwhile."""
    return absent(lambda: _describe(cloud, name), "NoSuchEntity")


def _describe(cloud: Cloud, name: str) -> Found:
    reads: tuple[Callable[[], Any], ...] = (
        lambda: cloud.client("iam").get_role(RoleName=name)["Role"],
        lambda: _inline_policies(cloud, name),
        lambda: _attached(cloud, name),
    )
    role, inline, attached = concurrently(lambda read: read(), reads)
    properties = {
        "description": role.get("Description", ""),
        "path": role["Path"],
        "max_session_seconds": role["MaxSessionDuration"],
        "trust": document(role["AssumeRolePolicyDocument"]),
        "inline_policies": inline,
        "managed_policies": attached,
        "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": tags_of(role.get("Tags"), spelled=cloud.inputs.tags),
    }
    return Found("role", name, name, properties)


def _inline_names(cloud: Cloud, role: str) -> list[str]:
    return cloud.pages("iam", "list_role_policies", "PolicyNames", RoleName=role)


def _inline_policies(cloud: Cloud, role: str) -> Properties:
    names = _inline_names(cloud, role)
    documents = concurrently(
        lambda name: cloud.client("iam").get_role_policy(RoleName=role, PolicyName=name), names
    )
    return {
        name: document(answer["PolicyDocument"])
        for name, answer in zip(names, documents, strict=True)
    }


def _attached(cloud: Cloud, role: str) -> list[str]:
    attached = cloud.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    return sorted(policy["PolicyArn"] for policy in attached)


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the role without its policies."""
    wanted = resource.properties
    boundary = wanted["permissions_boundary"]
    cloud.client("iam").create_role(
        RoleName=resource.name,
        Path=wanted["path"],
        Description=wanted["description"],
        MaxSessionDuration=wanted["max_session_seconds"],
        AssumeRolePolicyDocument=written(wanted["trust"]),
        Tags=tag_list(wanted["tags"]),
        **({"PermissionsBoundary": boundary} if boundary else {}),
    )
    return resource.name


def _set_session(cloud: Cloud, target: Target) -> None:
    """Set description and session length together: UpdateRole resets omitted parameters."""
    cloud.client("iam").update_role(
        RoleName=target.name,
        Description=target.properties["description"],
        MaxSessionDuration=target.properties["max_session_seconds"],
    )


def _set_trust(cloud: Cloud, target: Target) -> None:
    cloud.client("iam").update_assume_role_policy(
        RoleName=target.name, PolicyDocument=written(target.properties["trust"])
    )


def _set_inline_policies(cloud: Cloud, target: Target) -> None:
    """Set exactly the desired policies; write first, so that the role is never without them."""
    iam, wanted = cloud.client("iam"), target.properties["inline_policies"]
    for name, body in wanted.items():
        iam.put_role_policy(RoleName=target.name, PolicyName=name, PolicyDocument=written(body))
    for name in set(_inline_names(cloud, target.name)) - set(wanted):
        _delete_inline(cloud, target.name, name)


def _delete_inline(cloud: Cloud, role: str, policy: str) -> None:
    absent(
        lambda: cloud.client("iam").delete_role_policy(RoleName=role, PolicyName=policy),
        "NoSuchEntity",
    )


def _set_managed_policies(cloud: Cloud, target: Target) -> None:
    iam, wanted = cloud.client("iam"), set(target.properties["managed_policies"])
    there = set(_attached(cloud, target.name))
    for arn in wanted - there:
        iam.attach_role_policy(RoleName=target.name, PolicyArn=arn)
    for arn in there - wanted:
        _detach(cloud, target.name, arn)


def _detach(cloud: Cloud, role: str, arn: str) -> None:
    absent(
        lambda: cloud.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn),
        "NoSuchEntity",
    )


def _set_boundary(cloud: Cloud, target: Target) -> None:
    iam, boundary = cloud.client("iam"), target.properties["permissions_boundary"]
    if boundary:
        iam.put_role_permissions_boundary(RoleName=target.name, PermissionsBoundary=boundary)
    else:
        absent(lambda: iam.delete_role_permissions_boundary(RoleName=target.name), "NoSuchEntity")


def _set_tags(cloud: Cloud, target: Target) -> None:
    iam = cloud.client("iam")
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: iam.untag_role(RoleName=target.name, TagKeys=keys),
        tag=lambda tags: iam.tag_role(RoleName=target.name, Tags=tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the role and its policies, after removing it from every instance profile."""
    absent(lambda: _delete_all(cloud, found.name), "NoSuchEntity")


def _delete_all(cloud: Cloud, name: str) -> None:
    iam = cloud.client("iam")
    profiles = cloud.pages(
        "iam", "list_instance_profiles_for_role", "InstanceProfiles", RoleName=name
    )
    for profile in profiles:
        leave_profile(cloud, profile["InstanceProfileName"], name)
    for policy in _inline_names(cloud, name):
        _delete_inline(cloud, name, policy)
    for arn in _attached(cloud, name):
        _detach(cloud, name, arn)
    iam.delete_role(RoleName=name)


def leave_profile(cloud: Cloud, profile: str, role: str) -> None:
    """Remove a role from an instance profile."""
    absent(
        lambda: cloud.client("iam").remove_role_from_instance_profile(
            InstanceProfileName=profile, RoleName=role
        ),
        "NoSuchEntity",
    )


KIND = Kind(
    "role",
    "identity",
    desired,
    read,
    permissions=(
        Right("ListIdentities", "ListRoles"),
        Right("MakeRoles", "CreateRole PutRolePermissionsBoundary PutRolePolicy"),
        Right(
            "OurRoles",
            """DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy
            ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies
            TagRole UntagRole UpdateAssumeRolePolicy UpdateRole""",
        ),
        Right("OurProfiles", "RemoveRoleFromInstanceProfile"),
        Right("TakeBoundaryAway", "DeleteRolePermissionsBoundary"),
    ),
    price=FREE,
    create=create,
    setters={
        # Before the policies: the deployer may write policies only of a role with the boundary.
        "permissions_boundary": _set_boundary,
        "description": _set_session,
        "max_session_seconds": _set_session,
        "trust": _set_trust,
        "inline_policies": _set_inline_policies,
        "managed_policies": _set_managed_policies,
        "tags": _set_tags,
    },
    created_with=frozenset(
        {"description", "path", "max_session_seconds", "trust", "permissions_boundary", "tags"}
    ),
    delete=delete,
    settles=SETTLES,
)
