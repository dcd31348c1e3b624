# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verify the files, metrics and log of a finished run by reading them back from AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .estate.engine.cloud import Cloud, absent
from .estate.engine.sentences import EstateError
from .estate.text.line import BLANK, Line, line
from .runs import MODELS, SPLITS

CHUNK_BYTES = 1 << 20
MINUTE = timedelta(minutes=1)
#: A run publishes one data point of each of these at its end.
METRICS = ("TestAccuracy", "TrainingTime")


class EvidenceError(EstateError):
    """The artifact differs from the run's result; the text names the file and the difference."""


def bucket_of(uri: str) -> str:
    """The bucket of an s3:// address."""
    return uri.removeprefix("s3://").partition("/")[0]


def fingerprint(body: Any) -> tuple[str, int]:
    """SHA-256 in hex and size of a stream, read in chunks."""
    digest, size = hashlib.sha256(), 0
    while chunk := body.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def check_file(cloud: Cloud, bucket: str, file: dict[str, Any]) -> None:
    """Read one object back and compare it with the run's result."""
    where = f"s3://{bucket}/{file['key']}"
    answer = absent(
        lambda: cloud.client("s3").get_object(Bucket=bucket, Key=file["key"]),
        "NoSuchKey",
        "NoSuchBucket",
    )
    if answer is None:
        raise EvidenceError(f"{where} is missing, although the run says that it was published.")
    sha256, size = fingerprint(answer["Body"])
    if (sha256, size) != (file["sha256"], file["bytes"]):
        raise EvidenceError(
            f"{where} is not what the run published: SHA-256 {sha256} ({size} bytes) instead of "
            f"{file['sha256']} ({file['bytes']} bytes)."
        )


def metric_names(cloud: Cloud, namespace: str, since: datetime) -> list[str]:
    """The unique names of metrics in a namespace that have data since then."""
    found = cloud.pages("cloudwatch", "list_metrics", "Metrics", Namespace=namespace)
    # Other metrics in the namespace prove nothing about the run.
    ours = [metric for metric in found if metric["MetricName"] in METRICS]
    return sorted({metric["MetricName"] for metric in ours if has_data(cloud, metric, since)})


def has_data(cloud: Cloud, metric: dict[str, Any], since: datetime) -> bool:
    """Whether a metric has data since then."""
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=metric["Namespace"],
        MetricName=metric["MetricName"],
        Dimensions=metric["Dimensions"],
        StartTime=since,
        EndTime=datetime.now(UTC) + MINUTE,
        # One data point per day; the call returns at most 1,440.
        Period=86400,
        Statistics=["SampleCount"],
    )
    return bool(answer["Datapoints"])


def beginning(result: dict[str, Any]) -> datetime:
    """The minute in which a run that just ended began: metrics have a resolution of minutes."""
    began = datetime.now(UTC) - timedelta(seconds=result["seconds"]) - MINUTE
    return began.replace(second=0, microsecond=0)


def log_events(cloud: Cloud, group: str, run_id: str) -> int:
    """The number of events in the run's log stream, at most one page."""
    answer = absent(
        lambda: cloud.client("logs").get_log_events(
            logGroupName=group, logStreamName=f"training/{run_id}", startFromHead=True
        ),
        "ResourceNotFoundException",
    )
    return len(answer["events"]) if answer else 0


def accuracy_lines(metrics: dict[str, Any]) -> list[str]:
    """A table with a row per model and a column per split: mean and deviation over seeds."""
    splits = [split for split in SPLITS if split in metrics]
    lines = [f"{'accuracy':<22}" + "".join(f"{SPLITS[split]:>20}" for split in splits)]
    for model, title in MODELS.items():
        figures = [metrics[split].get(model) for split in splits]
        if any(figures):
            cells = [f"{f['mean']:.3f} ± {f['sd']:.3f}" if f else "-" for f in figures]
            lines.append(f"{title:<22}" + "".join(f"{cell:>20}" for cell in cells))
    return [text.rstrip() for text in lines]


def report_lines(
    result: dict[str, Any], files: int, metrics: list[str], events: int, namespace: str
) -> list[Line]:
    """The run's outcome as printable lines."""
    sent = result.get("metrics_published", 0)
    found = f"data found for {', '.join(metrics)}"
    if not metrics:
        found = "none found yet: AWS may take 15 minutes"
    facts = {
        "artifact": result["artifact"]["uri"],
        "": f"{files} files, read back with the right SHA-256",
        "metrics": f"{sent} values sent to {namespace}; {found}",
        "log": f"{events} events in stream training/{result['run_id']}",
    }
    title = (
        f"Training run {result['run_id']} succeeded in {result['seconds']:.0f} s "
        f"on {result['source']} data, version {result['dataset_version']}."
    )
    return [
        line(title),
        BLANK,
        *(line(f"  {text}") for text in accuracy_lines(result["metrics"])),
        BLANK,
        *(line(f"  {name:<10}{text}", hang=10) for name, text in facts.items()),
    ]


def read(cloud: Cloud, params: Mapping[str, Any]) -> dict[str, Any]:
    """Files, metrics, log events and the report of a run.

    Raises EvidenceError if an object is missing or differs from the published one.
    """
    result, namespace = params["result"], params["metrics_namespace"]
    # Computed before anything slow, because it assumes that the run ended just now.
    began = beginning(result)
    artifact = result["artifact"]
    for file in artifact["files"]:
        check_file(cloud, bucket_of(artifact["uri"]), file)
    metrics = metric_names(cloud, namespace, began)
    events = log_events(cloud, params["log_group"], result["run_id"])
    files = len(artifact["files"])
    report = report_lines(result, files, metrics, events, namespace)
    return {"files": files, "metrics": metrics, "log_events": events, "report": report}
