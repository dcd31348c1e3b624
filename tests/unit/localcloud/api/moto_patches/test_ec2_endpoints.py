"""The interfaces of VPC endpoints."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from ...conftest import Client

CIDRS = ("10.0.0.0/24", "10.0.1.0/24")


@pytest.fixture
def ec2(client: Client) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def interfaces(ec2: Any, vpc: str) -> dict[str, tuple[str, list[str]]]:
    """Address and groups of each interface, by subnet."""
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    return {
        one["SubnetId"]: (one["PrivateIpAddress"], [group["GroupId"] for group in one["Groups"]])
        for one in ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
    }


def test_the_interfaces_of_an_endpoint_follow_its_subnets_and_groups(ec2: Any, vpc: str) -> None:
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=c)["Subnet"]["SubnetId"] for c in CIDRS]
    groups = [
        ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"]
        for name in ("a", "b")
    ]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-west-2.logs",
        SubnetIds=subnets[:1],
        SecurityGroupIds=groups[:1],
    )["VpcEndpoint"]["VpcEndpointId"]

    assert {subnet: found for subnet, (_, found) in interfaces(ec2, vpc).items()} == {
        subnets[0]: groups[:1]
    }

    ec2.modify_vpc_endpoint(
        VpcEndpointId=made,
        AddSubnetIds=subnets[1:],
        RemoveSubnetIds=subnets[:1],
        AddSecurityGroupIds=groups[1:],
        RemoveSecurityGroupIds=groups[:1],
    )

    [(subnet, (address, found))] = interfaces(ec2, vpc).items()
    assert (subnet, found) == (subnets[1], groups[1:])
    assert ip_address(address) in ip_network(CIDRS[1])

    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    assert interfaces(ec2, vpc) == {}
