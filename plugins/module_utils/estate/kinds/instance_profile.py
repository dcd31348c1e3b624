# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hands the role to a host."""

from __future__ import annotations

from ..cloud import Cloud, absent
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of


def _name(inputs: Inputs) -> str:
    return f"{inputs.stem}-training"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One profile with the training role in it."""
    name = _name(inputs)
    properties = {"role": name, "path": "/", "tags": inputs.tags}
    return [Resource("instance_profile", "training", name, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The profile with our name."""
    name = _name(cloud.inputs)
    answer = absent(
        lambda: cloud.client("iam").get_instance_profile(InstanceProfileName=name), "NoSuchEntity"
    )
    if answer is None:
        return []
    profile = answer["InstanceProfile"]
    roles = [role["RoleName"] for role in profile["Roles"]]
    properties = {
        "role": roles[0] if roles else None,
        "path": profile["Path"],
        "tags": tags_of(profile.get("Tags")),
    }
    return [Found("instance_profile", name, name, properties)]


KIND = Kind("instance_profile", "identity", desired, read, immutable=frozenset({"path"}))
