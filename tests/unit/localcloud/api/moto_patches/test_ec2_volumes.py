"""Disks on the local cloud, as EC2 documents them."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("goes", [True, False])
def test_a_disk_says_whether_it_goes_with_its_host(client: Any, goes: bool) -> None:
    ec2 = client("ec2")
    [image, *_] = ec2.describe_images()["Images"]
    ec2.run_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        BlockDeviceMappings=[
            {"DeviceName": image["RootDeviceName"], "Ebs": {"DeleteOnTermination": goes}}
        ],
    )

    [volume] = ec2.describe_volumes()["Volumes"]

    [attachment] = volume["Attachments"]
    assert attachment["DeleteOnTermination"] is goes
