# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hands the role to a host."""

from __future__ import annotations

from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says so

from ..cloud import Cloud, absent
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource, Target
from ..normal import tag_list, tags_of
from .role import SETTLES, leave_profile

#: The role has the same name.
KEY = "training"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One profile with the training role in it."""
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
        "tags": tags_of(profile.get("Tags")),
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
    """The profile without its role."""
    cloud.client("iam").create_instance_profile(
        InstanceProfileName=resource.name,
        Path=resource.properties["path"],
        Tags=tag_list(resource.properties["tags"]),
    )
    return resource.name


def _set_role(cloud: Cloud, target: Target) -> None:
    """A profile takes one role, so another one leaves first."""
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
        # IAM refuses a second try too, when the answer to the first was lost.
        if _roles(_describe(cloud, target.name)) != [wanted]:
            raise


def _set_tags(cloud: Cloud, target: Target) -> None:
    iam, wanted = cloud.client("iam"), target.properties["tags"]
    profile = _describe(cloud, target.name) or {}
    iam.tag_instance_profile(InstanceProfileName=target.name, Tags=tag_list(wanted))
    rest = sorted(set(tags_of(profile.get("Tags"))) - set(wanted))
    if rest:
        iam.untag_instance_profile(InstanceProfileName=target.name, TagKeys=rest)


def delete(cloud: Cloud, found: Found) -> None:
    """The profile; IAM wants it empty first."""
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
    create=create,
    setters={"role": _set_role, "tags": _set_tags},
    created_with=frozenset({"path", "tags"}),
    delete=delete,
    settles=SETTLES,
)
