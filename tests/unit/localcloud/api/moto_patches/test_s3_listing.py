"""Pages of versions."""

from collections.abc import Callable
from typing import Any

import pytest

BUCKET = "bucket"


@pytest.fixture
def s3(client: Callable[[str], Any]) -> Any:
    api = client("s3")
    api.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    api.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return api


def pages(s3: Any, **options: Any) -> list[Any]:
    """The pages, two entries each."""
    paginator = s3.get_paginator("list_object_versions")
    return list(paginator.paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2}, **options))


def entries(page: Any) -> list[tuple[str, str]]:
    return [
        (one["Key"], one["VersionId"])
        for one in page.get("Versions", []) + page.get("DeleteMarkers", [])
    ]


def test_every_version_is_on_one_page_the_newest_first(s3: Any) -> None:
    put = [(k, s3.put_object(Bucket=BUCKET, Key=k)["VersionId"]) for k in ("b", "a", "a", "c")]
    put.append(("c", s3.delete_object(Bucket=BUCKET, Key="c")["VersionId"]))
    b, a1, a2, c1, c2 = put

    found = pages(s3)

    assert [set(entries(page)) for page in found] == [{a2, a1}, {b, c2}, {c1}]
    latest = [one for page in found for one in page.get("Versions", []) if one["IsLatest"]]
    assert [(one["Key"], one["VersionId"]) for one in latest] == [a2, b]


def test_who_deletes_what_a_page_lists_gets_the_next_page(s3: Any) -> None:
    for number in range(7):
        s3.put_object(Bucket=BUCKET, Key=f"k{number % 2}")

    paginator = s3.get_paginator("list_object_versions")
    for page in paginator.paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2}):
        batch = [{"Key": key, "VersionId": version} for key, version in entries(page)]
        assert batch
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": batch})

    s3.delete_bucket(Bucket=BUCKET)


def test_a_key_marker_alone_leads_to_the_next_key(s3: Any) -> None:
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=BUCKET, Key=key)

    answer = s3.list_object_versions(Bucket=BUCKET, KeyMarker="a")

    assert [key for key, _ in entries(answer)] == ["b", "c"]


def test_keys_of_one_prefix_are_one_entry(s3: Any) -> None:
    for key in ("a/1", "a/2", "b/1", "c"):
        s3.put_object(Bucket=BUCKET, Key=key)

    found = pages(s3, Delimiter="/")

    assert [[p["Prefix"] for p in page.get("CommonPrefixes", [])] for page in found] == [
        ["a/", "b/"],
        [],
    ]
    assert [key for key, _ in entries(found[1])] == ["c"]
