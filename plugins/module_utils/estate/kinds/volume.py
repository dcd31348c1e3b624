# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks that outlive their host. None is ever wanted: models are in the buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud, absent
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """None: a launch makes the disk of its host, and it goes with the host."""
    return []


def read(cloud: Cloud) -> list[Found]:
    """The disks with our tags that no host takes with it when it ends."""
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
    """True for a disk that is there by itself, or stays when its host ends."""
    if volume["State"] in ("deleting", "deleted"):
        return False
    return not any(item.get("DeleteOnTermination") for item in volume.get("Attachments", []))


def delete(cloud: Cloud, found: Found) -> None:
    """The disk with what is on it."""
    absent(lambda: cloud.client("ec2").delete_volume(VolumeId=found.id), "InvalidVolume.NotFound")


KIND = Kind(
    "volume",
    "compute",
    desired,
    read,
    delete=delete,
    of_runs=True,
    # A host that just ended lets go of it in a moment.
    settles=frozenset({"VolumeInUse"}),
)
