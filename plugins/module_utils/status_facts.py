# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the status of an environment: hosts, runs, metrics and the budget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import runs
from . import status as text
from .estate.engine.cloud import Cloud
from .estate.engine.tags import OWNER_TAGS, tags_of
from .price import money as price


def hosts(cloud: Cloud, tags: Mapping[str, str]) -> list[dict[str, Any]]:
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


def _host(host: Mapping[str, Any], volumes: Mapping[str, int]) -> dict[str, Any]:
    attached = [device["Ebs"]["VolumeId"] for device in host.get("BlockDeviceMappings", [])]
    return {
        "instance_id": host["InstanceId"],
        "instance_type": host["InstanceType"],
        "state": host["State"]["Name"],
        "launched": f"{host['LaunchTime']:%Y-%m-%d %H:%M} UTC",
        "private_ip": host.get("PrivateIpAddress"),
        "public_ip": host.get("PublicIpAddress"),
        "user": tags_of(host.get("Tags")).get("LoginUser", ""),
        "volume_gb": sum(volumes.get(volume, 0) for volume in attached),
    }


def metric_names(cloud: Cloud, namespace: str) -> list[str]:
    """Names of the metrics in our namespace, one per set of dimensions, as each is billed."""
    found = cloud.pages("cloudwatch", "list_metrics", "Metrics", Namespace=namespace)
    return sorted(metric["MetricName"] for metric in found)


def read(cloud: Cloud, params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The status as plain data."""
    estate, names = params["estate"], params["estate"]["names"]
    found = hosts(cloud, estate["tags"])
    running = [host["instance_id"] for host in found if host["state"] in text.RUNNING]
    bucket = names["buckets"]["model_artifacts"]
    newest = runs.newest(cloud, names["log_group"], bucket, params["runs"], running, now)
    return {
        "project": estate["project"],
        "environment": estate["environment"],
        "region": estate["region"],
        "account_id": estate["account_id"],
        "key_file": estate["ssh_private_key_file"],
        "differences": params["differences"],
        "unmanaged": params["unmanaged"],
        "present": params["present"],
        "deploy_command": params["deploy_command"],
        "hosts": found,
        "runs": [run | {"usd": cost(run, estate)} for run in newest],
        "metrics": metric_names(cloud, names["metrics_namespace"]),
        "metrics_namespace": names["metrics_namespace"],
        "budget": text.read_budget(cloud, estate["account_id"], names["budget"]),
    }


def cost(run: Mapping[str, Any], estate: Mapping[str, Any]) -> float | None:
    """The on-demand price of a run's host for the duration of the run; None if unknown."""
    interface = estate["resources"]["launch_template/training"]["properties"]["network_interface"]
    public = str(interface["subnet"]).startswith("subnet/public")
    if run["seconds"] is None or not run["instance_type"]:
        return None
    hour = price.running_hour(estate["region"], run["instance_type"], public_address=public)
    return None if hour is None else hour * run["seconds"] / 3600
