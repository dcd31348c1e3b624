"""AWS's own managed policies."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
SERVICE = "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM"


@pytest.fixture
def iam(client: Callable[[str], Any]) -> Any:
    return client("iam")


@pytest.mark.parametrize("arn", [SSM, SERVICE])
def test_can_be_attached_and_read(iam: Any, arn: str) -> None:
    iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")

    iam.attach_role_policy(RoleName="role", PolicyArn=arn)

    [attached] = iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"]
    assert attached["PolicyArn"] == arn
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"]["Statement"]


def test_one_that_aws_does_not_have_is_refused(iam: Any) -> None:
    iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")

    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.attach_role_policy(RoleName="role", PolicyArn=f"{SSM}2")


def test_those_of_the_account_are_listed_apart(iam: Any) -> None:
    statement = '{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}'
    document = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    iam.create_policy(PolicyName="own", PolicyDocument=document)

    assert [p["PolicyName"] for p in iam.list_policies(Scope="Local")["Policies"]] == ["own"]
    assert SSM in {
        policy["Arn"]
        for page in iam.get_paginator("list_policies").paginate(Scope="AWS")
        for policy in page["Policies"]
    }
