"""What we add to moto's S3 buckets, over the wire and in the shapes of botocore's own model."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.api.moto_patches.s3_buckets import parsed

HERE, THERE, LOGS = "here", "there", "logs-of-here"
WEST = {"LocationConstraint": "us-west-2"}


@pytest.fixture
def s3(client: Any) -> Any:
    api = client("s3")
    for name in (HERE, THERE, LOGS):
        api.create_bucket(Bucket=name, CreateBucketConfiguration=WEST)
        api.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return api


def test_a_body_is_read_by_the_model() -> None:
    body = "<Id>a</Id><Filter><Prefix>x/</Prefix></Filter>"
    body = f"<MetricsConfiguration>{body}</MetricsConfiguration>"

    assert parsed("MetricsConfiguration", body) == {"Id": "a", "Filter": {"Prefix": "x/"}}


def test_a_bucket_is_made_with_tags(s3: Any) -> None:
    tags = [{"Key": "Project", "Value": "p"}, {"Key": "Owner", "Value": "o"}]

    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={**WEST, "Tags": tags})

    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == tags


def test_a_bucket_without_tags_has_none(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=HERE)


def test_the_regions_of_buckets_are_told_when_a_parameter_is_given(s3: Any) -> None:
    assert all("BucketRegion" not in bucket for bucket in s3.list_buckets()["Buckets"])

    listed = s3.list_buckets(Prefix="th")["Buckets"]

    assert [(b["Name"], b["BucketRegion"]) for b in listed] == [(THERE, "us-west-2")]
    assert s3.list_buckets(Prefix="nothing")["Buckets"] == []


def test_request_metrics_are_kept_listed_and_deleted(s3: Any) -> None:
    whole = {"Id": "EntireBucket"}
    tags = [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]
    part = {"Id": "part", "Filter": {"And": {"Prefix": "x/", "Tags": tags}}}
    for item in (whole, part):
        s3.put_bucket_metrics_configuration(Bucket=HERE, Id=item["Id"], MetricsConfiguration=item)

    answer = s3.list_bucket_metrics_configurations(Bucket=HERE)
    assert answer["MetricsConfigurationList"] == [whole, part]
    assert not answer["IsTruncated"]
    one = s3.get_bucket_metrics_configuration(Bucket=HERE, Id="part")
    assert one["MetricsConfiguration"] == part

    s3.delete_bucket_metrics_configuration(Bucket=HERE, Id="part")

    left = s3.list_bucket_metrics_configurations(Bucket=HERE)["MetricsConfigurationList"]
    assert left == [whole]
    with pytest.raises(ClientError, match="NoSuchConfiguration"):
        s3.delete_bucket_metrics_configuration(Bucket=HERE, Id="part")
    assert HERE in {b["Name"] for b in s3.list_buckets()["Buckets"]}


def test_metrics_of_no_bucket_are_refused(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_bucket_metrics_configurations(Bucket="nowhere")


def test_blocked_types_of_encryption_are_shown(s3: Any) -> None:
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
    blocked = {**rule, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    for wanted in (rule, blocked):
        s3.put_bucket_encryption(Bucket=HERE, ServerSideEncryptionConfiguration={"Rules": [wanted]})
        answer = s3.get_bucket_encryption(Bucket=HERE)
        assert answer["ServerSideEncryptionConfiguration"]["Rules"] == [wanted]


def test_event_bridge_is_shown_until_it_is_taken_away(s3: Any) -> None:
    wanted = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=HERE, NotificationConfiguration=wanted)
    answer = s3.get_bucket_notification_configuration(Bucket=HERE)
    assert answer["EventBridgeConfiguration"] == {}

    s3.put_bucket_notification_configuration(Bucket=HERE, NotificationConfiguration={})

    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=HERE)


RULE = {
    "ID": "all",
    "Priority": 3,
    "Status": "Enabled",
    "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
    "DeleteMarkerReplication": {"Status": "Disabled"},
    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
    "Destination": {
        "Bucket": f"arn:aws:s3:::{THERE}",
        "StorageClass": "STANDARD_IA",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-west-2:1:key/k"},
        "Metrics": {"Status": "Enabled"},
    },
}


def replicate(s3: Any, *rules: Any) -> None:
    s3.put_bucket_replication(
        Bucket=HERE, ReplicationConfiguration={"Role": "arn:aws:iam::1:role/r", "Rules": rules}
    )


def test_a_replication_rule_is_shown_whole(s3: Any) -> None:
    replicate(s3, RULE)

    answer = s3.get_bucket_replication(Bucket=HERE)

    assert answer["ReplicationConfiguration"] == {"Role": "arn:aws:iam::1:role/r", "Rules": [RULE]}


@pytest.mark.parametrize("versions", ["Suspended", None])
def test_a_destination_must_keep_versions(s3: Any, versions: str | None) -> None:
    name = "nowhere" if versions is None else THERE
    if versions:
        s3.put_bucket_versioning(Bucket=THERE, VersioningConfiguration={"Status": versions})

    with pytest.raises(ClientError, match="InvalidRequest"):
        replicate(s3, {**RULE, "Destination": {"Bucket": f"arn:aws:s3:::{name}"}})


def test_a_bucket_that_holds_objects_can_be_locked(s3: Any) -> None:
    s3.put_object(Bucket=HERE, Key="k", Body=b"x")
    lock = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}},
    }

    s3.put_object_lock_configuration(Bucket=HERE, ObjectLockConfiguration=lock)

    assert s3.get_object_lock_configuration(Bucket=HERE)["ObjectLockConfiguration"] == lock


def test_a_bucket_without_versions_cannot_be_locked(s3: Any) -> None:
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration=WEST)

    with pytest.raises(ClientError, match="InvalidBucketState"):
        s3.put_object_lock_configuration(
            Bucket="plain", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )


def log(s3: Any, prefix: str) -> None:
    s3.put_bucket_logging(
        Bucket=HERE,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": LOGS, "TargetPrefix": prefix}},
    )


def test_logs_go_only_where_the_policy_lets_them(s3: Any) -> None:
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        log(s3, "access/")
    s3.put_bucket_policy(
        Bucket=LOGS,
        Policy="""{"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Effect": "Allow", "Principal": {"Service": ["logging.s3.amazonaws.com"]},
             "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::logs-of-here/access/*"]}]}""",
    )

    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        log(s3, "elsewhere/")
    log(s3, "access/here/")

    assert s3.get_bucket_logging(Bucket=HERE)["LoggingEnabled"]["TargetPrefix"] == "access/here/"


def test_a_policy_may_insist_on_a_key(s3: Any) -> None:
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{HERE}/*",
        "Condition": {
            "Null": {"s3:x-amz-server-side-encryption": "false"},
            "StringNotEquals": {key: "ours"},
        },
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    s3.put_bucket_policy(Bucket=HERE, Policy=policy)

    s3.put_object(Bucket=HERE, Key="default", Body=b"x")
    s3.put_object(
        Bucket=HERE, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="ours"
    )
    for asked in (
        {"ServerSideEncryption": "AES256"},
        {"ServerSideEncryption": "aws:kms"},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "theirs"},
    ):
        with pytest.raises(ClientError, match="403"):
            s3.put_object(Bucket=HERE, Key="k", Body=b"x", **asked)


def test_looking_at_a_bucket_does_not_fill_its_logs(s3: Any) -> None:
    test_logs_go_only_where_the_policy_lets_them(s3)

    s3.put_object(Bucket=HERE, Key="k", Body=b"x")
    s3.list_objects_v2(Bucket=HERE)

    assert s3.list_objects_v2(Bucket=LOGS)["KeyCount"] == 0
