"""Requests as boto3 really sends them, told from one another."""

from __future__ import annotations

import contextlib
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from ...faults.calls import Call, recognise
from ...faults.hooks import body_of

CALLS = [
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, ("CreateVpc", "", "ec2")),
    ("ec2", "delete_vpc", {"VpcId": "vpc-1"}, ("DeleteVpc", "vpc-1", "ec2")),
    ("iam", "get_role", {"RoleName": "r"}, ("GetRole", "r", "query")),
    ("sns", "create_topic", {"Name": "t"}, ("CreateTopic", "t", "query")),
    ("logs", "create_log_group", {"logGroupName": "g"}, ("CreateLogGroup", "g", "json")),
    ("kms", "enable_key_rotation", {"KeyId": "k"}, ("EnableKeyRotation", "k", "json")),
    (
        "budgets",
        "describe_budget",
        {"AccountId": "1" * 12, "BudgetName": "b"},
        ("DescribeBudget", "b", "json"),
    ),
    (
        "cloudwatch",
        "delete_dashboards",
        {"DashboardNames": ["d"]},
        ("DeleteDashboards", "", "json"),
    ),
    ("s3", "list_buckets", {}, ("ListBuckets", "", "s3")),
    ("s3", "create_bucket", {"Bucket": "bucket"}, ("CreateBucket", "bucket", "s3")),
    ("s3", "head_bucket", {"Bucket": "bucket"}, ("HeadBucket", "bucket", "s3")),
    ("s3", "get_bucket_policy", {"Bucket": "bucket"}, ("GetBucketPolicy", "bucket", "s3")),
    (
        "s3",
        "delete_bucket_lifecycle",
        {"Bucket": "bucket"},
        ("DeleteBucketLifecycle", "bucket", "s3"),
    ),
    ("s3", "list_objects_v2", {"Bucket": "bucket"}, ("ListObjectsV2", "bucket", "s3")),
    ("s3", "list_object_versions", {"Bucket": "bucket"}, ("ListObjectVersions", "bucket", "s3")),
    (
        "s3",
        "put_object",
        {"Bucket": "bucket", "Key": "a/b", "Body": b"x"},
        ("PutObject", "bucket/a/b", "s3"),
    ),
    ("s3", "get_object", {"Bucket": "bucket", "Key": "a/b"}, ("GetObject", "bucket/a/b", "s3")),
    (
        "s3",
        "copy_object",
        {"Bucket": "bucket", "Key": "k", "CopySource": "b/k"},
        ("CopyObject", "bucket/k", "s3"),
    ),
    (
        "s3",
        "delete_objects",
        {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "k"}]}},
        ("DeleteObjects", "bucket", "s3"),
    ),
    (
        "s3",
        "delete_object",
        {"Bucket": "bucket", "Key": "k", "VersionId": "v"},
        ("DeleteObject", "bucket/k", "s3"),
    ),
    (
        "s3",
        "upload_part",
        {"Bucket": "bucket", "Key": "k", "PartNumber": 1, "UploadId": "u", "Body": b"x"},
        ("UploadPart", "bucket/k", "s3"),
    ),
    (
        "s3",
        "put_bucket_intelligent_tiering_configuration",
        {
            "Bucket": "bucket",
            "Id": "i",
            "IntelligentTieringConfiguration": {"Id": "i", "Status": "Enabled", "Tierings": []},
        },
        ("PutBucketIntelligentTieringConfiguration", "bucket", "s3"),
    ),
    (
        "s3",
        "list_bucket_intelligent_tiering_configurations",
        {"Bucket": "bucket"},
        ("ListBucketIntelligentTieringConfigurations", "bucket", "s3"),
    ),
]


class Empty:
    def stream(self, **_kwargs: Any) -> list[bytes]:
        return []


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
@pytest.mark.parametrize(
    ("service", "operation", "arguments", "expected"), CALLS, ids=[call[1] for call in CALLS]
)
def test_call(
    service: str,
    operation: str,
    arguments: dict[str, Any],
    expected: tuple[str, str, str],
    endpoint: str | None,
) -> None:
    client = boto3.client(
        service,
        region_name="us-west-2",
        endpoint_url=endpoint,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    sent = []

    def catch(request: Any, **_kwargs: Any) -> AWSResponse:
        sent.append(recognise(request.method, request.url, request.headers, body_of(request)))
        return AWSResponse(request.url, 200, {}, Empty())

    client.meta.events.register("before-send", catch)
    with contextlib.suppress(Exception):  # the empty answer is not understood
        getattr(client, operation)(**arguments)

    signed = {"cloudwatch": "monitoring"}.get(service, service)
    action, name, dialect = expected
    assert sent[0] == Call(signed, action, name, dialect)


def test_what_reads_and_what_changes() -> None:
    assert Call("ec2", "DescribeVpcs").reads
    assert Call("s3", "HeadBucket").reads
    assert not Call("ec2", "CreateVpc").reads
    assert not Call("logs", "PutRetentionPolicy").reads


def test_what_nobody_knows_is_a_call_of_its_own() -> None:
    assert recognise("GET", "http://127.0.0.1/x?y", {}, b"") == Call("", "GET /x")
