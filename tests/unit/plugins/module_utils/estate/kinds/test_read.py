"""What AWS answers, in our words; what we have no word for must still be seen."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.bucket import (
    lifecycle_rule,
    region_of,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.launch_template import (
    data,
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}},
            {"status": "enabled", "prefix": "", "expiration_days": 90},
        ),
        (
            {
                "ID": "x",
                "Status": "Disabled",
                "Prefix": "a/",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            },
            {
                "status": "disabled",
                "prefix": "a/",
                "noncurrent_version_expiration_days": 1,
                "abort_incomplete_multipart_upload_days": 7,
            },
        ),
        (
            {
                "ID": "x",
                "Status": "Enabled",
                "Filter": {"Tag": {"Key": "k", "Value": "v"}},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
                "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}],
            },
            {
                "status": "enabled",
                "prefix": "",
                "other": {
                    "Filter": {"Tag": {"Key": "k", "Value": "v"}},
                    "Expiration": {"ExpiredObjectDeleteMarker": True},
                    "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}],
                },
            },
        ),
    ],
)
def test_a_lifecycle_rule_loses_nothing(rule: dict[str, Any], expected: dict[str, Any]) -> None:
    assert lifecycle_rule(rule) == expected


@pytest.mark.parametrize(
    ("location", "region"),
    [(None, "us-east-1"), ("EU", "eu-west-1"), ("us-west-2", "us-west-2")],
)
def test_a_bucket_has_its_region_in_one_spelling(location: str | None, region: str) -> None:
    assert region_of({"LocationConstraint": location}) == region


def test_launch_data_that_we_did_not_write_is_seen() -> None:
    properties = data(
        {
            "UserData": "aGk=",
            "MetadataOptions": {"HttpTokens": "optional"},
            "IamInstanceProfile": {"Arn": "arn:aws:iam::1:instance-profile/p"},
            "BlockDeviceMappings": [
                {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}},
                {"DeviceName": "/dev/sdz"},
            ],
            "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "s-1", "Groups": ["b", "a"]}],
            "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "k", "Value": "v"}]}],
            "KernelId": "",
        }
    )

    assert properties["metadata"]["http_tokens"] == "optional"
    assert properties["instance_profile"] == "p"
    assert properties["root_volume"]["size_gb"] == 30
    assert properties["network_interface"]["security_groups"] == ["a", "b"]
    assert properties["tag_specifications"] == {"volume": {"k": "v"}}
    assert properties["other"] == {
        "UserData": "aGk=",
        "BlockDeviceMappings": [{"DeviceName": "/dev/sdz"}],
    }


def test_empty_launch_data_has_no_disk_and_no_interface() -> None:
    properties = data({})

    assert properties["root_volume"] is None
    assert properties["network_interface"] is None
    assert properties["instance_profile"] is None
