# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instance profile that gives a host its role."""

from __future__ import annotations

from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.tags import bring, tag_list, tags_of
from ...inputs import Inputs
from .role import SETTLES, leave_profile

#: The key of the profile and of its role, which have the same name.
KEY = "training"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One profile with the training role."""
    name = inputs.named(KEY)
    properties = {"role": name, "path": "/", "tags": inputs.tags}
    return [Resource("instance_profile", KEY, name, properties, (f"role/{KEY}",))]


def read(cloud: Cloud) -> list[Found]:
    """The profile with our name."""
    profile = _describe(cloud, cloud.inputs.named(KEY))
    if profile is None:
        return []
    roles = _roles(profile)
    properties = {
        "role": roles[0] if roles else None,
        "path": profile["Path"],
        "tags": tags_of(profile.get("Tags"), spelled=cloud.inputs.tags),
    }
    name = profile["InstanceProfileName"]
    return [Found("instance_profile", name, name, properties)]


def _describe(cloud: Cloud, name: str) -> dict[str, Any] | None:
    answer = absent(
        lambda: cloud.client("iam").get_instance_profile(InstanceProfileName=name), "NoSuchEntity"
    )
    return None if answer is None else dict(answer["InstanceProfile"])


def _roles(profile: dict[str, Any] | None) -> list[str]:
    return [role["RoleName"] for role in (profile or {"Roles": []})["Roles"]]


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the profile without its role."""
    cloud.client("iam").create_instance_profile(
        InstanceProfileName=resource.name,
        Path=resource.properties["path"],
        Tags=tag_list(resource.properties["tags"]),
    )
    return resource.name


def _set_role(cloud: Cloud, target: Target) -> None:
    """Set the role, removing any other one first: a profile holds only one."""
    wanted = target.properties["role"]
    there = _roles(_describe(cloud, target.name))
    for role in there:
        if role != wanted:
            leave_profile(cloud, target.name, role)
    if wanted in there:
        return
    try:
        cloud.client("iam").add_role_to_instance_profile(
            InstanceProfileName=target.name, RoleName=wanted
        )
    except ClientError:
        # IAM also rejects a retry after the response to the first call was lost.
        if _roles(_describe(cloud, target.name)) != [wanted]:
            raise


def _set_tags(cloud: Cloud, target: Target) -> None:
    iam, name = cloud.client("iam"), target.name
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: iam.untag_instance_profile(InstanceProfileName=name, TagKeys=keys),
        tag=lambda tags: iam.tag_instance_profile(InstanceProfileName=name, Tags=tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the profile; IAM requires it to be empty first."""
    profile = _describe(cloud, found.name)
    if profile is None:
        return
    for role in _roles(profile):
        leave_profile(cloud, found.name, role)
    absent(
        lambda: cloud.client("iam").delete_instance_profile(InstanceProfileName=found.name),
        "NoSuchEntity",
    )


KIND = Kind(
    "instance_profile",
    "identity",
    desired,
    read,
    permissions=(
        Right(
            "OurProfiles",
            """AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile
            GetInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile
            UntagInstanceProfile""",
        ),
    ),
    price=FREE,
    create=create,
    setters={"role": _set_role, "tags": _set_tags},
    created_with=frozenset({"path", "tags"}),
    delete=delete,
    settles=SETTLES,
)
