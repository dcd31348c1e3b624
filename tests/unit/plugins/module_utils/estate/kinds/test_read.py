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
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.route_table import (
    routes_of,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.security_group import (
    rules,
)


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            [{"proto": "all", "cidr_ip": "0.0.0.0/0"}],
        ),
        (
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "192.0.2.1/32", "Description": "SSH"}],
                "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            },
            [
                {"proto": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv6": "::/0"},
                {
                    "proto": "tcp",
                    "from_port": 22,
                    "to_port": 22,
                    "cidr_ip": "192.0.2.1/32",
                    "rule_desc": "SSH",
                },
            ],
        ),
        (
            {
                "IpProtocol": "udp",
                "FromPort": 1,
                "ToPort": 9,
                "UserIdGroupPairs": [{"GroupId": "g"}],
            },
            [{"proto": "udp", "from_port": 1, "to_port": 9, "group_id": "g"}],
        ),
        (
            {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]},
            [{"proto": "all", "ip_prefix": "pl-1"}],
        ),
    ],
)
def test_every_source_of_a_permission_is_a_rule(
    permission: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    def text(rule: dict[str, Any]) -> str:
        return str(sorted(rule.items()))

    assert sorted(rules([permission]), key=text) == sorted(expected, key=text)


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


def testroutes_of_are_those_that_somebody_made() -> None:
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
        {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1"},
        {"DestinationCidrBlock": "10.8.0.0/16", "State": "blackhole"},
    ]

    assert routes_of(routes) == {
        "0.0.0.0/0": "igw-1",
        "::/0": "eigw-1",
        "10.9.0.0/16": "pcx-1",
        "10.8.0.0/16": "nothing",
    }
