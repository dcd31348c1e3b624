# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS charges for each kind of resource in a month, in quantities: pure, and without a price.

What depends on use goes by the volumes below. They are assumptions, and the plan tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .estate.inputs import DATA, LOGS, Inputs

HOURS_PER_MONTH = 730  # as AWS's own calculator counts

NAT_GB = 5
#: By log group: what a month of hosts, of the trail and of flow logs writes.
LOG_GB = {"main": 0.1, "trail": 1.0, "flow_logs": 1.0}
TRAIL_DATA_EVENTS = 200_000
TRAIL_INSIGHT_EVENTS = 200_000
BUCKET_PUTS, BUCKET_GETS = 10_000, 100_000
KEY_REQUESTS = 20_000
LOGS_BUCKET_GB = 1
FREE_DASHBOARDS = 3

#: Metrics that a run and its host publish; S3 publishes up to so many by metered bucket. CloudWatch
#: bills them only in hours in which they come, so they belong to the hour of training.
RUN_METRICS = 15
BUCKET_METRICS = 16


class Thing(Protocol):
    """A resource that is wanted or one that was found."""

    kind: str
    name: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Charge:
    """So much of an item of the price table, for a line of the bill."""

    line: str
    item: str
    quantity: float
    region: str


Rule = Callable[[Sequence[Any], "Inputs"], list[Charge]]


def charges(
    things: Sequence[Any], inputs: Inputs, stored_gb: Mapping[str, float] | None = None
) -> list[Charge]:
    """Everything that a month costs while nobody trains.

    `stored_gb` says by bucket name what really lies in it, where that is known.
    """
    result = []
    for kind, rule in RULES.items():
        chosen = [thing for thing in things if thing.kind == kind]
        result += rule(chosen, inputs)
    buckets = [thing for thing in things if thing.kind == "bucket"]
    return [*_buckets(buckets, inputs, stored_gb or {}), *result]


def _region(thing: Thing, inputs: Inputs) -> str:
    return str(thing.properties.get("region") or inputs.region)


def _hourly(line: str, item: str) -> Rule:
    def rule(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
        return [Charge(line, item, HOURS_PER_MONTH, _region(thing, inputs)) for thing in things]

    return rule


def _nat_gateways(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    line = f"NAT gateway ({NAT_GB} GB through each)"
    hours = _hourly(line, "nat_gateway_hour")(things, inputs)
    return hours + [Charge(line, "nat_gateway_gb", NAT_GB, inputs.region) for _unused in things]


def _endpoints(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    """Interface endpoints cost by zone; S3's gateway endpoint is free."""
    return [
        Charge(
            "interface endpoint",
            "endpoint_hour",
            HOURS_PER_MONTH * len(thing.properties["subnets"]),
            inputs.region,
        )
        for thing in things
        if thing.properties.get("type") == "Interface"
    ]


def _keys(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    line = f"KMS key ({KEY_REQUESTS:,} requests to each)"
    result = []
    for thing in things:
        region = _region(thing, inputs)
        result.append(Charge(line, "kms_key_month", 1, region))
        result.append(Charge(line, "kms_10k_requests", KEY_REQUESTS / 10_000, region))
    return result


def _dashboards(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    line = f"dashboard (the first {FREE_DASHBOARDS} of an account are free)"
    paid = max(0, len(things) - FREE_DASHBOARDS)
    return [Charge(line, "dashboard_month", paid, inputs.region)] if things else []


def _alarms(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    """By metric that an alarm watches; a query reads one metric of each host."""
    result = []
    for thing in things:
        parts = thing.properties["metrics"].values()
        if any("SELECT " in part.get("expression", "") for part in parts):
            hosts = inputs.training_count
            result.append(
                Charge("alarm on a query", "query_alarm_month", hosts, _region(thing, inputs))
            )
            continue
        watched = sum("expression" not in part for part in parts)
        result.append(Charge("alarm", "alarm_month", watched, _region(thing, inputs)))
    return result


def _metric_filters(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    line = "metric of the trail (if each comes all month)"
    return [Charge(line, "metric_month", 1, inputs.region) for _unused in things]


def _log_key(name: str) -> str:
    if name.endswith("/flow-logs"):
        return "flow_logs"
    return "trail" if name.endswith("/cloudtrail") else "main"


def _log_groups(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    result = []
    for thing in things:
        key = _log_key(thing.name)
        gb = LOG_GB[key]
        line = f"log events of {key.replace('_', ' ')} ({gb:g} GB a month)"
        item = "vended_log_gb" if key == "flow_logs" else "log_ingest_gb"
        days = thing.properties.get("retention_days") or inputs.log_retention_days
        result.append(Charge(line, item, gb, inputs.region))
        result.append(Charge(line, "log_storage_gb_month", gb * days / 30, inputs.region))
    return result


def _trails(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    result = []
    for thing in things:
        events = TRAIL_DATA_EVENTS / 100_000
        line = f"trail ({TRAIL_DATA_EVENTS:,} accesses to objects)"
        result.append(Charge(line, "trail_100k_data_events", events, inputs.region))
        if thing.properties.get("insights"):
            calls = TRAIL_INSIGHT_EVENTS / 100_000
            line = f"insights ({TRAIL_INSIGHT_EVENTS:,} calls looked at)"
            result.append(Charge(line, "trail_100k_insights", calls, inputs.region))
    return result


def _volumes(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    return [
        Charge("disk", "gp3_gb_month", thing.properties["size_gb"], inputs.region)
        for thing in things
    ]


def _hosts(things: Sequence[Thing], inputs: Inputs) -> list[Charge]:
    """Left after a teardown. EC2 says a disk's size elsewhere: it is taken as runs make it."""
    result = []
    for thing in things:
        disk = f"disk of a host ({inputs.training_volume_gb} GB)"
        result.append(Charge(disk, "gp3_gb_month", inputs.training_volume_gb, inputs.region))
        if thing.properties["state"] in ("pending", "running"):
            line = f"host that runs ({thing.properties['type']})"
            item = f"instance:{thing.properties['type']}"
            result.append(Charge(line, item, HOURS_PER_MONTH, inputs.region))
            if not inputs.hosts_are_private:
                result.append(Charge(line, "public_ipv4_hour", HOURS_PER_MONTH, inputs.region))
    return result


RULES: dict[str, Rule] = {
    "nat_gateway": _nat_gateways,
    "elastic_ip": _hourly("public IPv4 address", "public_ipv4_hour"),
    "vpc_endpoint": _endpoints,
    "kms_key": _keys,
    "dashboard": _dashboards,
    "alarm": _alarms,
    "metric_filter": _metric_filters,
    "log_group": _log_groups,
    "trail": _trails,
    "volume": _volumes,
    "instance": _hosts,
}


def _buckets(
    things: Sequence[Thing], inputs: Inputs, stored_gb: Mapping[str, float]
) -> list[Charge]:
    """Data is where it is expected: the same in the first region and in the replicas."""
    logs = inputs.bucket_name(LOGS)
    data = {inputs.bucket_name(key) for key in DATA}
    first = [thing for thing in things if thing.name in data]
    share = inputs.expected_storage_gb / len(first or things or [1])
    gb = {
        t.name: stored_gb.get(t.name, LOGS_BUCKET_GB if t.name == logs else share) for t in things
    }
    total: dict[str, float] = {}
    for thing in things:
        region = _region(thing, inputs)
        total[region] = total.get(region, 0) + gb[thing.name]
    result = []
    for thing in things:
        region = _region(thing, inputs)
        line = f"bucket ({total[region]:,.4g} GB in {region}, {_REQUESTS})"
        result.append(Charge(line, "s3_gb_month", gb[thing.name], region))
        result.append(Charge(line, "s3_1k_puts", BUCKET_PUTS / 1000, region))
        result.append(Charge(line, "s3_1k_gets", BUCKET_GETS / 1000, region))
    return result


_REQUESTS = f"{BUCKET_GETS:,} reads and {BUCKET_PUTS:,} writes of each"


def metered_buckets(things: Sequence[Any]) -> int:
    """Buckets that tell CloudWatch about their requests."""
    return sum(bool(t.properties.get("request_metrics")) for t in things if t.kind == "bucket")
