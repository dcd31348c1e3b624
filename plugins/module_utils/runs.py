# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training runs, read from their log streams and from the manifests of published models.

A run whose host was stopped or whose process was killed writes no final event. Its state follows
from the state of its host and the age of its last event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .estate.engine.cloud import Cloud, absent, concurrently

STREAMS = "training/"
#: The first event of a run; streams without it are not from training runs.
STARTED = "started"
#: A run without an event for this long is not running. It sends one every few seconds while it
#: trains; loading may take minutes.
SILENT_SECONDS = 900
#: How many of the last events to read: enough to include the current phase of a run.
LAST_EVENTS = 25

#: The models that a run compares, and the splits it compares them on, with their titles.
MODELS = {
    "graphsage": "GraphSAGE",
    "logistic_regression": "logistic regression",
    "majority": "majority class",
}
SPLITS = {"random": "random split", "held_out_states": "held-out states"}

Event = dict[str, Any]


def newest(
    cloud: Cloud,
    log_group: str,
    bucket: str,
    limit: int,
    running_hosts: Iterable[str],
    now: datetime,
) -> list[dict[str, Any]]:
    """The newest runs in any state, newest first."""
    manifests = _manifests(cloud, bucket)
    streams = _streams(cloud, log_group)
    began = {name: stream["creationTime"] / 1000 for name, stream in streams.items()}
    ended = {name: item["LastModified"].timestamp() for name, item in manifests.items()}
    names = sorted(ended | began, key=lambda name: began.get(name, ended.get(name, 0)))
    hosts = set(running_hosts)

    def read(name: str) -> dict[str, Any] | None:
        events = _events(cloud, log_group, name) if name in streams else []
        if name in manifests:
            return published(events, name, *_published(cloud, bucket, manifests[name]))
        return unpublished(events, name, hosts, now)

    # Streams that are not runs do not count, so more are read than are returned.
    chosen = names[::-1][: 2 * limit]
    return [run for run in concurrently(read, chosen) if run][:limit]


def published(
    events: Sequence[Event], name: str, when: datetime, manifest: Mapping[str, Any], more: Event
) -> dict[str, Any]:
    """A run whose model was published."""
    first = events[0] if events else {}
    host = manifest.get("host") or {}
    return {
        "run_id": manifest.get("run_id") or name,
        "state": "published",
        "at": _minute(when),
        "seconds": round(when.timestamp() - first["at"]) if first else None,
        "instance_id": host.get("instance_id"),
        "instance_type": host.get("instance_type"),
        "source": manifest.get("source"),
        "dataset_version": manifest.get("dataset_version"),
        **more,
    }


def unpublished(
    events: Sequence[Event], name: str, running_hosts: set[str], now: datetime
) -> dict[str, Any] | None:
    """A run that is running, failed or stopped; None for a stream that is not from a run."""
    if not events or events[0]["event"] != STARTED:
        return None
    first, last = events[0], events[-1]
    host = first.get("host") or {}
    failed = last["event"] == "failed"
    silent = now.timestamp() - last["at"]
    alive = host.get("instance_id") in running_hosts and silent < SILENT_SECONDS
    state = "failed" if failed else "running" if alive else "stopped"
    until = now.timestamp() if state == "running" else last["at"]
    return {
        "run_id": name,
        "state": state,
        "at": _minute(datetime.fromtimestamp(last["at"], UTC)),
        "seconds": round(until - first["at"]),
        "instance_id": host.get("instance_id"),
        "instance_type": host.get("instance_type"),
        "progress": progress(events),
        "reason": str(last.get("error", "")) if failed else "",
    }


def progress(events: Sequence[Event]) -> dict[str, Any]:
    """The last epoch or the last phase, whichever is newer."""
    for event in reversed(events):
        if event["event"] == "epoch" and "step" in event:
            names = ("split", "seed", "epoch", "step", "steps", "loss", "accuracy")
            epochs = events[0].get("epochs")
            return {"phase": "training", "epochs": epochs, **{n: event.get(n) for n in names}}
        if event["event"] == "phase":
            return {"phase": event.get("phase", ""), "message": event.get("message", "")}
    return {}


def _minute(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _streams(cloud: Cloud, log_group: str) -> dict[str, Any]:
    found = absent(
        lambda: cloud.pages(
            "logs",
            "describe_log_streams",
            "logStreams",
            logGroupName=log_group,
            logStreamNamePrefix=STREAMS,
        ),
        "ResourceNotFoundException",
    )
    return {item["logStreamName"].removeprefix(STREAMS): item for item in found or []}


def _events(cloud: Cloud, log_group: str, name: str) -> list[Event]:
    """The first and the last events of a run; `at` is a Unix timestamp in seconds."""

    def ask(limit: int, *, from_head: bool) -> list[Event]:
        answer = cloud.client("logs").get_log_events(
            logGroupName=log_group,
            logStreamName=f"{STREAMS}{name}",
            limit=limit,
            startFromHead=from_head,
        )
        return [event for item in answer["events"] if (event := _event(item))]

    first, last = ask(1, from_head=True), ask(LAST_EVENTS, from_head=False)
    return first + [event for event in last if event not in first]


def _event(item: Mapping[str, Any]) -> Event | None:
    """A log event as the job wrote it; None for any other line."""
    try:
        message = json.loads(item["message"])
    except ValueError:
        return None
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        return None
    return message | {"at": item["timestamp"] / 1000}


def _manifests(cloud: Cloud, bucket: str) -> dict[str, Any]:
    """The objects of published manifests by version, which is the name of the run."""
    pages = absent(
        lambda: list(
            cloud.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket, Prefix="models/")
        ),
        "NoSuchBucket",
    )
    objects = [item for page in pages or [] for item in page.get("Contents", [])]
    # The manifest is written last, so each belongs to a complete model.
    return {
        item["Key"].split("/")[-2]: item
        for item in objects
        if item["Key"].endswith("/manifest.json")
    }


def _published(
    cloud: Cloud, bucket: str, item: Mapping[str, Any]
) -> tuple[datetime, dict[str, Any], Event]:
    folder = item["Key"].removesuffix("manifest.json")
    manifest = _json(cloud, bucket, item["Key"])
    # Models published by hand have no metrics.
    metrics = absent(lambda: _json(cloud, bucket, f"{folder}metrics.json"), "NoSuchKey") or {}
    more = {"accuracy": metrics.get("accuracy", {}), "uri": f"s3://{bucket}/{folder}"}
    return item["LastModified"], manifest, more


def _json(cloud: Cloud, bucket: str, key: str) -> dict[str, Any]:
    body = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    document = json.loads(body)
    return document if isinstance(document, dict) else {}


def duration(seconds: float) -> str:
    """`m:ss`, or `h:mm:ss` from one hour up."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
