# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts: launched by training runs, so never part of the estate; a teardown terminates ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...engine.charges import Charge, Thing, Usage
from ...engine.cloud import Cloud, absent, error_code
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right
from ...engine.tags import tags_of
from ...inputs import Inputs

GONE = ("shutting-down", "terminated")

#: A host takes about a minute to terminate; one with a lot of memory takes several.
WAIT = {"Delay": 3, "MaxAttempts": 200}

NOT_THERE = "InvalidInstanceID.NotFound"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Empty: `train.yml` launches, stops and terminates hosts."""
    return []


def read(cloud: Cloud) -> list[Found]:
    """All instances with our tags, except terminated and terminating ones."""
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
    """The properties that a teardown needs: whatever the host uses is deleted after it."""
    volumes = (mapping.get("Ebs", {}) for mapping in instance.get("BlockDeviceMappings", []))
    return {
        "state": instance["State"]["Name"],
        "type": instance["InstanceType"],
        "vpc": instance.get("VpcId"),
        "subnet": instance.get("SubnetId"),
        "security_groups": sorted(group["GroupId"] for group in instance.get("SecurityGroups", [])),
        "volumes": sorted(volume["VolumeId"] for volume in volumes if "VolumeId" in volume),
        "interfaces": sorted(_interfaces(instance)),
    }


def _interfaces(instance: Mapping[str, Any]) -> Iterator[str]:
    """The network interfaces deleted with the host: they are tagged, but not managed separately."""
    for interface in instance.get("NetworkInterfaces", []):
        if interface.get("Attachment", {}).get("DeleteOnTermination"):
            yield interface["NetworkInterfaceId"]


def delete(cloud: Cloud, found: Found) -> None:
    """Terminate the host and wait: it uses addresses, the security group and the role."""
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
    """Remove stop and termination protection. EC2 accepts one attribute per call."""
    ec2 = cloud.client("ec2")
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": False})
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiStop={"Value": False})


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The hourly price while it runs, and its volume, assuming the size that runs use."""
    return [charge for thing in things for charge in _charges(thing, usage)]


def _charges(thing: Thing, usage: Usage) -> list[Charge]:
    inputs, kind = usage.inputs, thing.properties["type"]
    charges = [Charge("gp3_gb_month", inputs.training_volume_gb, inputs.region)]
    if thing.properties["state"] in ("pending", "running"):
        charges.append(usage.hours(f"instance:{kind}", thing))
        if not inputs.hosts_are_private:
            charges.append(usage.hours("public_ipv4_hour", thing))
    return charges


KIND = Kind(
    "instance",
    "compute",
    desired,
    read,
    permissions=(
        Right("LookAtHosts", "DescribeInstances"),
        Right("ChangeAndRemoveHosts", "ModifyInstanceAttribute TerminateInstances", "instance"),
    ),
    price=price,
    delete=delete,
    of_runs=True,
)
