"""Whole runs on moto: what belongs to another environment, and keys that are about to go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.kms_key import (
    bare,
)

from ......torture.world import World, world

RAW_DATA = "hospital-data-dev-raw-data"
ALPHA = {"project": "alpha", "s3_bucket_prefix": "hospital-data"}
BETA = {"project": "beta", "s3_bucket_prefix": "hospital-data"}


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-west-2")


@pytest.fixture
def alpha(tmp_path: Path) -> Iterator[World]:
    """An account with the environment of project alpha in it, and one object of its data."""
    with world("dev", tmp_path) as account:
        assert not account.run("present", ALPHA)["failure"]
        client("s3").put_object(Bucket=RAW_DATA, Key="patients", Body=b"x")
        yield account


def owner_of(bucket: str) -> str:
    tags = client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]
    return next(tag["Value"] for tag in tags if tag["Key"] == "Project")


def test_the_buckets_of_another_project_are_refused_by_name_and_stay_as_they_are(
    alpha: World,
) -> None:
    before = alpha.inventory()

    with pytest.raises(EstateError) as refused:
        alpha.run("present", BETA)

    assert "Nothing was changed." in str(refused.value)
    assert (
        f"bucket/raw_data: {RAW_DATA}: belongs to another environment "
        "(Project=alpha, Environment=dev, ManagedBy=cardiology.cloud)"
    ) in str(refused.value)
    assert owner_of(RAW_DATA) == "alpha"
    assert alpha.inventory() == before


def test_a_teardown_with_destroy_data_never_deletes_another_projects_data(alpha: World) -> None:
    answer = alpha.run("absent", BETA, destroy_data="hospital-data")

    assert not answer["failure"]
    assert answer["outcomes"] == []
    s3 = client("s3")
    assert s3.get_object(Bucket=RAW_DATA, Key="patients")["Body"].read() == b"x"
    # Not even a lock was written there.
    logs = s3.list_object_versions(Bucket="hospital-data-dev-logs", Prefix="locks/")
    assert {item["Key"] for item in logs.get("Versions", [])} <= {"locks/deploy.json"}
    assert not alpha.run("present", ALPHA)["outcomes"]


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[World]:
    """An account with prod in it, whose data are encrypted with a key of its own."""
    with world("prod", tmp_path) as account:
        assert not account.run("present")["failure"]
        yield account


def key_of(bucket: str) -> str:
    answer = client("s3").get_bucket_encryption(Bucket=bucket)
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    return str(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"])


def test_a_key_that_is_about_to_be_deleted_is_named_and_gets_no_successor_unasked(
    prod: World,
) -> None:
    kms, bucket = client("kms"), "acme-heart-prod-raw-data"
    key = key_of(bucket)
    date = kms.schedule_key_deletion(KeyId=bare(key), PendingWindowInDays=7)["DeletionDate"]

    with pytest.raises(EstateError) as refused:
        prod.run("present")

    text = str(refused.value)
    assert f"AWS deletes it on {date:%Y-%m-%d}, and it is in use by " in text
    assert f"bucket {bucket}" in text
    assert "nobody can read what is encrypted with it" in text
    assert f"aws kms cancel-key-deletion --region us-west-2 --key-id {bare(key)}" in text
    assert "-e new_key=true" in text

    kms.cancel_key_deletion(KeyId=bare(key))
    assert not prod.run("present")["failure"]
    assert key_of(bucket) == key
    assert kms.describe_key(KeyId=bare(key))["KeyMetadata"]["Enabled"]


def test_a_new_key_is_created_on_request_and_the_old_one_stays_named(prod: World) -> None:
    bucket = "acme-heart-prod-raw-data"
    old = key_of(bucket)
    client("kms").schedule_key_deletion(KeyId=bare(old), PendingWindowInDays=7)

    answer = prod.run("present", new_key=True)

    assert not answer["failure"]
    assert key_of(bucket) != old
    [going] = [c for c in answer["plan"]["changes"] if c["action"] == "ending"]
    assert going["id"] == old


def test_who_reads_data_may_use_a_key_that_is_kept_for_older_data(prod: World) -> None:
    key = key_of("acme-heart-prod-raw-data")

    answer = prod.run("present", {"customer_managed_key": False})

    assert not answer["failure"]
    kept = {c["id"]: c for c in answer["plan"]["changes"] if c["kind"] == "kms_key"}
    assert kept[key]["action"] == "keep"
    for role in ("training", "replication"):
        policy = client("iam").get_role_policy(
            RoleName=f"cardiology-optimizer-prod-{role}", PolicyName=role
        )["PolicyDocument"]
        [older] = [s for s in policy["Statement"] if s["Sid"] == "ReadOlderData"]
        assert (older["Action"], older["Resource"]) == (["kms:Decrypt"], [key])
        assert "kms:ViaService" in older["Condition"]["StringEquals"]
