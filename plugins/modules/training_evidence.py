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
  - Counts the run's metrics in CloudWatch and its log events.
  - Fails when a file of the artifact is missing or differs. CloudWatch lists new metrics only
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
  description: Names of the metrics found in the namespace, each once.
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
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    CLIENT_CONFIG,
    Cloud,
    absent,
    sentence,
)

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so

CHUNK_BYTES = 1 << 20
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


def metric_names(cloud: Cloud, namespace: str) -> list[str]:
    """Names of the metrics in a namespace, each once."""
    found = cloud.pages("cloudwatch", "list_metrics", "Metrics", Namespace=namespace)
    return sorted({metric["MetricName"] for metric in found})


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
    found = f"{len(metrics)} in {namespace}: {', '.join(metrics)}"
    if not metrics:
        found = f"none in {namespace} yet, of {sent} values sent: AWS may take 15 minutes"
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
    cloud = Cloud(lambda service: module.client(service, config=Config(**CLIENT_CONFIG)))
    try:
        artifact = result["artifact"]
        for file in artifact["files"]:
            check_file(cloud, bucket_of(artifact["uri"]), file)
        metrics = metric_names(cloud, namespace)
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
