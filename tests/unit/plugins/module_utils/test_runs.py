"""Runs as their log streams and manifests show them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import runs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from moto import mock_aws

GROUP, BUCKET = "/aws/p/dev", "p-dev-model-artifacts"
NOW = datetime.now(UTC)
STARTED = {
    "event": "started",
    "host": {"instance_id": "i-1", "instance_type": "t3.medium"},
    "epochs": 100,
}
EPOCH = {
    "event": "epoch",
    "split": "random",
    "seed": 1,
    "epoch": 30,
    "step": 50,
    "steps": 200,
    "loss": 0.4,
    "accuracy": 0.7,
}
FAILED = {"event": "failed", "error": "cannot read the dataset"}


def at(seconds_ago: float, event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "at": NOW.timestamp() - seconds_ago}


@pytest.mark.parametrize(
    ("last", "hosts", "state", "seconds"),
    [
        (at(5, EPOCH), {"i-1"}, "running", 700),
        (at(100, FAILED), {"i-1"}, "failed", 600),
        # Nobody has said that it ended.
        (at(100, EPOCH), set(), "stopped", 600),
        (at(100, EPOCH), {"i-2"}, "stopped", 600),
    ],
)
def test_the_last_event_and_the_host_say_how_a_run_is(
    last: dict[str, Any], hosts: set[str], state: str, seconds: int
) -> None:
    run = runs.unpublished([at(700, STARTED), last], "r", hosts, NOW)

    assert run is not None
    assert (run["state"], run["seconds"]) == (state, seconds)
    assert run["reason"] == ("cannot read the dataset" if state == "failed" else "")


def test_a_run_that_is_silent_on_a_running_host_does_not_count_as_running() -> None:
    events = [at(9000, STARTED), at(runs.SILENT_SECONDS + 1, EPOCH)]

    run = runs.unpublished(events, "r", {"i-1"}, NOW)

    assert run is not None
    assert run["state"] == "stopped"


@pytest.mark.parametrize("events", [[], [at(5, EPOCH)]])
def test_a_stream_that_does_not_begin_as_a_run_is_none(events: list[dict[str, Any]]) -> None:
    assert runs.unpublished(events, "adhoc", {"i-1"}, NOW) is None


def test_progress_is_the_newest_epoch_or_phase() -> None:
    phase = {"event": "phase", "phase": "evaluating", "message": "ranking"}

    assert runs.progress([at(9, STARTED), at(5, phase), at(4, EPOCH)]) == {
        "phase": "training",
        "epochs": 100,
        **{k: EPOCH[k] for k in ("split", "seed", "epoch", "step", "steps", "loss", "accuracy")},
    }
    assert runs.progress([at(9, STARTED), at(5, EPOCH), at(4, phase)]) == {
        "phase": "evaluating",
        "message": "ranking",
    }
    assert runs.progress([at(9, STARTED)]) == {}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Cloud(lambda service, _r, _c: boto3.client(service, region_name="us-east-1"))


def write(name: str, *events: dict[str, Any] | str) -> None:
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_stream(logGroupName=GROUP, logStreamName=f"training/{name}")
    entries = [
        {
            "timestamp": round(NOW.timestamp() * 1000) - 10_000 + number,
            "message": event if isinstance(event, str) else json.dumps(event),
        }
        for number, event in enumerate(events)
    ]
    logs.put_log_events(logGroupName=GROUP, logStreamName=f"training/{name}", logEvents=entries)


def test_published_running_and_failed_runs_are_listed(cloud: Cloud) -> None:
    boto3.client("logs", region_name="us-east-1").create_log_group(logGroupName=GROUP)
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    folder = "models/graphsage/good/"
    manifest = {"version": "good", "source": "cms", "dataset_version": "d1", "host": {}}
    s3.put_object(Bucket=BUCKET, Key=f"{folder}manifest.json", Body=json.dumps(manifest))
    s3.put_object(Bucket=BUCKET, Key=f"{folder}metrics.json", Body=b'{"accuracy": {"random": {}}}')
    write("good", STARTED, EPOCH)
    write("bad", STARTED, FAILED)
    write("busy", STARTED, *[EPOCH] * 60)
    write("adhoc", "a plain line", EPOCH)

    found = runs.newest(cloud, GROUP, BUCKET, 5, ["i-1"], NOW)

    by_name = {run["run_id"]: run for run in found}
    assert {name: run["state"] for name, run in by_name.items()} == {
        "good": "published",
        "bad": "failed",
        "busy": "running",
    }
    assert by_name["good"]["uri"] == f"s3://{BUCKET}/{folder}"
    assert by_name["good"]["accuracy"] == {"random": {}}
    assert by_name["busy"]["progress"]["step"] == 50


def test_an_account_without_log_group_and_bucket_has_no_runs(cloud: Cloud) -> None:
    assert runs.newest(cloud, GROUP, BUCKET, 3, [], NOW) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3661, "1:01:01")]
)
def test_a_duration_is_in_minutes_or_hours(seconds: float, text: str) -> None:
    assert runs.duration(seconds) == text
