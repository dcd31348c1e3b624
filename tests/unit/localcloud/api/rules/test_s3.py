"""What S3 refuses beyond its model."""

import base64
import hashlib
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ...conftest import Client

BUCKET, THERE = "bucket", "replica"


@pytest.fixture
def s3(client: Client) -> Any:
    api = client("s3")
    for name in (BUCKET, THERE):
        api.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        api.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return api


def code_of(call: Any, **parameters: Any) -> str:
    """The error code of a call, "" for none."""
    try:
        call(**{"Bucket": BUCKET, **parameters})
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


RIGHT, WRONG = b"content", b"another"
DIGESTS = [
    ({"ContentMD5": encoded(hashlib.md5(RIGHT).digest())}, ""),
    ({"ContentMD5": encoded(hashlib.md5(WRONG).digest())}, "BadDigest"),
    ({"ContentMD5": "short"}, "InvalidDigest"),
    ({"ChecksumSHA256": encoded(hashlib.sha256(RIGHT).digest())}, ""),
    ({"ChecksumSHA256": encoded(hashlib.sha256(WRONG).digest())}, "BadDigest"),
    ({"ChecksumSHA1": encoded(hashlib.sha1(WRONG).digest())}, "BadDigest"),
    ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
    ({"ChecksumCRC32": "AA=="}, "InvalidRequest"),
]


@pytest.mark.parametrize(("digest", "code"), DIGESTS)
def test_a_body_is_compared_with_its_digests(s3: Any, digest: dict[str, str], code: str) -> None:
    assert code_of(s3.put_object, Key="k", Body=RIGHT, **digest) == code


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_that_botocore_computes_is_right(s3: Any, algorithm: str) -> None:
    body = io.BytesIO(RIGHT)

    assert code_of(s3.put_object, Key="k", Body=body, ChecksumAlgorithm=algorithm) == ""


def test_the_digests_of_parts_are_compared_too(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    part = {"Key": "k", "UploadId": upload, "PartNumber": 1, "Body": RIGHT}
    wrong = encoded(hashlib.md5(WRONG).digest())

    assert code_of(s3.upload_part, **part, ContentMD5=wrong) == "BadDigest"


def test_a_key_has_at_most_1024_bytes(s3: Any) -> None:
    assert code_of(s3.put_object, Key="ä" * 512) == ""
    assert code_of(s3.put_object, Key="ä" * 512 + "a") == "KeyTooLongError"


def test_metadata_has_at_most_2_kb(s3: Any) -> None:
    assert code_of(s3.put_object, Key="k", Metadata={"a": "b" * 2047}) == ""
    assert code_of(s3.put_object, Key="k", Metadata={"a": "b" * 2048}) == "MetadataTooLarge"


def test_the_acl_of_an_object_that_came_in_parts_is_its_owners(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=BUCKET, Key="k", UploadId=upload, PartNumber=1, Body=RIGHT)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket=BUCKET, Key="k", UploadId=upload, MultipartUpload=parts)

    [grant] = s3.get_object_acl(Bucket=BUCKET, Key="k")["Grants"]

    assert grant["Permission"] == "FULL_CONTROL"


def policy(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


ONE_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
ANY_ACCOUNT = {"StringLike": {"aws:SourceAccount": "*"}}
POLICIES = [
    (policy(), "AccessDenied"),
    (policy(Principal={"AWS": ["*"]}), "AccessDenied"),
    (policy(Condition=ANY_ACCOUNT), "AccessDenied"),
    (policy(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), "AccessDenied"),
    (policy(Condition={"Bool": {"aws:SecureTransport": "true"}}), "AccessDenied"),
    (policy(Condition=ONE_ACCOUNT), ""),
    (policy(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), ""),
    (policy(Effect="Deny"), ""),
    (policy(Principal={"AWS": "123456789012"}), ""),
    (policy(Principal={"Service": "logging.s3.amazonaws.com"}), ""),
]


@pytest.mark.parametrize(("document", "code"), POLICIES)
def test_a_public_policy_is_refused_where_they_are_blocked(
    s3: Any, document: str, code: str
) -> None:
    assert code_of(s3.put_bucket_policy, Policy=document) == ""
    s3.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )

    assert code_of(s3.put_bucket_policy, Policy=document) == code


@pytest.mark.parametrize("text", ["no JSON", "[]", policy(Resource="arn:aws:s3:::other/*")])
def test_a_policy_that_is_none_is_malformed(s3: Any, text: str) -> None:
    assert code_of(s3.put_bucket_policy, Policy=text) == "MalformedPolicy"


def test_a_public_acl_is_refused_where_they_are_blocked(s3: Any) -> None:
    assert code_of(s3.put_bucket_acl, ACL="public-read") == ""
    s3.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )

    assert code_of(s3.put_bucket_acl, ACL="public-read") == "AccessDenied"
    assert code_of(s3.put_object, Key="k", ACL="public-read") == "AccessDenied"
    assert code_of(s3.put_object, Key="k", ACL="private") == ""


def test_acls_are_refused_where_the_owner_is_enforced(s3: Any) -> None:
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )

    assert code_of(s3.put_object, Key="k", ACL="private") == "AccessControlListNotSupported"
    assert code_of(s3.put_object, Key="k", ACL="bucket-owner-full-control") == ""
    assert code_of(s3.put_object, Key="k") == ""


def test_ownership_cannot_be_enforced_while_an_acl_grants_access_to_others(s3: Any) -> None:
    def enforce() -> str:
        enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        return code_of(s3.put_bucket_ownership_controls, OwnershipControls=enforced)

    s3.put_bucket_acl(Bucket=BUCKET, GrantRead=f"id={'9' * 64}")
    assert enforce() == "InvalidBucketAclWithObjectOwnership"
    s3.put_bucket_acl(Bucket=BUCKET, ACL="private")
    assert enforce() == ""


EXPIRE = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}
MOVE = {"Days": 30, "StorageClass": "STANDARD_IA"}
TAG = {"Tag": {"Key": "a", "Value": "b"}}
LIFECYCLES = [
    ([EXPIRE], ""),
    ([{**EXPIRE, "Transitions": [MOVE]}], ""),
    ([EXPIRE, EXPIRE], "InvalidArgument"),
    ([{**EXPIRE, "ID": "a" * 256}], "InvalidArgument"),
    ([{**EXPIRE, "Expiration": {}}], "InvalidRequest"),
    ([{**EXPIRE, "Expiration": {"Days": 0}}], "InvalidArgument"),
    ([{**EXPIRE, "Expiration": {"Days": 30}, "Transitions": [MOVE]}], "InvalidArgument"),
    ([{**EXPIRE, "Transitions": [{**MOVE, "Days": 10}]}], "InvalidArgument"),
    ([{**EXPIRE, "Prefix": ""}], "MalformedXML"),
    ([{**EXPIRE, "Status": "On"}], "MalformedXML"),
    ([], "MalformedXML"),
    (
        [{**EXPIRE, "Filter": TAG, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}],
        "InvalidRequest",
    ),
]


@pytest.mark.parametrize(("rules", "code"), LIFECYCLES)
def test_a_lifecycle_that_cannot_be(s3: Any, rules: list[Any], code: str) -> None:
    assert (
        code_of(s3.put_bucket_lifecycle_configuration, LifecycleConfiguration={"Rules": rules})
        == code
    )


COPY = {
    "ID": "a",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "Priority": 1,
    "DeleteMarkerReplication": {"Status": "Enabled"},
    "Destination": {"Bucket": f"arn:aws:s3:::{THERE}"},
}
ENCRYPTED = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
REPLICATIONS = [
    ([COPY], ""),
    ([{k: v for k, v in COPY.items() if k != "DeleteMarkerReplication"}], "InvalidRequest"),
    ([{k: v for k, v in COPY.items() if k != "Priority"}], "InvalidRequest"),
    ([{k: v for k, v in COPY.items() if k != "Filter"}], "MalformedXML"),
    ([{**COPY, "Filter": TAG}], "InvalidRequest"),
    ([{**COPY, "SourceSelectionCriteria": ENCRYPTED}], "InvalidRequest"),
    ([COPY, {**COPY, "Priority": 2}], "InvalidArgument"),
    ([COPY, {**COPY, "ID": "b"}], "InvalidRequest"),
]


@pytest.mark.parametrize(("rules", "code"), REPLICATIONS)
def test_a_replication_that_cannot_be(s3: Any, rules: list[Any], code: str) -> None:
    configuration = {"Role": "arn:aws:iam::123456789012:role/r", "Rules": rules}

    assert code_of(s3.put_bucket_replication, ReplicationConfiguration=configuration) == code
