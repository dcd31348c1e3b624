"""RunInstances on the local cloud, as EC2 documents it."""

from ipaddress import IPv4Address
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.api.moto_patches import ec2_requests
from localcloud.api.moto_patches.ec2_launch import block_devices
from localcloud.hosts.amis import AMAZON, CANONICAL, DEBIAN
from localcloud.leases import PUBLIC

TEMPLATE = {
    "InstanceType": "t3.medium",
    "KeyName": "key",
    "InstanceInitiatedShutdownBehavior": "terminate",
    "IamInstanceProfile": {"Name": "profile"},
    "MetadataOptions": {"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
    "BlockDeviceMappings": [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {
                "VolumeSize": 30,
                "VolumeType": "gp3",
                "Encrypted": True,
                "Throughput": 250,
                "Iops": 4000,
            },
        }
    ],
    "TagSpecifications": [
        {"ResourceType": kind, "Tags": [{"Key": "Project", "Value": "p"}]}
        for kind in ("volume", "network-interface")
    ],
}


class Account:
    """An account with a network, a key pair, an instance profile and a launch template."""

    def __init__(self, client: Any) -> None:
        self.ec2 = client("ec2")
        iam = client("iam")
        iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")
        iam.create_instance_profile(InstanceProfileName="profile")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.20.0.0/24")["Subnet"]
        self.subnet = subnet["SubnetId"]
        self.ec2.create_key_pair(KeyName="key")
        images = self.ec2.describe_images(Owners=[DEBIAN])["Images"]
        self.image = max(images, key=lambda one: one["CreationDate"])["ImageId"]
        self.ec2.create_launch_template(
            LaunchTemplateName="template",
            LaunchTemplateData={**TEMPLATE, "ImageId": self.image},
            TagSpecifications=[
                {"ResourceType": "launch-template", "Tags": [{"Key": "Own", "Value": "1"}]}
            ],
        )

    def run(self, count: int = 1, **options: Any) -> list[dict[str, Any]]:
        wanted = {"SubnetId": self.subnet, "MinCount": count, "MaxCount": count, **options}
        ids = [one["InstanceId"] for one in self.ec2.run_instances(**wanted)["Instances"]]
        answer = self.ec2.describe_instances(InstanceIds=ids)
        return [one for reservation in answer["Reservations"] for one in reservation["Instances"]]

    def from_template(self, count: int = 1, **options: Any) -> list[dict[str, Any]]:
        return self.run(count, LaunchTemplate={"LaunchTemplateName": "template"}, **options)

    def direct(self, count: int = 1, **options: Any) -> list[dict[str, Any]]:
        wanted = {"ImageId": self.image, "InstanceType": "t3.micro", "KeyName": "key", **options}
        return self.run(count, **wanted)

    def volumes(self, instance: dict[str, Any]) -> list[dict[str, Any]]:
        ids = [one["Ebs"]["VolumeId"] for one in instance["BlockDeviceMappings"]]
        return list(self.ec2.describe_volumes(VolumeIds=ids)["Volumes"])


@pytest.fixture
def account(client: Any) -> Account:
    return Account(client)


def test_a_launch_template_is_honoured_in_full(account: Account) -> None:
    (instance,) = account.from_template()

    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["InstanceMetadataTags"] == "enabled"
    assert instance["IamInstanceProfile"]["Arn"].endswith("instance-profile/profile")
    (volume,) = account.volumes(instance)
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (30, "gp3", True)
    assert (volume["Iops"], volume["Throughput"]) == (4000, 250)
    assert volume["Tags"] == [{"Key": "Project", "Value": "p"}]
    behavior = account.ec2.describe_instance_attribute(
        InstanceId=instance["InstanceId"], Attribute="instanceInitiatedShutdownBehavior"
    )
    assert behavior["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"


def test_the_request_wins_over_the_template(account: Account) -> None:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50}}

    (instance,) = account.from_template(
        BlockDeviceMappings=[root], MetadataOptions={"InstanceMetadataTags": "disabled"}
    )

    (volume,) = account.volumes(instance)
    assert (volume["Size"], volume["Encrypted"]) == (50, True)
    assert instance["MetadataOptions"]["InstanceMetadataTags"] == "disabled"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"


def test_the_templates_interface_gives_address_and_group(account: Account) -> None:
    group = account.ec2.create_security_group(
        GroupName="training", Description="d", VpcId=account.vpc
    )["GroupId"]
    interface = {
        "DeviceIndex": 0,
        "SubnetId": account.subnet,
        "Groups": [group],
        "AssociatePublicIpAddress": True,
    }
    data = {**TEMPLATE, "ImageId": account.image, "NetworkInterfaces": [interface]}
    account.ec2.create_launch_template(LaunchTemplateName="network", LaunchTemplateData=data)

    answer = account.ec2.run_instances(
        LaunchTemplate={"LaunchTemplateName": "network"}, MinCount=1, MaxCount=1
    )

    (instance,) = answer["Instances"]
    assert instance["SubnetId"] == account.subnet
    assert [one["GroupId"] for one in instance["NetworkInterfaces"][0]["Groups"]] == [group]
    assert IPv4Address(instance["PublicIpAddress"]) in PUBLIC


def test_the_profile_goes_to_every_instance(account: Account) -> None:
    for instances in (
        account.from_template(2),
        account.direct(2, IamInstanceProfile={"Name": "profile"}),
    ):
        assert all("IamInstanceProfile" in instance for instance in instances)


def test_a_launch_tags_its_network_interface(account: Account) -> None:
    [instance] = account.from_template()
    [plain] = account.direct()

    def tags(one: dict[str, Any]) -> Any:
        [interface] = account.ec2.describe_network_interfaces(
            Filters=[{"Name": "attachment.instance-id", "Values": [one["InstanceId"]]}]
        )["NetworkInterfaces"]
        return interface["TagSet"]

    assert tags(instance) == [{"Key": "Project", "Value": "p"}]
    assert tags(plain) == []


def test_tags_of_the_template_itself_are_not_in_its_data(account: Account) -> None:
    answer = account.ec2.describe_launch_template_versions(LaunchTemplateName="template")
    (version,) = answer["LaunchTemplateVersions"]

    kinds = [one["ResourceType"] for one in version["LaunchTemplateData"]["TagSpecifications"]]
    assert kinds == ["volume", "network-interface"]


@pytest.mark.parametrize(
    ("owner", "pattern", "device"),
    [
        (DEBIAN, "debian-12-amd64-*", "/dev/xvda"),
        (CANONICAL, "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*", "/dev/sda1"),
        (AMAZON, "al2023-ami-2023.*-kernel-6.1-x86_64", "/dev/xvda"),
    ],
)
def test_an_image_found_as_on_aws_has_one_root_volume_at_its_root_device(
    account: Account, owner: str, pattern: str, device: str
) -> None:
    images = account.ec2.describe_images(
        Owners=[owner], Filters=[{"Name": "name", "Values": [pattern]}]
    )["Images"]
    newest = max(images, key=lambda one: one["CreationDate"])

    (instance,) = account.direct(ImageId=newest["ImageId"])

    assert newest["RootDeviceName"] == instance["RootDeviceName"] == device
    assert [one["DeviceName"] for one in instance["BlockDeviceMappings"]] == [device]
    assert instance["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"] is True


def test_as_many_are_launched_as_may_be(account: Account) -> None:
    assert len(account.direct(MinCount=1, MaxCount=3)) == 3


def test_a_client_token_used_again_gives_the_same_instances(account: Account) -> None:
    first = account.direct(2, ClientToken="once")
    again = account.direct(2, ClientToken="once")

    assert [one["InstanceId"] for one in again] == [one["InstanceId"] for one in first]
    assert len(account.direct(1)) == 1


def test_a_client_token_with_other_parameters_is_refused(account: Account) -> None:
    account.direct(1, ClientToken="once")

    with pytest.raises(ClientError) as caught:
        account.direct(2, ClientToken="once")

    assert caught.value.response["Error"]["Code"] == "IdempotentParameterMismatch"


def test_a_launch_that_failed_may_use_its_token_again(account: Account) -> None:
    wrong = {"ClientToken": "once", "InstanceType": "t3.colossal"}
    with pytest.raises(ClientError):
        account.direct(1, **wrong)

    assert len(account.direct(1, ClientToken="once", InstanceType="t3.micro")) == 1


def test_each_of_several_requests_that_fail_with_one_token_says_why() -> None:
    ledger: dict[str, Any] = {"once": None}

    def fails(_response: Any) -> None:
        raise RuntimeError("no such type")

    for _request in range(2):
        with pytest.raises(RuntimeError, match="no such type"):
            ec2_requests._first(fails, None, ledger, "once")
    assert ledger == {}


def test_termination_gives_interface_and_volume_back(account: Account) -> None:
    (instance,) = account.from_template()
    account.ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])

    assert account.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert account.ec2.describe_volumes()["Volumes"] == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"InstanceType": "t3.colossal"}, "InvalidInstanceType.NotFound"),
        ({"KeyName": "lost"}, "InvalidKeyPair.NotFound"),
        ({"ImageId": "ami-00000000000000000"}, "InvalidAMIID.NotFound"),
    ],
)
def test_what_does_not_exist_is_refused(
    account: Account, options: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        account.direct(**options)

    assert caught.value.response["Error"]["Code"] == code


def test_block_devices_merge_by_device_and_may_be_left_out() -> None:
    merged = block_devices(
        "/dev/xvda",
        [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 100}}],
        [
            {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}},
            {"DeviceName": "/dev/sdf", "NoDevice": ""},
        ],
    )

    (root,) = merged
    assert root["Ebs"] == {
        "VolumeSize": 8,
        "VolumeType": "gp3",
        "DeleteOnTermination": True,
        "Encrypted": True,
    }


def test_public_addresses_are_ours_and_never_the_same(account: Account) -> None:
    addresses = [account.ec2.allocate_address(Domain="vpc")["PublicIp"] for _time in range(5)]

    assert len(set(addresses)) == 5
    assert all(address.startswith("198.18.") for address in addresses)
