"""What is in use in EC2 cannot be deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ...conftest import Client

AMI = "ami-0deb1200202609010"
DEPENDENCY = "DependencyViolation"


class Network:
    """A VPC with a subnet."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/24")["Subnet"][
            "SubnetId"
        ]

    def group(self, name: str) -> str:
        return str(
            self.ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)[
                "GroupId"
            ]
        )

    def gateway(self) -> str:
        made = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=self.vpc)
        return str(made)

    def endpoint(self, **options: Any) -> str:
        service = f"com.amazonaws.us-west-2.{options.pop('of', 's3')}"
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=service, **options)
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def interface(self, **options: Any) -> str:
        made = self.ec2.create_network_interface(SubnetId=self.subnet, **options)
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def instance(self) -> str:
        made = self.ec2.run_instances(
            ImageId=AMI, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=self.subnet
        )
        return str(made["Instances"][0]["InstanceId"])


@pytest.fixture
def network(client: Client) -> Network:
    return Network(client("ec2"))


def code_of(call: Callable[..., Any], **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("part", ["group", "gateway", "endpoint"])
def test_a_vpc_with_something_in_it_stays(network: Network, part: str) -> None:
    ec2, vpc = network.ec2, network.vpc
    made = network.group("g") if part == "group" else getattr(network, part)()
    ec2.delete_subnet(SubnetId=network.subnet)

    assert code_of(ec2.delete_vpc, VpcId=vpc) == DEPENDENCY

    if part == "group":
        ec2.delete_security_group(GroupId=made)
    elif part == "gateway":
        ec2.detach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    else:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    assert code_of(ec2.delete_vpc, VpcId=vpc) == ""


@pytest.mark.parametrize("part", ["interface", "instance", "endpoint"])
def test_a_subnet_with_interfaces_stays_and_so_does_its_vpc(network: Network, part: str) -> None:
    ec2 = network.ec2
    if part == "endpoint":
        made = network.endpoint(of="logs", VpcEndpointType="Interface", SubnetIds=[network.subnet])
    else:
        made = getattr(network, part)()

    assert code_of(ec2.delete_subnet, SubnetId=network.subnet) == DEPENDENCY
    assert code_of(ec2.delete_vpc, VpcId=network.vpc) == DEPENDENCY

    if part == "interface":
        ec2.delete_network_interface(NetworkInterfaceId=made)
    elif part == "instance":
        ec2.terminate_instances(InstanceIds=[made])
    else:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    assert code_of(ec2.delete_subnet, SubnetId=network.subnet) == ""
    assert code_of(ec2.delete_vpc, VpcId=network.vpc) == ""


def test_a_group_in_use_stays(network: Network) -> None:
    ec2 = network.ec2
    used, other = network.group("used"), network.group("other")
    interface = network.interface(Groups=[used])
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": used}]}

    assert code_of(ec2.delete_security_group, GroupId=used) == DEPENDENCY

    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[permission])
    assert code_of(ec2.delete_security_group, GroupId=used) == DEPENDENCY

    ec2.delete_security_group(GroupId=other)
    assert code_of(ec2.delete_security_group, GroupId=used) == ""


def test_addresses_and_interfaces_in_use_stay(network: Network) -> None:
    ec2 = network.ec2
    instance = network.instance()
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = ec2.associate_address(AllocationId=address, InstanceId=instance)["AssociationId"]
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    interface = described["NetworkInterfaces"][0]["NetworkInterfaceId"]

    assert (
        code_of(ec2.delete_network_interface, NetworkInterfaceId=interface)
        == "InvalidParameterValue"
    )
    assert code_of(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"

    ec2.disassociate_address(AssociationId=association)
    assert code_of(ec2.release_address, AllocationId=address) == ""
