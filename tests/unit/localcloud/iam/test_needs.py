"""What HTTP requests of real clients need, by the Service Authorization Reference."""

import boto3
import pytest

from localcloud.api.calls import read_call
from localcloud.iam.needs import needs

ACCOUNT = "123456789012"
VPC, TABLE, GATEWAY = (f"{kind}-0123456789abcdef0" for kind in ("vpc", "rtb", "igw"))
TAGS = [{"ResourceType": "vpc", "Tags": [{"Key": "Project", "Value": "heart"}]}]


def asked(service, operation, **parameters):
    """The needs of a call, from the request that boto3 would send."""
    client = boto3.client(
        service,
        region_name="us-west-2",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="x",
    )
    sent = []

    def catch(request, **_):
        sent.append(request)
        raise ConnectionAbortedError

    client.meta.events.register("before-send", catch)
    with pytest.raises(ConnectionAbortedError):
        getattr(client, operation)(**parameters)
    request = sent[0]
    path, _, query = request.url.removeprefix("http://127.0.0.1:1").partition("?")
    headers = {
        k.lower(): v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()
    }
    body = request.body or b""
    body = (
        body if isinstance(body, bytes) else body.read() if hasattr(body, "read") else body.encode()
    )
    call = read_call(headers["authorization"], request.method, path, query, headers, body)
    assert call is not None
    return needs(call, ACCOUNT, lambda arn: {"Owner": "ann"} if arn.endswith(VPC) else {})


def pairs(found):
    return [(need.action, need.resource) for need in found]


EC2 = f"arn:aws:ec2:us-west-2:{ACCOUNT}"
TRAILS = f"arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (("s3", "list_buckets", {}), [("s3:ListAllMyBuckets", "*")]),
        (
            ("s3", "head_object", {"Bucket": "b", "Key": "k/x"}),
            [("s3:GetObject", "arn:aws:s3:::b/k/x")],
        ),
        (
            ("s3", "get_bucket_encryption", {"Bucket": "b"}),
            [("s3:GetEncryptionConfiguration", "arn:aws:s3:::b")],
        ),
        (
            ("s3", "delete_object", {"Bucket": "b", "Key": "k", "VersionId": "v"}),
            [("s3:DeleteObjectVersion", "arn:aws:s3:::b/k")],
        ),
        (("ec2", "describe_vpcs", {}), [("ec2:DescribeVpcs", "*")]),
        (("ec2", "delete_vpc", {"VpcId": VPC}), [("ec2:DeleteVpc", f"{EC2}:vpc/{VPC}")]),
        (
            ("ec2", "create_subnet", {"VpcId": VPC, "CidrBlock": "10.0.0.0/24"}),
            [("ec2:CreateSubnet", f"{EC2}:subnet/*"), ("ec2:CreateSubnet", f"{EC2}:vpc/{VPC}")],
        ),
        (
            ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "TagSpecifications": TAGS}),
            [("ec2:CreateVpc", f"{EC2}:vpc/*"), ("ec2:CreateTags", f"{EC2}:vpc/*")],
        ),
        (
            ("ec2", "create_route", {"RouteTableId": TABLE, "GatewayId": GATEWAY}),
            [("ec2:CreateRoute", f"{EC2}:route-table/{TABLE}")],
        ),
        (
            ("cloudtrail", "list_tags", {"ResourceIdList": [f"{TRAILS}/a", f"{TRAILS}/b"]}),
            [("cloudtrail:ListTags", f"{TRAILS}/a"), ("cloudtrail:ListTags", f"{TRAILS}/b")],
        ),
        (("logs", "describe_log_groups", {}), [("logs:DescribeLogGroups", "*")]),
        (("iam", "get_role", {"RoleName": "r"}), [("iam:GetRole", ROLE)]),
        (
            ("iam", "add_role_to_instance_profile", {"RoleName": "r", "InstanceProfileName": "p"}),
            [
                ("iam:AddRoleToInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/p"),
                ("iam:PassRole", ROLE),
            ],
        ),
        (
            ("logs", "put_retention_policy", {"logGroupName": "/g", "retentionInDays": 30}),
            [("logs:PutRetentionPolicy", f"arn:aws:logs:us-west-2:{ACCOUNT}:log-group:/g")],
        ),
        (
            ("cloudwatch", "put_dashboard", {"DashboardName": "d", "DashboardBody": "{}"}),
            [("cloudwatch:PutDashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d")],
        ),
        (
            ("budgets", "describe_budget", {"AccountId": ACCOUNT, "BudgetName": "m"}),
            [("budgets:ViewBudget", f"arn:aws:budgets::{ACCOUNT}:budget/m")],
        ),
        (
            ("sns", "create_topic", {"Name": "t"}),
            [("sns:CreateTopic", f"arn:aws:sns:us-west-2:{ACCOUNT}:t")],
        ),
        (
            ("kms", "describe_key", {"KeyId": "alias/k"}),
            [("kms:DescribeKey", f"arn:aws:kms:us-west-2:{ACCOUNT}:alias/k")],
        ),
        (
            ("cloudtrail", "start_logging", {"Name": "t"}),
            [("cloudtrail:StartLogging", f"arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail/t")],
        ),
        (
            ("sts", "assume_role", {"RoleArn": ROLE, "RoleSessionName": "ss"}),
            [("sts:AssumeRole", ROLE)],
        ),
        (
            (
                "s3",
                "put_bucket_replication",
                {"Bucket": "b", "ReplicationConfiguration": {"Role": ROLE, "Rules": []}},
            ),
            [("s3:PutReplicationConfiguration", "arn:aws:s3:::b"), ("iam:PassRole", ROLE)],
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)
def test_actions_and_resources(call, wanted):
    service, operation, parameters = call
    assert pairs(asked(service, operation, **parameters)) == wanted


def test_the_tags_of_request_and_resource_are_context():
    made = asked("ec2", "create_vpc", CidrBlock="10.0.0.0/16", TagSpecifications=TAGS)[1].context
    assert made["aws:RequestTag/Project"] == "heart"
    assert made["aws:TagKeys"] == ["Project"]
    assert made["ec2:CreateAction"] == "CreateVpc"
    found = asked("ec2", "delete_vpc", VpcId=VPC)[0].context
    assert found["aws:ResourceTag/Owner"] == "ann"


def test_a_metric_says_its_namespace_and_a_passed_role_its_service():
    metric = asked("cloudwatch", "put_metric_data", Namespace="n", MetricData=[{"MetricName": "m"}])
    assert metric[0].context["cloudwatch:namespace"] == "n"
    trail = asked("cloudtrail", "update_trail", Name="t", CloudWatchLogsRoleArn=ROLE)
    assert trail[-1].context["iam:PassedToService"] == "cloudtrail.amazonaws.com"
