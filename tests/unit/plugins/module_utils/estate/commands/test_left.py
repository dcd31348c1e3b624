"""What the tagging API names besides what the plan knows."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import left
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    Found,
    Plan,
)
from botocore.exceptions import ClientError


def test_what_the_plan_speaks_of_is_not_told_twice() -> None:
    changes = [
        Change("keep", "bucket", "raw", "b-raw", "storage", "b-raw"),
        Change("keep", "vpc", "main", "v", "network", "vpc-1"),
    ]
    arns = [
        "arn:aws:s3:::b-raw",
        "arn:aws:s3:::b-raw-replica",
        "arn:aws:ec2:us-west-2:1:vpc/vpc-1",
        "arn:aws:ec2:us-west-2:1:vpc/vpc-12",
        "arn:aws:ec2:us-west-2:1:network-interface/eni-1",
    ]
    host = Found("instance", "h", "i-1", {"interfaces": ["eni-1"]})

    assert left.unknown(arns, Plan(changes, {}, {"instance/h": host})) == [arns[1], arns[3]]


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:s3:::bucket", "s3"),
        ("arn:aws:ec2:us-west-2:1:volume/vol-1", "ec2 volume"),
        ("arn:aws:logs:us-west-2:1:log-group:/aws/x", "logs log-group"),
        ("not asked in us-east-1: refused", "the tagging API"),
    ],
)
def test_a_line_says_which_service_it_is_about(arn: str, expected: str) -> None:
    assert left.service_of(arn) == expected


def test_everything_with_our_tags_is_found_in_each_region(prod_cloud: Cloud) -> None:
    for region in ("us-west-2", "us-east-2"):
        tags = [{"TagKey": k, "TagValue": v} for k, v in prod_cloud.inputs.tags.items()]
        prod_cloud.client("kms", region).create_key(Tags=tags)
    prod_cloud.client("kms").create_key(Tags=[{"TagKey": "Project", "TagValue": "other"}])

    assert sorted(arn.split(":")[3] for arn in left.tagged(prod_cloud)) == [
        "us-east-2",
        "us-west-2",
    ]


def test_buckets_with_our_tags_and_none_of_our_names() -> None:
    arns = ["arn:aws:s3:::b-raw", "arn:aws:s3:::old-raw", "arn:aws:sns:us-west-2:1:old"]
    found = [Found("bucket", "b-raw", "b-raw", {}), Found("vpc", "old-raw", "vpc-1", {})]

    assert left.buckets_beside([*arns, f"{left.NOT_ASKED}us-east-1: no"], found) == ["old-raw"]


def test_a_region_that_is_closed_is_told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: Any, region: str, **_more: Any) -> list[Any]:
        if region == "us-east-1":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetResources")
        return [{"ResourceARN": "arn:aws:s3:::b"}]

    monkeypatch.setattr(cloud, "pages", refused)

    assert left.tagged(cloud) == [
        "arn:aws:s3:::b",
        "not asked in us-east-1: These AWS credentials may not call GetResources (AccessDenied): no.",
    ]
