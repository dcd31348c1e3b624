# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudWatch alarms, which notify the topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ... import names
from ...engine.charges import Charge, Thing, Usage
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.tags import bring, tag_list, tags_of
from ...inputs import Inputs
from .alarm_definitions import PLAIN, definitions

GONE = "ResourceNotFound"

#: Unusual settings of an alarm that are not modelled.
UNUSUAL = (
    "Unit",
    "ExtendedStatistic",
    "EvaluateLowSampleCountPercentile",
    "ThresholdMetricId",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ActionConfiguration",
    "AlarmRule",
    "ActionsSuppressor",
)


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """All alarms; each notifies the topic when it goes off and when it returns to OK."""
    topic = names.topic_arn(inputs, facts)
    return [
        Resource(
            "alarm",
            key,
            inputs.named(key),
            {
                **definition,
                "enabled": True,
                "alarm_actions": [topic],
                "ok_actions": [topic],
                "no_data_actions": [],
                "other": {},
                "tags": inputs.tags,
            },
            needs=("sns_topic/alarms",),
        )
        for key, definition in definitions(inputs).items()
    ]


def read(cloud: Cloud) -> list[Found]:
    """The alarms with our names, and those with our tags and name prefix."""
    prefix = f"{cloud.inputs.stem}-"
    alarms = [
        alarm
        for kind in ("Metric", "Composite")
        for alarm in cloud.pages(
            "cloudwatch",
            "describe_alarms",
            f"{kind}Alarms",
            AlarmNamePrefix=prefix,
            AlarmTypes=[f"{kind}Alarm"],
        )
    ]
    found = concurrently(lambda alarm: _found(cloud, alarm), alarms)
    known = _names(cloud.inputs)
    return [item for item in found if item.name in known or cloud.ours(item.properties["tags"])]


def _names(inputs: Inputs) -> set[str]:
    """The names of all our alarms, including those that are only desired with a trail."""
    return {inputs.named(key) for key in definitions(replace(inputs, cloudtrail=True))}


def _found(cloud: Cloud, alarm: Any) -> Found:
    periods = alarm.get("EvaluationPeriods")
    properties = {
        "description": alarm.get("AlarmDescription", ""),
        "metrics": _metrics(alarm),
        "comparison": alarm.get("ComparisonOperator"),
        "threshold": alarm.get("Threshold"),
        "evaluation_periods": periods,
        "datapoints_to_alarm": alarm.get("DatapointsToAlarm", periods),
        "missing_data": alarm.get("TreatMissingData", "missing"),
        "enabled": alarm.get("ActionsEnabled"),
        "alarm_actions": sorted(alarm.get("AlarmActions", [])),
        "ok_actions": sorted(alarm.get("OKActions", [])),
        "no_data_actions": sorted(alarm.get("InsufficientDataActions", [])),
        "other": {key: alarm[key] for key in UNUSUAL if alarm.get(key)},
        "tags": _tags(cloud, alarm["AlarmArn"]),
    }
    return Found("alarm", alarm["AlarmName"], alarm["AlarmName"], properties)


def _metrics(alarm: Any) -> Properties:
    """An alarm's expressions and metrics by id, or the one metric of a plain alarm."""
    if not alarm.get("Metrics"):
        return {PLAIN: _metric(alarm, alarm.get("Statistic"), alarm.get("Period"))}
    return {query["Id"]: _query(query) for query in alarm["Metrics"]}


def _query(query: Any) -> Properties:
    head = {"watched": query.get("ReturnData", True)}
    extra = {key: query[key] for key in ("Label", "AccountId") if query.get(key)}
    stat = query.get("MetricStat")
    if stat:
        unit = {"Unit": stat["Unit"]} if stat.get("Unit") else {}
        return head | _metric(stat["Metric"], stat["Stat"], stat["Period"]) | extra | unit
    period = {"period": query["Period"]} if query.get("Period") else {}
    return head | {"expression": query["Expression"]} | period | extra


def _metric(metric: Any, statistic: str | None, period: int | None) -> Properties:
    return {
        "namespace": metric.get("Namespace"),
        "name": metric.get("MetricName"),
        "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])},
        "statistic": statistic,
        "period": period,
    }


def _tags(cloud: Cloud, alarm: str) -> dict[str, str]:
    answer = absent(
        lambda: cloud.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm),
        "ResourceNotFoundException",
        GONE,
    )
    return tags_of((answer or {}).get("Tags"))


def _request(name: str, wanted: Properties) -> Properties:
    """The parameters of PutMetricAlarm, which replaces the whole alarm."""
    return {
        "AlarmName": name,
        "AlarmDescription": wanted["description"],
        "ComparisonOperator": wanted["comparison"],
        "Threshold": wanted["threshold"],
        "EvaluationPeriods": wanted["evaluation_periods"],
        "DatapointsToAlarm": wanted["datapoints_to_alarm"],
        "TreatMissingData": wanted["missing_data"],
        "ActionsEnabled": wanted["enabled"],
        "AlarmActions": wanted["alarm_actions"],
        "OKActions": wanted["ok_actions"],
        "InsufficientDataActions": wanted["no_data_actions"],
        **_watched(wanted["metrics"]),
    }


def _watched(metrics: Properties) -> Properties:
    if PLAIN not in metrics:
        return {"Metrics": [_as_query(id_, metric) for id_, metric in sorted(metrics.items())]}
    metric = metrics[PLAIN]
    return {
        **_as_metric(metric),
        "Statistic": metric["statistic"],
        "Period": metric["period"],
    }


def _as_query(id_: str, metric: Properties) -> Properties:
    head = {"Id": id_, "ReturnData": metric["watched"]}
    if "expression" in metric:
        period = {"Period": metric["period"]} if "period" in metric else {}
        return head | {"Expression": metric["expression"]} | period
    stat = {
        "Metric": _as_metric(metric),
        "Period": metric["period"],
        "Stat": metric["statistic"],
    }
    return head | {"MetricStat": stat}


def _as_metric(metric: Properties) -> Properties:
    return {
        "Namespace": metric["namespace"],
        "MetricName": metric["name"],
        "Dimensions": [{"Name": k, "Value": v} for k, v in sorted(metric["dimensions"].items())],
    }


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the alarm with its tags."""
    wanted = resource.properties
    cloud.client("cloudwatch").put_metric_alarm(
        **_request(resource.name, wanted), Tags=tag_list(wanted["tags"])
    )
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    if "AlarmRule" in target.found.get("other", {}):
        # A composite alarm has the name, and AWS cannot convert it to a metric alarm.
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[target.name])
        create(cloud, Resource("alarm", "", target.name, target.properties))
        return
    cloud.client("cloudwatch").put_metric_alarm(**_request(target.name, target.properties))


def _set_tags(cloud: Cloud, target: Target) -> None:
    cloudwatch = cloud.client("cloudwatch")
    alarm = names.alarm_arn(cloud.inputs, cloud, target.name)
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: cloudwatch.untag_resource(ResourceARN=alarm, TagKeys=keys),
        tag=lambda tags: cloudwatch.tag_resource(ResourceARN=alarm, Tags=tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the alarm."""
    absent(lambda: cloud.client("cloudwatch").delete_alarms(AlarmNames=[found.name]), GONE)


_DEFINED = (
    *("description", "metrics", "comparison", "threshold", "evaluation_periods"),
    *("datapoints_to_alarm", "missing_data", "enabled", "alarm_actions", "ok_actions"),
    *("no_data_actions", "other"),
)


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per metric that an alarm watches; a query watches one metric of each host."""
    return [_charge(thing, usage) for thing in things]


def _charge(thing: Thing, usage: Usage) -> Charge:
    parts = thing.properties["metrics"].values()
    region = usage.region(thing)
    if any("SELECT " in part.get("expression", "") for part in parts):
        return Charge("query_alarm_month", usage.inputs.training_count, region)
    watched = sum("expression" not in part for part in parts)
    return Charge("alarm_month", watched, region)


KIND = Kind(
    "alarm",
    "monitoring",
    desired,
    read,
    permissions=(
        Right("ListAlarms", "DescribeAlarms"),
        Right(
            "OurAlarms",
            """DeleteAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource""",
        ),
    ),
    price=price,
    create=create,
    setters=dict.fromkeys(_DEFINED, _set) | {"tags": _set_tags},
    created_with=frozenset({*_DEFINED, "tags"}),
    delete=delete,
)
