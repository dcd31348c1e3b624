"""A request that its service's model does not allow, in the words of that service."""

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from ...conftest import Client

ACCOUNT = "123456789012"
REFUSALS = [
    (
        "iam",
        "create_role",
        {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"},
        "ValidationError",
    ),
    ("sts", "assume_role", {"RoleArn": "a", "RoleSessionName": "s"}, "ValidationError"),
    ("cloudwatch", "put_metric_data", {"Namespace": ":a", "MetricData": []}, "ValidationError"),
    ("sns", "create_topic", {}, "InvalidParameter"),
    ("logs", "create_log_group", {"logGroupName": "a b"}, "InvalidParameterException"),
    ("kms", "create_key", {"KeyUsage": "any"}, "ValidationException"),
    ("cloudtrail", "create_trail", {"Name": "trail"}, "ValidationException"),
    ("budgets", "describe_budget", {"AccountId": "1", "BudgetName": "b"}, "ValidationException"),
    ("ec2", "create_subnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter"),
    ("ec2", "create_tags", {"Resources": [], "Tags": []}, "MissingParameter"),
    ("ec2", "terminate_instances", {"InstanceIds": []}, "InvalidParameterCombination"),
    (
        "logs",
        "put_delivery_destination",
        {"name": "a", "outputFormat": "foobar"},
        "ValidationException",
    ),
    (
        "ec2",
        "create_volume",
        {"AvailabilityZone": "us-west-2a", "Size": 1, "VolumeType": "floppy"},
        "InvalidParameterValue",
    ),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "k", "ACL": "all"}, "InvalidArgument"),
    (
        "s3",
        "put_bucket_versioning",
        {"Bucket": "bucket", "VersioningConfiguration": {"Status": "On"}},
        "MalformedXML",
    ),
    (
        "s3",
        "put_bucket_acl",
        {"Bucket": "bucket", "AccessControlPolicy": {"Grants": [{"Permission": "ALL"}]}},
        "MalformedACLError",
    ),
    ("s3", "put_bucket_tagging", {"Bucket": "bucket"}, "MissingRequestBodyError"),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "code"), REFUSALS)
def test_is_refused_with_the_code_of_its_service(
    client: Client, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(client(service), operation)(**parameters)

    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_several_violations_are_counted(client: Client) -> None:
    with pytest.raises(
        ClientError, match=r"2 validation errors detected: .*'path'.*; .*'roleName'"
    ):
        client("iam").create_role(
            RoleName="a b", Path="path", AssumeRolePolicyDocument="{}", MaxSessionDuration=3600
        )


def test_xml_that_is_none_is_malformed(client: Client, endpoint: str) -> None:
    client("s3").create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )

    answer = requests.put(f"{endpoint}/bucket?tagging", data=b"<Tagging>", timeout=600)

    assert answer.status_code == 400
    assert "<Code>MalformedXML</Code>" in answer.text


def test_a_queue_gives_attributes_of_messages_by_the_older_parameter(client: Client) -> None:
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sqs.send_message(
        QueueUrl=queue, MessageBody="m", MessageGroupId="g", MessageDeduplicationId="d"
    )

    [message] = sqs.receive_message(QueueUrl=queue, AttributeNames=["MessageDeduplicationId"])[
        "Messages"
    ]

    assert message["Attributes"] == {"MessageDeduplicationId": "d"}
