# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts. Runs launch them, so none is ever wanted by the estate; teardown ends those of ours."""

from __future__ import annotations

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource
from ..normal import tags_of

GONE = ("shutting-down", "terminated")


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """None: `train.yml` launches hosts and ends or stops them."""
    return []


def read(cloud: Cloud) -> list[Found]:
    """Every instance with our tags that is not gone or going."""
    result = []
    for reservation in cloud.pages("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            tags = tags_of(instance.get("Tags"))
            state = instance["State"]["Name"]
            if cloud.ours(tags) and state not in GONE:
                properties = {"state": state, "type": instance["InstanceType"], "tags": tags}
                name = tags.get("Name", "")
                result.append(Found("instance", name, instance["InstanceId"], properties))
    return result


KIND = Kind("instance", "compute", desired, read)
