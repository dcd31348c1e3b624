"""Whole runs on moto: what goes wrong between the lock and the receipt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import converge
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.lock import Lock
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import Kind
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)

from ......torture.world import World, world

LOGS = "acme-heart-dev-logs"


@pytest.fixture
def account(tmp_path: Path) -> Iterator[World]:
    """An account with dev in it."""
    with world("dev", tmp_path) as account:
        assert not account.run("present")["failure"]
        yield account


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-west-2")


def buckets() -> set[str]:
    return {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}


@pytest.fixture
def change_kind(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`change_kind(name, **fields)`: another kind of that name."""

    def change(name: str, **fields: Any) -> None:
        def changed(kind: Kind) -> Kind:
            return replace(kind, **fields) if kind.name == name else kind

        monkeypatch.setattr(converge, "KINDS", tuple(map(changed, converge.KINDS)))

    return change


def test_a_first_deploy_reports_what_its_plan_said(tmp_path: Path) -> None:
    with world("dev", tmp_path) as account:
        answer = account.run("present", expected=account.plan("present"))

    # The bucket of the lock is created first, and gets its settings later.
    assert {o["action"] for o in answer["outcomes"]} == {"create"}
    assert answer["done"][-1]["text"].startswith(f"{len(answer['outcomes'])} created. Verified")


def test_a_first_deploy_whose_plan_is_outdated_has_made_only_the_bucket_of_the_lock(
    tmp_path: Path,
) -> None:
    with world("dev", tmp_path) as account:
        expected = account.plan("present")
        [group] = [c for c in expected["changes"] if c["address"] == "log_group/main"]
        client("logs").create_log_group(logGroupName=group["name"])
        with pytest.raises(EstateError) as refused:
            account.run("present", expected=expected)

        assert "so nothing was changed: log_group/main needs" in str(refused.value)
        assert str(refused.value).endswith("Only bucket/logs, which holds the lock, was created.")
        assert buckets() == {LOGS}
        assert client("s3").list_object_versions(Bucket=LOGS).get("Versions", []) == []
        assert not client("ec2").describe_key_pairs()["KeyPairs"]

        assert not account.run("present", expected=account.plan("present"))["failure"]


@pytest.mark.parametrize("wrong", [{"account_id": "999999999999"}, {"changes": []}])
def test_a_plan_of_something_else_changes_nothing(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with world("dev", tmp_path) as account:
        expected = account.plan("present") | wrong
        with pytest.raises(EstateError, match=r"so nothing was changed: [^\n]*Plan again.$"):
            account.run("present", expected=expected)

        assert buckets() == set()


def test_what_is_done_beside_a_surprise_is_told(
    account: World, change_kind: Callable[..., None]
) -> None:
    ec2, logs = client("ec2"), client("logs")
    [pair] = ec2.describe_key_pairs()["KeyPairs"]
    ec2.delete_tags(Resources=[pair["KeyPairId"]], Tags=[{"Key": "Owner"}])
    [group] = logs.describe_log_groups()["logGroups"]
    logs.put_retention_policy(logGroupName=group["logGroupName"], retentionInDays=3)

    def set_tags(_cloud: Cloud, _target: Any) -> None:
        [_pair] = []  # as where the pair went meanwhile

    change_kind("key_pair", setters={"tags": set_tags})
    answer = account.run("present")

    assert {o["address"]: o["status"] for o in answer["outcomes"]} == {
        "key_pair/main": "failed",
        "log_group/main": "done",
    }
    assert "ValueError: not enough values to unpack" in answer["failure"]


def test_a_run_that_comes_just_before_the_end_of_a_teardown_keeps_its_lock(
    account: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Lock(client("s3"), LOGS, who="bob@office (pid 2)")
    release = Lock.release

    def release_and_be_followed(mine: Lock) -> None:
        was_held = mine.held
        release(mine)
        if was_held:
            other.acquire()

    with monkeypatch.context() as patch:
        patch.setattr(Lock, "release", release_and_be_followed)
        answer = account.run("absent")

    assert other.beat()
    other.check()
    assert f"failed: bucket/logs: Something came into the bucket {LOGS}" in answer["failure"]
    assert buckets() == {LOGS}
    other.release()
    assert not account.run("absent")["failure"]
    assert buckets() == set()


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_bucket_that_s3_still_lists_after_a_teardown_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(converge, "is_usable", lambda _cloud, _name: True)
    with world("dev", tmp_path) as account:
        assert not account.run(state)["failure"]
        assert (LOGS in buckets()) == (state == "present")
