# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts. Runs launch them, so none is ever wanted by the estate; teardown ends those of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud, absent, error_code
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource
from ..normal import tags_of

GONE = ("shutting-down", "terminated")

#: A host takes about a minute to end; one with a large memory takes several.
WAIT = {"Delay": 3, "MaxAttempts": 200}

NOT_THERE = "InvalidInstanceID.NotFound"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """None: `train.yml` launches hosts and ends or stops them."""
    return []


def read(cloud: Cloud) -> list[Found]:
    """Every instance with our tags that is not gone or going."""
    result = []
    for reservation in cloud.pages("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            tags = tags_of(instance.get("Tags"))
            if cloud.ours(tags) and instance["State"]["Name"] not in GONE:
                name = tags.get("Name", "")
                properties = properties_of(instance) | {"tags": tags}
                result.append(Found("instance", name, instance["InstanceId"], properties))
    return result


def properties_of(instance: Mapping[str, Any]) -> Properties:
    """What teardown must know: all that the host uses goes after it."""
    volumes = (mapping.get("Ebs", {}) for mapping in instance.get("BlockDeviceMappings", []))
    return {
        "state": instance["State"]["Name"],
        "type": instance["InstanceType"],
        "vpc": instance.get("VpcId"),
        "subnet": instance.get("SubnetId"),
        "security_groups": sorted(group["GroupId"] for group in instance.get("SecurityGroups", [])),
        "volumes": sorted(volume["VolumeId"] for volume in volumes if "VolumeId" in volume),
    }


def delete(cloud: Cloud, found: Found) -> None:
    """End the host and wait for it: it holds addresses, the security group and the role."""
    ec2 = cloud.client("ec2")
    refused = error_code(
        lambda: ec2.terminate_instances(InstanceIds=[found.id]), NOT_THERE, "OperationNotPermitted"
    )
    if refused == NOT_THERE:
        return
    if refused:
        _unprotect(cloud, found.id)
        ec2.terminate_instances(InstanceIds=[found.id])
    absent(
        lambda: ec2.get_waiter("instance_terminated").wait(
            InstanceIds=[found.id], WaiterConfig=WAIT
        ),
        NOT_THERE,
    )


def _unprotect(cloud: Cloud, instance_id: str) -> None:
    """Somebody protected a host that teardown was told to end. EC2 takes one change per call."""
    ec2 = cloud.client("ec2")
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": False})
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiStop={"Value": False})


KIND = Kind("instance", "compute", desired, read, delete=delete, of_runs=True)
