"""Enforcement on a whole cloud: real clients, users, roles and policies."""

import json
import threading

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from werkzeug.serving import make_server

from localcloud.iam.enforcement import Enforcement, tags_now
from localcloud.leases import Leases

OURS = {"Project": "heart"}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:CreateBucket", "s3:PutObject", "ec2:DescribeVpcs"],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": ["ec2:DeleteVpc", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/Project": "heart"}},
        },
    ],
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    from localcloud.server import aws_application

    enforcement = Enforcement(aws_application(Leases(tmp_path_factory.mktemp("leases"), "iam")))
    server = make_server("127.0.0.1", 0, enforcement, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", enforcement
    server.shutdown()
    thread.join()


@pytest.fixture
def client(cloud):
    """`client("ec2", key)` as the owner of a key; root's without one. The cloud is empty."""
    requests.post(f"{cloud[0]}/moto-api/reset", timeout=120).raise_for_status()

    def make(service, key=None):
        key = key or {"AccessKeyId": "localcloud", "SecretAccessKey": "localcloud"}
        return boto3.client(
            service,
            endpoint_url=cloud[0],
            region_name="us-west-2",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key.get("SessionToken"),
        )

    return make


@pytest.fixture
def user(client):
    """The access key of a user with POLICY."""
    iam = client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    return iam.create_access_key(UserName="ann")["AccessKey"]


def code(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]


def test_a_user_may_what_the_policy_says_and_no_more(client, user):
    s3 = client("s3", user)
    s3.create_bucket(Bucket="ours-1", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="ours-1", Key="k", Body=b"said")
    assert client("s3").get_object(Bucket="ours-1", Key="k")["Body"].read() == b"said"
    assert code(s3.get_object, Bucket="ours-1", Key="k") == "AccessDenied"
    assert code(client("iam", user).create_user, UserName="evil") == "AccessDenied"
    assert code(client("ec2", user).describe_subnets) == "UnauthorizedOperation"
    assert code(client("logs", user).describe_log_groups) == "AccessDeniedException"


def test_the_tags_of_what_is_there_decide(client, user):
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Project", "Value": "heart"}]}]
    ours, theirs = (
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16", **more)["Vpc"]["VpcId"]
        for more in ({"TagSpecifications": tags}, {})
    )
    assert code(client("ec2", user).delete_vpc, VpcId=theirs) == "UnauthorizedOperation"
    client("ec2", user).delete_vpc(VpcId=ours)


def test_a_role_has_its_own_policies_and_its_boundary(client):
    iam, sts = client("iam"), client("sts")
    listing = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    boundary = iam.create_policy(
        PolicyName="bound",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [listing]}),
    )["Policy"]["Arn"]
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(everything))
    arn = iam.get_role(RoleName="r")["Role"]["Arn"]
    session = sts.assume_role(RoleArn=arn, RoleSessionName="ss")["Credentials"]
    assert client("s3", session).list_buckets()["Buckets"] == []
    assert code(client("ec2", session).describe_vpcs) == "UnauthorizedOperation"


def test_everybody_may_ask_who_they_are_and_strangers_nothing(client, user):
    assert client("sts", user).get_caller_identity()["Arn"].endswith("user/ann")
    stranger = {"AccessKeyId": "AKIA-OF-NOBODY", "SecretAccessKey": "x"}
    assert code(client("s3", stranger).list_buckets) == "InvalidAccessKeyId"


def test_what_was_decided_is_kept(client, user, cloud):
    client("ec2", user).describe_vpcs()
    code(client("ec2", user).describe_subnets)
    said = {(one["action"], one["allowed"]) for one in cloud[1].decisions}
    assert {("ec2:DescribeVpcs", True), ("ec2:DescribeSubnets", False)} <= said


def test_the_tags_of_every_kind_that_has_them_are_seen(client):
    pairs = [{"Key": "Project", "Value": "heart"}]
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam, ec2 = client("iam"), client("ec2")
    vpc = ec2.create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": pairs}]
    )["Vpc"]["VpcId"]
    key = client("kms").create_key(Tags=[{"TagKey": "Project", "TagValue": "heart"}])
    arns = [
        f"arn:aws:ec2:us-west-2:123456789012:vpc/{vpc}",
        key["KeyMetadata"]["Arn"],
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust, Tags=pairs)["Role"]["Arn"],
        iam.create_policy(PolicyName="p", PolicyDocument=document, Tags=pairs)["Policy"]["Arn"],
        iam.create_instance_profile(InstanceProfileName="i", Tags=pairs)["InstanceProfile"]["Arn"],
    ]
    assert [tags_now(arn) for arn in arns] == [OURS] * len(arns)
    assert tags_now("arn:aws:iam::123456789012:role/nobody") == {}


def test_a_key_by_its_alias_is_decided_as_the_key(client, user):
    ours, theirs = (
        client("kms").create_key(Tags=[{"TagKey": "Project", "TagValue": name}])["KeyMetadata"]
        for name in ("heart", "lung")
    )
    client("kms").create_alias(AliasName="alias/ours", TargetKeyId=ours["KeyId"])
    client("kms").create_alias(AliasName="alias/theirs", TargetKeyId=theirs["KeyId"])
    kms = client("kms", user)

    assert kms.describe_key(KeyId="alias/ours")["KeyMetadata"]["KeyId"] == ours["KeyId"]
    assert code(kms.describe_key, KeyId="alias/theirs") == "AccessDeniedException"
    assert code(kms.describe_key, KeyId="alias/nobodys") == "NotFoundException"
