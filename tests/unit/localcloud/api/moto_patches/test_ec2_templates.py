"""Launch templates on the local cloud, as EC2 documents them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def ec2(client: Any) -> Any:
    """EC2 with a template of three versions, the last one the default."""
    ec2 = client("ec2")
    ec2.create_launch_template(
        LaunchTemplateName="template", LaunchTemplateData={"InstanceType": "t3.micro"}
    )
    for size in ("small", "medium"):
        ec2.create_launch_template_version(
            LaunchTemplateName="template", LaunchTemplateData={"InstanceType": f"t3.{size}"}
        )
    ec2.modify_launch_template(LaunchTemplateName="template", DefaultVersion="3")
    return ec2


def numbers(ec2: Any) -> list[int]:
    answer = ec2.describe_launch_template_versions(LaunchTemplateName="template")
    return [version["VersionNumber"] for version in answer["LaunchTemplateVersions"]]


def test_a_deleted_version_is_gone_and_the_others_keep_their_numbers(ec2: Any) -> None:
    answer = ec2.delete_launch_template_versions(LaunchTemplateName="template", Versions=["1"])

    [deleted] = answer["SuccessfullyDeletedLaunchTemplateVersions"]
    assert deleted["VersionNumber"] == 1
    assert numbers(ec2) == [2, 3]
    [default] = ec2.describe_launch_template_versions(
        LaunchTemplateName="template", Versions=["$Default"]
    )["LaunchTemplateVersions"]
    assert default["LaunchTemplateData"]["InstanceType"] == "t3.medium"
    with pytest.raises(ClientError, match="VersionNotFound"):
        ec2.describe_launch_template_versions(LaunchTemplateName="template", Versions=["1"])


def test_a_number_is_not_given_twice(ec2: Any) -> None:
    ec2.delete_launch_template_versions(LaunchTemplateName="template", Versions=["1", "2"])

    made = ec2.create_launch_template_version(
        LaunchTemplateName="template", LaunchTemplateData={"InstanceType": "t3.large"}
    )["LaunchTemplateVersion"]

    assert made["VersionNumber"] == 4


def test_the_default_version_and_one_that_is_not_there_are_refused(ec2: Any) -> None:
    answer = ec2.delete_launch_template_versions(LaunchTemplateName="template", Versions=["3", "9"])

    refused = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert [item["VersionNumber"] for item in refused] == [3, 9]
    assert refused[1]["ResponseError"]["Code"] == "launchTemplateVersionDoesNotExist"
    assert numbers(ec2) == [1, 2, 3]


def test_tags_are_those_of_now(ec2: Any) -> None:
    [template] = ec2.describe_launch_templates()["LaunchTemplates"]

    ec2.create_tags(
        Resources=[template["LaunchTemplateId"]], Tags=[{"Key": "Owner", "Value": "me"}]
    )

    [template] = ec2.describe_launch_templates()["LaunchTemplates"]
    assert template["Tags"] == [{"Key": "Owner", "Value": "me"}]
