"""Tags: which ones count, how they are set, and who owns a resource by them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Kind,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.tags import (
    NOBODY,
    OURS,
    bring,
    owner,
    tags_of,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import (
    KINDS,
    resources,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.identity import role
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket import (
    write,
)

AWS = "aws:cloudformation:stack-name"


@pytest.mark.parametrize(
    "listed",
    [
        [{"Key": AWS, "Value": "x"}, {"Key": "b", "Value": "2"}],
        [{"key": AWS, "value": "x"}, {"key": "b", "value": "2"}],
        [{"TagKey": AWS, "TagValue": "x"}, {"TagKey": "b", "TagValue": "2"}],
        {AWS: "x", "b": "2"},
    ],
)
def test_tags_of_aws_are_left_out_whatever_the_service(listed: Any) -> None:
    assert tags_of(listed) == {"b": "2"}
    assert tags_of(None) == {}


def test_keys_that_differ_only_in_case_are_one_key_to_iam() -> None:
    assert tags_of([{"Key": "owner", "Value": "x"}], spelled=["Owner"]) == {"Owner": "x"}
    assert tags_of([{"Key": "owner", "Value": "x"}]) == {"owner": "x"}


def test_what_is_not_wanted_is_untagged_before_anything_is_tagged() -> None:
    calls: list[Any] = []

    bring(
        {"owner": "x", "same": "1", "old": "1"},
        {"Owner": "x", "same": "1", "old": "2"},
        untag=calls.append,
        tag=calls.append,
    )
    bring({"a": "1"}, {"a": "1"}, untag=calls.append, tag=calls.append)

    assert calls == [["owner"], {"Owner": "x", "old": "2"}]


US = {"Project": "heart", "Environment": "dev", "ManagedBy": "us", "Owner": "me"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (US, OURS),
        ({**US, "Owner": "you"}, OURS),
        ({}, NOBODY),
        ({"Name": "x", "Owner": "you"}, NOBODY),
        ({"Project": "heart", "Environment": "dev"}, NOBODY),
        ({**US, "Project": "alpha"}, "Project=alpha, Environment=dev, ManagedBy=us"),
        ({**US, "Environment": "prod"}, "Project=heart, Environment=prod, ManagedBy=us"),
        ({"ManagedBy": "terraform"}, "ManagedBy=terraform"),
    ],
)
def test_owner_tags_say_whose_a_resource_is(tags: dict[str, str], expected: str) -> None:
    assert owner(tags, US) == expected


def test_tags_that_are_left_alone_are_never_read(cloud: Cloud) -> None:
    found = Found("k", "n", "n", {"size": 1, "tags": {AWS: "x", "b": "2"}})
    kind: Any = Kind("k", "f", lambda i, f: [], lambda c: [found], (), None)  # type: ignore[arg-type]

    assert [item.properties for item in kind.there(cloud)] == [{"size": 1, "tags": {"b": "2"}}]


def test_a_tag_in_other_case_on_a_role_is_no_difference(
    cloud: Cloud, inputs: Inputs, facts: Facts, build: Any
) -> None:
    [wanted] = role.desired(inputs, facts)
    build(cloud, role.KIND, wanted)
    iam = cloud.client("iam")
    iam.untag_role(RoleName=wanted.name, TagKeys=["Owner"])
    iam.tag_role(RoleName=wanted.name, Tags=[{"Key": "owner", "Value": inputs.owner}])

    [found] = role.KIND.read(cloud)

    assert found.properties["tags"] == inputs.tags


class Bucket:
    """An S3 client with one bucket that a stack made."""

    def __init__(self) -> None:
        self.tags = [{"Key": AWS, "Value": "stack"}, {"Key": "rogue", "Value": "1"}]

    def get_bucket_tagging(self, **_arguments: Any) -> Any:
        return {"TagSet": self.tags}

    def put_bucket_tagging(self, Tagging: Any, **_arguments: Any) -> None:  # noqa: N803
        self.tags = Tagging["TagSet"]


def test_the_tags_of_aws_on_a_bucket_are_put_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = Bucket()
    monkeypatch.setattr(write, "s3_in", lambda _cloud, _region: s3)
    target: Any = Found("bucket", "b", "b", {"region": "us-west-2", "tags": {"Owner": "me"}})

    write.SETTERS["tags"](cloud, target)

    assert {tag["Key"] for tag in s3.tags} == {"Owner", AWS}


def test_every_kind_with_tags_can_set_them(prod_inputs: Inputs, facts: Facts) -> None:
    kinds = {kind.name: kind for kind in KINDS}

    assert [
        resource.address
        for resource in resources(prod_inputs, facts)
        if "tags" in resource.properties and "tags" not in kinds[resource.kind].setters
    ] == []
