"""The launch template on moto: made, mended in one new version, pruned, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute import (
    launch_template,
)

from localcloud.api.moto_patches import ec2_launch, ec2_templates

Build = Callable[..., Found]

IDS = {
    "subnet/public_a": "subnet-1",
    "subnet/private_a": "subnet-2",
    "security_group/training": "sg-1",
}

#: A version as somebody might write it by hand: every property is another one.
ROGUE = {
    "InstanceType": "p5.48xlarge",
    "MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 5},
    "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False, "VolumeType": "gp2"}}
    ],
    "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-9", "Groups": ["sg-9"]}],
    "IamInstanceProfile": {"Name": "admin"},
    "KeyName": "other",
    "TagSpecifications": [
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "rogue"}]}
    ],
}


@pytest.fixture(autouse=True)
def _patches() -> None:
    # They stay: other tests of this process may rely on them already.
    ec2_launch.apply()
    ec2_templates.apply()


@pytest.fixture
def wanted(inputs: Inputs, facts: Facts) -> Resource:
    [resource] = launch_template.desired(inputs, facts)
    return resolved(resource, IDS)


@pytest.fixture
def found(cloud: Cloud, build: Build, wanted: Resource) -> Found:
    return build(cloud, launch_template.KIND, wanted)


def only(cloud: Cloud) -> Found:
    [item] = launch_template.read(cloud)
    return item


def test_it_is_made_as_wanted(found: Found, wanted: Resource) -> None:
    assert differing(found, wanted) == set()


def test_hosts_of_prod_are_private(prod_inputs: Inputs, inputs: Inputs, facts: Facts) -> None:
    def interface(given: Inputs) -> Any:
        [resource] = launch_template.desired(given, facts)
        return resource.properties["network_interface"]

    assert interface(inputs)["subnet"] == "subnet/public_a"
    assert interface(inputs)["public_address"] is True
    assert interface(prod_inputs)["subnet"] == "subnet/private_a"
    assert interface(prod_inputs)["public_address"] is False


def test_a_rogue_version_is_mended_in_one_go(cloud: Cloud, found: Found, wanted: Resource) -> None:
    ec2 = cloud.client("ec2")
    ec2.create_launch_template_version(LaunchTemplateId=found.id, LaunchTemplateData=ROGUE)
    ec2.modify_launch_template(LaunchTemplateId=found.id, DefaultVersion="2")
    changed = only(cloud)
    assert differing(changed, wanted) == set(launch_template.SAID_BY_VERSION)

    mend(cloud, launch_template.KIND, wanted, changed, differing(changed, wanted))

    assert differing(only(cloud), wanted) == set()
    assert launch_template._versions(cloud, found.id) == ["3", "2", "1"]


def test_what_no_word_of_ours_says_of_a_part_is_not_hidden() -> None:
    raw = {
        "MetadataOptions": {"HttpProtocolIpv6": "enabled", "State": "applied"},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"KmsKeyId": "theirs"}}],
        "NetworkInterfaces": [{"DeviceIndex": 0, "Ipv6AddressCount": 1, "PrivateIpAddresses": []}],
    }

    assert launch_template.data(raw)["other"] == {
        "MetadataOptions": {"HttpProtocolIpv6": "enabled"},
        "Ebs": {"KmsKeyId": "theirs"},
        "NetworkInterface": {"Ipv6AddressCount": 1},
    }


def test_what_nobody_else_manages_is_no_difference() -> None:
    """EC2 may say so of every template."""
    assert launch_template.data({"Operator": {"Managed": False}})["other"] == {}
    theirs = {"Operator": {"Managed": True, "Principal": "eks"}}
    assert launch_template.data(theirs)["other"] == theirs


def test_a_template_that_is_only_listed_is_gone(cloud: Cloud, found: Found) -> None:
    """AWS lists what was deleted for a moment longer."""
    ec2 = cloud.client("ec2")
    listed = cloud.pages("ec2", "describe_launch_templates", "LaunchTemplates")
    ec2.delete_launch_template(LaunchTemplateId=found.id)
    cloud.pages = lambda *_args, **_more: listed  # type: ignore[method-assign]

    assert launch_template.KIND.read(cloud) == []


def test_only_the_last_versions_stay(cloud: Cloud, found: Found, wanted: Resource) -> None:
    for _unused in range(4):
        mend(cloud, launch_template.KIND, wanted, found, {"metadata"})

    assert launch_template._versions(cloud, found.id) == ["5", "4", "3"]
    assert differing(only(cloud), wanted) == set()


def test_tags_are_mended(cloud: Cloud, found: Found, wanted: Resource) -> None:
    ec2 = cloud.client("ec2")
    ec2.create_tags(Resources=[found.id], Tags=[{"Key": "Rogue", "Value": "1"}])
    ec2.delete_tags(Resources=[found.id], Tags=[{"Key": "Project"}])
    changed = only(cloud)
    assert differing(changed, wanted) == {"tags"}

    for _unused in range(2):
        mend(cloud, launch_template.KIND, wanted, changed, {"tags"})

        assert differing(only(cloud), wanted) == set()


def test_it_goes(cloud: Cloud, found: Found) -> None:
    for _unused in range(2):
        launch_template.delete(cloud, found)

        assert launch_template.read(cloud) == []
