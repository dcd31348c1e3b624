"""Conditional writes on the local cloud, as S3 documents them."""

from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

BUCKET, KEY = "conditions", "locks/a"


@pytest.fixture
def s3(client: Any) -> Any:
    api = client("s3")
    api.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    return api


def status(call: Any, **arguments: Any) -> tuple[int, str]:
    try:
        return call(Bucket=BUCKET, Key=KEY, **arguments)["ResponseMetadata"]["HTTPStatusCode"], ""
    except ClientError as error:
        return (
            error.response["ResponseMetadata"]["HTTPStatusCode"],
            error.response["Error"]["Code"],
        )


@pytest.mark.parametrize("versioned", [False, True])
def test_conditions_are_met_or_refused(s3: Any, versioned: bool) -> None:
    if versioned:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    assert status(s3.put_object, Body=b"1", IfMatch='"none"') == (404, "NoSuchKey")
    assert status(s3.put_object, Body=b"1", IfNoneMatch="*") == (200, "")
    assert status(s3.put_object, Body=b"2", IfNoneMatch="*") == (412, "PreconditionFailed")
    etag = s3.head_object(Bucket=BUCKET, Key=KEY)["ETag"]
    assert status(s3.put_object, Body=b"2", IfMatch=etag) == (200, "")
    assert status(s3.put_object, Body=b"3", IfMatch=etag) == (412, "PreconditionFailed")
    assert status(s3.delete_object, IfMatch=etag) == (412, "PreconditionFailed")
    etag = s3.head_object(Bucket=BUCKET, Key=KEY)["ETag"]
    assert status(s3.delete_object, IfMatch=etag) == (204, "")
    # A delete marker counts as nothing.
    assert status(s3.put_object, Body=b"4", IfMatch=etag) == (404, "NoSuchKey")
    assert status(s3.put_object, Body=b"4", IfNoneMatch="*") == (200, "")


@pytest.mark.parametrize("versioned", [False, True])
def test_one_of_many_at_once_wins(s3: Any, versioned: bool) -> None:
    if versioned:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for _round in range(5):
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(
                    lambda n: status(s3.put_object, Body=str(n).encode(), IfNoneMatch="*"),
                    range(8),
                )
            )
        s3.delete_object(Bucket=BUCKET, Key=KEY)

        assert sorted(code for code, _ in answers) == [200] + [412] * 7


def test_answers_tell_the_time(s3: Any) -> None:
    written = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"1")
    read = s3.get_object(Bucket=BUCKET, Key=KEY)

    times = [
        parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        for answer in (written, read)
    ]
    assert abs((times[1] - read["LastModified"]).total_seconds()) < 600
    assert times[0] <= times[1]
