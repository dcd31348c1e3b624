"""Network ACLs and their entries."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ...conftest import Client


@pytest.fixture
def ec2(client: Client) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def test_the_default_network_acl_is_deleted_with_its_vpc(ec2: Any, vpc: str) -> None:
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    assert len(ec2.describe_network_acls(Filters=inside)["NetworkAcls"]) == 1

    ec2.delete_vpc(VpcId=vpc)

    assert ec2.describe_network_acls(Filters=inside)["NetworkAcls"] == []


@pytest.mark.parametrize("operation", ["delete", "replace"])
def test_an_entry_that_does_not_exist_is_an_error(ec2: Any, vpc: str, operation: str) -> None:
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    [acl] = ec2.describe_network_acls(Filters=inside)["NetworkAcls"]
    entry = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 77, "Egress": False}
    if operation == "replace":
        entry |= {"Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}

    with pytest.raises(ClientError, match=r"InvalidNetworkAclEntry\.NotFound"):
        getattr(ec2, f"{operation}_network_acl_entry")(**entry)
