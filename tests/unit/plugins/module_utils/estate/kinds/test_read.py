"""What AWS answers, in our words; what we have no word for must still be seen."""

from __future__ import annotations

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute.launch_template import (
    data,
)


def test_launch_data_that_we_did_not_write_is_seen() -> None:
    properties = data(
        {
            "UserData": "aGn/",
            "DisableApiTermination": True,
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
    # Not all that others write is text.
    assert properties["user_data"] == "hi\ufffd"
    assert properties["other"] == {
        "DisableApiTermination": True,
        "BlockDeviceMappings": [{"DeviceName": "/dev/sdz"}],
    }


def test_empty_launch_data_has_no_disk_and_no_interface() -> None:
    properties = data({})

    assert properties["root_volume"] is None
    assert properties["network_interface"] is None
    assert properties["instance_profile"] is None
