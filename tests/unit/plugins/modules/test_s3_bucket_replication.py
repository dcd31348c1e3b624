"""The module `s3_bucket_replication` on moto: made, changed, ended, and nothing in check mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
    absent,
)
from ansible_collections.cardiology.cloud.plugins.modules import s3_bucket_replication
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from localcloud.api.moto_patches import s3_buckets

ROLE = "arn:aws:iam::123456789012:role/copies"
RULE: dict[str, Any] = {
    "Priority": 1,
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "DeleteMarkerReplication": {"Status": "Enabled"},
    "Destination": {"Bucket": "arn:aws:s3:::there", "Metrics": {"Status": "Enabled"}},
}
PARAMS = {"name": "here", "state": "present", "role": ROLE, "rules": {"everything": RULE}}
ENCRYPTED = {
    "Destination": {
        "Bucket": "arn:aws:s3:::there",
        "EncryptionConfiguration": {
            "ReplicaKmsKeyID": "arn:aws:kms:us-east-2:123456789012:key/11111111-1111-1111-1111-111111111111"
        },
    },
    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
}


class Module:
    def __init__(self, check_mode: bool = False, **params: Any) -> None:
        self.params = PARAMS | params
        self.check_mode = check_mode


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    s3_buckets.apply()

    def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
        return boto3.client(service, region_name=region or "us-west-2", config=Config(**config))

    with mock_aws():
        s3 = make_client("s3", "", {})
        for name in ("here", "there", "unversioned"):
            where = {"LocationConstraint": "us-west-2"}
            s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
        for name in ("here", "there"):
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        yield Cloud(make_client)


def rules(cloud: Cloud) -> list[Any]:
    answer = absent(
        lambda: cloud.client("s3").get_bucket_replication(Bucket="here"),
        "ReplicationConfigurationNotFoundError",
    )
    return [] if answer is None else list(answer["ReplicationConfiguration"]["Rules"])


def ensure(cloud: Cloud, **params: Any) -> dict[str, Any]:
    return s3_bucket_replication.ensure(Module(**params), cloud)  # type: ignore[arg-type]


def test_a_bucket_is_copied_and_a_second_run_changes_nothing(cloud: Cloud) -> None:
    first, second = ensure(cloud), ensure(cloud)

    assert (first["changed"], second["changed"]) == (True, False)
    [rule] = rules(cloud)
    assert rule["Destination"] == {"Bucket": "arn:aws:s3:::there", "Metrics": {"Status": "Enabled"}}
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert "SourceSelectionCriteria" not in rule


@pytest.mark.parametrize(
    "part",
    [
        {"Status": "Disabled"},
        {"DeleteMarkerReplication": {"Status": "Disabled"}},
        {"Filter": {"Prefix": "a/"}},
        {"Priority": 7},
        {"Destination": {"Bucket": "arn:aws:s3:::there", "StorageClass": "STANDARD_IA"}},
        ENCRYPTED,
    ],
)
def test_a_rule_becomes_what_is_asked_for(cloud: Cloud, part: dict[str, Any]) -> None:
    ensure(cloud)

    changed = {"everything": RULE | part}
    first, second = ensure(cloud, rules=changed), ensure(cloud, rules=changed)

    assert (first["changed"], second["changed"]) == (True, False)
    [rule] = rules(cloud)
    assert part.items() <= rule.items()


def test_a_rule_that_is_not_listed_goes(cloud: Cloud) -> None:
    other = {**RULE, "Priority": 2, "Filter": {"Prefix": "b/"}}
    ensure(cloud, rules={"everything": RULE, "other": other})
    assert len(rules(cloud)) == 2

    result = ensure(cloud)

    assert [rule["ID"] for rule in rules(cloud)] == ["everything"]
    assert set(result["diff"]["before"]["rules"]) == {"everything", "other"}
    assert set(result["diff"]["after"]["rules"]) == {"everything"}


def test_it_ends(cloud: Cloud) -> None:
    ensure(cloud)

    first, second = ensure(cloud, state="absent"), ensure(cloud, state="absent")

    assert (first["changed"], second["changed"]) == (True, False)
    assert rules(cloud) == []
    assert first["replication"] == {}


def test_check_mode_changes_nothing(cloud: Cloud) -> None:
    assert ensure(cloud, check_mode=True)["changed"]
    assert rules(cloud) == []
    ensure(cloud)
    assert ensure(cloud, check_mode=True, state="absent")["changed"]
    assert len(rules(cloud)) == 1


def test_a_destination_without_versions_is_refused(cloud: Cloud) -> None:
    elsewhere = {**RULE, "Destination": {"Bucket": "arn:aws:s3:::unversioned"}}

    with pytest.raises(ClientError, match="versioning"):
        ensure(cloud, rules={"everything": elsewhere})
