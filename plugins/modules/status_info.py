#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what runs and costs in one environment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status_info
short_description: Say what runs and costs in one environment
version_added: 0.1.0
description:
  - Reads hosts, stored bytes, published runs, metrics and the budget of one environment.
  - Prices the hosts that run at list prices from the collection's own price table.
  - Changes nothing.
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  estate:
    description: The estate, as M(cardiology.cloud.estate_plan) returns it.
    type: dict
    required: true
  differences:
    description: How many resources differ from the estate.
    type: int
    required: true
  money:
    description: What the estate costs, as M(cardiology.cloud.estate_plan) returns it.
    type: dict
    required: true
  runs:
    description: How many of the newest runs to return.
    type: int
    default: 3
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read what runs
  cardiology.cloud.status_info:
    estate: "{{ estate }}"
    differences: "{{ estate_plan.changes | length }}"
    money: "{{ estate_plan.money }}"
  register: status
"""

RETURN = r"""
status:
  description: Hosts, storage, runs, metrics and budget.
  returned: always
  type: dict
report:
  description: The same for a person, with what it costs.
  returned: always
  type: list
  elements: str
"""

import json
from collections import Counter

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils import status as text
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    absent,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.normal import OWNER_TAGS

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def hosts(cloud: Cloud, tags: dict[str, str]) -> list[dict]:
    """Our instances that are not terminated, oldest first."""
    filters = [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in OWNER_TAGS]
    found = cloud.pages("ec2", "describe_instances", "Reservations", Filters=filters)
    instances = [host for reservation in found for host in reservation["Instances"]]
    volumes = {
        volume["VolumeId"]: volume["Size"]
        for volume in cloud.pages("ec2", "describe_volumes", "Volumes", Filters=filters[:2])
    }
    living = [host for host in instances if host["State"]["Name"] != "terminated"]
    return sorted((_host(host, volumes) for host in living), key=lambda host: host["launched"])


def _host(host: dict, volumes: dict[str, int]) -> dict:
    attached = [device["Ebs"]["VolumeId"] for device in host.get("BlockDeviceMappings", [])]
    return {
        "instance_id": host["InstanceId"],
        "instance_type": host["InstanceType"],
        "state": host["State"]["Name"],
        "launched": f"{host['LaunchTime']:%Y-%m-%d %H:%M} UTC",
        "private_ip": host.get("PrivateIpAddress"),
        "public_ip": host.get("PublicIpAddress"),
        "volume_gb": sum(volumes.get(volume, 0) for volume in attached),
    }


def listed(cloud: Cloud, operation: str, result: str, **arguments: str) -> list[dict]:
    """All items of an S3 listing: S3 leaves the key out of an empty page."""
    pages = cloud.client("s3").get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page.get(result, [])]


def storage(cloud: Cloud, bucket: str) -> dict:
    """Objects and bytes of one bucket, old versions included; None where there is no bucket."""
    versions = absent(
        lambda: listed(cloud, "list_object_versions", "Versions", Bucket=bucket),
        "NoSuchBucket",
    )
    if versions is None:
        return {"objects": None, "bytes": None}
    return {"objects": len(versions), "bytes": sum(version["Size"] for version in versions)}


def published_runs(cloud: Cloud, bucket: str, limit: int) -> list[dict]:
    """The newest published runs: a manifest is written last, so each is whole."""
    objects = absent(
        lambda: listed(cloud, "list_objects_v2", "Contents", Bucket=bucket, Prefix="models/"),
        "NoSuchBucket",
    )
    manifests = [item for item in objects or [] if item["Key"].endswith("/manifest.json")]
    newest = sorted(manifests, key=lambda item: item["LastModified"], reverse=True)[:limit]
    return [_run(cloud, bucket, item) for item in newest]


def _run(cloud: Cloud, bucket: str, item: dict) -> dict:
    folder = item["Key"].removesuffix("manifest.json")
    manifest = _json(cloud, bucket, item["Key"])
    return {
        "run_id": manifest.get("run_id") or manifest["version"],
        "finished_at": f"{item['LastModified']:%Y-%m-%d %H:%M} UTC",
        "source": manifest.get("source"),
        "dataset_version": manifest.get("dataset_version"),
        "accuracy": _json(cloud, bucket, f"{folder}metrics.json")["accuracy"],
        "uri": f"s3://{bucket}/{folder}",
    }


def _json(cloud: Cloud, bucket: str, key: str) -> dict:
    return json.loads(cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def metric_names(cloud: Cloud, namespace: str) -> list[str]:
    """Names of the custom metrics in our namespace, one per set of dimensions: each is billed."""
    found = cloud.pages("cloudwatch", "list_metrics", "Metrics", Namespace=namespace)
    return sorted(metric["MetricName"] for metric in found)


def budget(cloud: Cloud, account_id: str, name: str) -> dict | None:
    """Monthly limit and actual spend in USD, or None where the budget is not there."""
    found = absent(
        lambda: cloud.client("budgets").describe_budget(AccountId=account_id, BudgetName=name),
        "NotFoundException",
    )
    if found is None:
        return None
    spent = found["Budget"].get("CalculatedSpend", {}).get("ActualSpend", {}).get("Amount", "0")
    return {"limit": float(found["Budget"]["BudgetLimit"]["Amount"]), "actual": float(spent)}


def read(cloud: Cloud, params: dict) -> dict:
    """All that the report tells, as plain data."""
    estate = params["estate"]
    names = estate["names"]
    return {
        "project": estate["project"],
        "environment": estate["environment"],
        "region": estate["region"],
        "account_id": estate["account_id"],
        "resources": dict(Counter(item["kind"] for item in estate["resources"].values())),
        "differences": params["differences"],
        "hosts": hosts(cloud, estate["tags"]),
        "storage": {bucket: storage(cloud, bucket) for bucket in names["buckets"].values()},
        "runs": published_runs(cloud, names["buckets"]["model_artifacts"], params["runs"]),
        "metrics": metric_names(cloud, names["metrics_namespace"]),
        "metrics_namespace": names["metrics_namespace"],
        "budget": budget(cloud, estate["account_id"], names["budget"]),
        "money": params["money"],
    }


def main() -> None:
    """Parse, read, report."""
    module = AnsibleAWSModule(
        argument_spec={
            "estate": {"type": "dict", "required": True},
            "differences": {"type": "int", "required": True},
            "money": {"type": "dict", "required": True},
            "runs": {"type": "int", "default": 3},
        },
        supports_check_mode=True,
    )
    try:
        cloud = cloud_of(module)
        status = read(cloud, module.params)
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(changed=False, status=status, report=text.report(status))


if __name__ == "__main__":
    main()
