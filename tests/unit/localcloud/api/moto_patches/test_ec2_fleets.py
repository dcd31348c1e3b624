"""Instances of a fleet, launched from a template without an image."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

AMI = "ami-0deb1200202609010"
TEMPLATE = {
    "MetadataOptions": {"HttpTokens": "required"},
    "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}}
    ],
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Project", "Value": "p"}]}],
}


@pytest.fixture
def ec2(client: Callable[[str], Any]) -> Any:
    api = client("ec2")
    subnet = api.describe_subnets()["Subnets"][0]["SubnetId"]
    nic = {"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": True}
    api.create_launch_template(
        LaunchTemplateName="template", LaunchTemplateData={**TEMPLATE, "NetworkInterfaces": [nic]}
    )
    return api


def fleet(ec2: Any, market: str, **override: Any) -> Any:
    return ec2.create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {
                "LaunchTemplateSpecification": {
                    "LaunchTemplateName": "template",
                    "Version": "$Default",
                },
                "Overrides": [override],
            }
        ],
        TargetCapacitySpecification={
            "TotalTargetCapacity": 1,
            "DefaultTargetCapacityType": market,
        },
    )


@pytest.mark.parametrize("market", ["on-demand", "spot"])
def test_take_image_and_type_of_the_overrides_and_the_rest_of_the_template(
    ec2: Any, market: str
) -> None:
    answer = fleet(ec2, market, ImageId=AMI, InstanceType="t3.small")

    [name] = answer["Instances"][0]["InstanceIds"]
    instance = ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]
    assert (instance["ImageId"], instance["InstanceType"]) == (AMI, "t3.small")
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert {"Key": "Project", "Value": "p"} in instance["Tags"]
    assert instance["PublicIpAddress"]
    [volume] = ec2.describe_volumes()["Volumes"]
    assert volume["Size"] == 20
    assert (instance.get("InstanceLifecycle") == "spot") is (market == "spot")


@pytest.mark.parametrize("given", [{"InstanceType": "t3.small"}, {"ImageId": AMI}])
def test_without_image_or_type_are_refused(ec2: Any, given: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="MissingParameter"):
        fleet(ec2, "on-demand", **given)
