"""Hosts and their disks on moto: found, and ended by a teardown."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute import (
    instance,
    volume,
)

from localcloud.api.moto_patches import ec2_launch, ec2_volumes


@pytest.fixture(autouse=True)
def _patches() -> None:
    ec2_volumes.apply()
    ec2_launch.apply()


@pytest.fixture
def network(cloud: Cloud) -> dict[str, str]:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnet": subnet, "group": group}


def tag_list(cloud: Cloud) -> list[dict[str, str]]:
    tags = cloud.inputs.named_tags(f"{cloud.inputs.stem}-training")
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def launch(cloud: Cloud, network: dict[str, str], **options: Any) -> str:
    ec2 = cloud.client("ec2")
    [image, *_unused] = ec2.describe_images()["Images"]
    ours = {"TagSpecifications": [{"ResourceType": "instance", "Tags": tag_list(cloud)}]}
    [made] = ec2.run_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        SubnetId=network["subnet"],
        SecurityGroupIds=[network["group"]],
        **(ours | options),
    )["Instances"]
    return str(made["InstanceId"])


def test_a_host_says_all_that_must_wait_for_it(cloud: Cloud, network: dict[str, str]) -> None:
    host = launch(cloud, network)
    launch(cloud, network, TagSpecifications=[])

    [found] = instance.read(cloud)

    assert (found.id, found.name) == (host, f"{cloud.inputs.stem}-training")
    assert found.properties["vpc"] == network["vpc"]
    assert found.properties["subnet"] == network["subnet"]
    assert found.properties["security_groups"] == [network["group"]]
    assert found.properties["volumes"]
    assert [name[:4] for name in found.properties["interfaces"]] == ["eni-"]
    assert found.properties["tags"]["Project"] == cloud.inputs.project


@pytest.mark.parametrize("protected", [False, True])
def test_a_host_is_ended_also_when_it_is_protected(
    cloud: Cloud, network: dict[str, str], protected: bool
) -> None:
    launch(cloud, network, DisableApiTermination=protected)
    [found] = instance.read(cloud)

    for _unused in range(2):
        instance.delete(cloud, found)

        assert instance.read(cloud) == []


def test_a_host_that_never_was_is_no_error(cloud: Cloud, network: dict[str, str]) -> None:
    launch(cloud, network)
    [found] = instance.read(cloud)
    gone = type(found)(found.kind, found.name, "i-0123456789abcdef0", found.properties)

    instance.delete(cloud, gone)

    assert len(instance.read(cloud)) == 1


def test_a_disk_of_ours_that_stays_is_found_and_goes(cloud: Cloud, network: dict[str, str]) -> None:
    host = launch(cloud, network)
    ec2 = cloud.client("ec2")
    for tags in (tag_list(cloud), []):
        tagged = [{"ResourceType": "volume", "Tags": tags}] if tags else []
        ec2.create_volume(Size=8, AvailabilityZone="us-west-2a", TagSpecifications=tagged)
    # The disk of the host carries our tags too, and goes with it.
    [root] = ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"][0][
        "BlockDeviceMappings"
    ]
    ec2.create_tags(Resources=[root["Ebs"]["VolumeId"]], Tags=tag_list(cloud))

    [found] = volume.read(cloud)
    assert (found.properties["size_gb"], found.properties["state"]) == (8, "available")

    for _unused in range(2):
        volume.delete(cloud, found)

        assert volume.read(cloud) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"State": "available", "Attachments": []}, True),
        ({"State": "in-use", "Attachments": [{"DeleteOnTermination": False}]}, True),
        ({"State": "in-use", "Attachments": [{"DeleteOnTermination": True}]}, False),
        ({"State": "deleting"}, False),
    ],
)
def test_a_disk_that_goes_with_its_host_is_left_to_it(
    found: dict[str, Any], expected: bool
) -> None:
    assert volume.outlives(found) is expected
