"""DescribeTags finds a resource by the type that EC2 has for it."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
import pytest
from moto import mock_aws

from localcloud.api.moto_patches import ec2_tags


@pytest.fixture
def ec2() -> Any:
    ec2_tags.apply()
    with mock_aws():
        yield boto3.client(
            "ec2", "us-west-2", aws_access_key_id="testing", aws_secret_access_key="testing"
        )


def types_of(ec2: Any, resource: str, kind: str) -> set[str]:
    filters = [
        {"Name": "resource-id", "Values": [resource]},
        {"Name": "resource-type", "Values": [kind]},
    ]
    return {tag["ResourceType"] for tag in ec2.describe_tags(Filters=filters)["Tags"]}


def test_tags_of_an_address_and_a_nat_gateway_are_found_by_type(ec2: Any) -> None:
    def tagged(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": [{"Key": "a", "Value": "b"}]}]

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
    gateway = ec2.create_nat_gateway(
        SubnetId=subnet,
        AllocationId=address["AllocationId"],
        TagSpecifications=tagged("natgateway"),
    )["NatGateway"]["NatGatewayId"]

    assert types_of(ec2, address["AllocationId"], "elastic-ip") == {"elastic-ip"}
    assert types_of(ec2, gateway, "natgateway") == {"natgateway"}


def test_each_word_is_one_of_ec2s() -> None:
    model = botocore.session.get_session().get_service_model("ec2")

    assert set(ec2_tags.WORDS.values()) <= set(model.shape_for("ResourceType").enum)
