#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that what a training run says it published is really there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: training_evidence
short_description: Prove that what a training run says it published is really there
version_added: 0.1.0
description:
  - Reads every file of the run's artifact back from S3 and compares size and SHA-256.
  - Looks for the data that the run itself has sent to CloudWatch, and counts its log events.
  - Fails when a file of the artifact is missing or differs. CloudWatch may show new data only
    after some minutes, so missing ones are reported and no failure.
options:
  result:
    description: The run's result, as M(cardiology.cloud.training_follow) returns it.
    type: dict
    required: true
  log_group:
    description: The environment's log group.
    type: str
    required: true
  metrics_namespace:
    description: The environment's metrics namespace.
    type: str
    required: true
attributes:
  check_mode:
    description: Only ever reads.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: cardiology.cloud contributors (@cardiology-cloud)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Look for what the run published
  cardiology.cloud.training_evidence:
    result: "{{ followed.result }}"
    log_group: "{{ estate.names.log_group }}"
    metrics_namespace: "{{ estate.names.metrics_namespace }}"
  register: evidence
"""

RETURN = r"""
files:
  description: How many files of the artifact were read back and found right.
  returned: success
  type: int
metrics:
  description: Names of the metrics with data since the run began, each once.
  returned: success
  type: list
  elements: str
log_events:
  description: How many log events of the run were found, at most one page.
  returned: success
  type: int
report:
  description: The run's outcome for a person.
  returned: success
  type: list
  elements: str
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    absent,
    sentence,
)

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so

CHUNK_BYTES = 1 << 20
MINUTE = timedelta(minutes=1)
#: One datum each of these tells the end of a run.
METRICS = ("TestAccuracy", "TrainingTime")
MODELS = {
    "graphsage": "GraphSAGE",
    "logistic_regression": "logistic regression",
    "majority": "majority class",
}
SPLITS = {"random": "random split", "held_out_states": "held-out states"}


class EvidenceError(Exception):
    """The artifact is not what the run says; the text says which file and how."""


def bucket_of(uri: str) -> str:
    """The bucket of an s3:// address."""
    return uri.removeprefix("s3://").partition("/")[0]


def fingerprint(body: Any) -> tuple[str, int]:
    """SHA-256 in hex and size of a stream, read piece by piece."""
    digest, size = hashlib.sha256(), 0
    while chunk := body.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def check_file(cloud: Cloud, bucket: str, file: dict[str, Any]) -> None:
    """Read one object back and compare it with what the run says about it."""
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
    """Names of the metrics in a namespace that have data since then, each once."""
    found = cloud.pages("cloudwatch", "list_metrics", "Metrics", Namespace=namespace)
    # What other things measure in the namespace proves nothing about a run.
    ours = [metric for metric in found if metric["MetricName"] in METRICS]
    return sorted({metric["MetricName"] for metric in ours if has_data(cloud, metric, since)})


def has_data(cloud: Cloud, metric: dict[str, Any], since: datetime) -> bool:
    """Whether a metric has a datum since then."""
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=metric["Namespace"],
        MetricName=metric["MetricName"],
        Dimensions=metric["Dimensions"],
        StartTime=since,
        EndTime=datetime.now(UTC) + MINUTE,
        # One sum for all of a day; the call takes no more than 1,440 of them.
        Period=86400,
        Statistics=["SampleCount"],
    )
    return bool(answer["Datapoints"])


def beginning(result: dict[str, Any]) -> datetime:
    """The minute in which a run that has just ended began: its data are stamped with minutes."""
    began = datetime.now(UTC) - timedelta(seconds=result["seconds"]) - MINUTE
    return began.replace(second=0, microsecond=0)


def log_events(cloud: Cloud, group: str, run_id: str) -> int:
    """How many events the run's log stream has, at most one page of them."""
    answer = absent(
        lambda: cloud.client("logs").get_log_events(
            logGroupName=group, logStreamName=f"training/{run_id}", startFromHead=True
        ),
        "ResourceNotFoundException",
    )
    return len(answer["events"]) if answer else 0


def accuracy_lines(metrics: dict[str, Any]) -> list[str]:
    """A table: one row for each model, one column for each split; mean and deviation by seed."""
    splits = [split for split in SPLITS if split in metrics]
    lines = [f"{'accuracy':<22}" + "".join(f"{SPLITS[split]:>20}" for split in splits)]
    for model, title in MODELS.items():
        figures = [metrics[split].get(model) for split in splits]
        if any(figures):
            cells = [f"{f['mean']:.3f} ± {f['sd']:.3f}" if f else "-" for f in figures]
            lines.append(f"{title:<22}" + "".join(f"{cell:>20}" for cell in cells))
    return [line.rstrip() for line in lines]


def report_lines(
    result: dict[str, Any], files: int, metrics: list[str], events: int, namespace: str
) -> list[str]:
    """The run's outcome for a person."""
    sent = result.get("metrics_published", 0)
    found = f"{sent} values sent to {namespace}; there since the run began: {', '.join(metrics)}"
    if not metrics:
        found = f"{sent} values sent to {namespace}; none is there yet: AWS may take 15 minutes"
    return [
        f"Training run {result['run_id']} succeeded in {result['seconds']:.0f} s "
        f"on {result['source']} data, version {result['dataset_version']}.",
        "",
        *(f"  {line}" for line in accuracy_lines(result["metrics"])),
        "",
        f"  artifact  {result['artifact']['uri']}",
        f"            {files} files, read back with the right SHA-256",
        f"  metrics   {found}",
        f"  log       {events} events in stream training/{result['run_id']}",
    ]


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "result": {"type": "dict", "required": True},
            "log_group": {"type": "str", "required": True},
            "metrics_namespace": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    result = module.params["result"]
    namespace = module.params["metrics_namespace"]
    # Before anything that takes time: the run ended just now.
    began = beginning(result)
    try:
        cloud = cloud_of(module)
        artifact = result["artifact"]
        for file in artifact["files"]:
            check_file(cloud, bucket_of(artifact["uri"]), file)
        metrics = metric_names(cloud, namespace, began)
        events = log_events(cloud, module.params["log_group"], result["run_id"])
    except EvidenceError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    files = len(artifact["files"])
    report = report_lines(result, files, metrics, events, namespace)
    module.exit_json(changed=False, files=files, metrics=metrics, log_events=events, report=report)


if __name__ == "__main__":
    main()
