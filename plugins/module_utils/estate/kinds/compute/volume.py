# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes that outlive their host. They are never desired, since models are in the buckets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Resource, Right
from ...engine.tags import tags_of
from ...inputs import Inputs


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Empty: a launch creates the volume of its host, and it is deleted with the host."""
    return []


def read(cloud: Cloud) -> list[Found]:
    """The volumes with our tags that are not deleted with a host."""
    result = []
    for volume in cloud.pages("ec2", "describe_volumes", "Volumes"):
        tags = tags_of(volume.get("Tags"))
        if cloud.ours(tags) and outlives(volume):
            properties = {
                "state": volume["State"],
                "size_gb": volume["Size"],
                "type": volume["VolumeType"],
                "tags": tags,
            }
            name = tags.get("Name", "")
            result.append(Found("volume", name, volume["VolumeId"], properties))
    return result


def outlives(volume: Mapping[str, Any]) -> bool:
    """True for a volume that is detached, or that stays when its host is terminated."""
    if volume["State"] in ("deleting", "deleted"):
        return False
    return not any(item.get("DeleteOnTermination") for item in volume.get("Attachments", []))


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the volume with its data."""
    absent(lambda: cloud.client("ec2").delete_volume(VolumeId=found.id), "InvalidVolume.NotFound")


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per gigabyte."""
    region = usage.inputs.region
    return [Charge("gp3_gb_month", thing.properties["size_gb"], region) for thing in things]


KIND = Kind(
    "volume",
    "compute",
    desired,
    read,
    permissions=(
        Right("LookAtHosts", "DescribeVolumes"),
        Right("ChangeAndRemoveHosts", "DeleteVolume", "volume"),
    ),
    price=price,
    delete=delete,
    of_runs=True,
    # A host that was just terminated releases it in a moment.
    settles=frozenset({"VolumeInUse"}),
)
