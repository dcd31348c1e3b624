# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metric filters that count the trail's events for which CIS requires an alarm, one metric each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import names
from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...engine.tags import tags_of
from ...inputs import Inputs
from .cis import CONTROLS

GONE = "ResourceNotFoundException"


def namespace(inputs: Inputs) -> str:
    """The namespace of the counts, separate from the training metrics."""
    return f"{names.metrics_namespace(inputs)}/cis"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One filter per control on the trail's log group, named like its alarm; none if no trail."""
    if not inputs.cloudtrail:
        return []
    return [
        Resource(
            "metric_filter",
            key,
            inputs.named(key),
            {
                "log_group": names.log_group(inputs, "trail"),
                "pattern": control.pattern,
                "metric": {
                    "namespace": namespace(inputs),
                    "name": control.metric,
                    "value": "1",
                },
                "other": {},
            },
            needs=("log_group/trail",),
        )
        for key, control in CONTROLS.items()
    ]


def read(cloud: Cloud) -> list[Found]:
    """The filters with our names, and all others on a log group with our tags.

    Filters cannot be tagged: the owner of the group owns its filters.
    """
    groups = [names.log_group(cloud.inputs, key) for key in names.LOG_GROUPS]
    return [item for items in concurrently(lambda g: _filters(cloud, g), groups) for item in items]


def _filters(cloud: Cloud, group: str) -> list[Found]:
    filters = absent(
        lambda: cloud.pages("logs", "describe_metric_filters", "metricFilters", logGroupName=group),
        GONE,
    )
    found = [_found(item) for item in filters or []]
    known = [item for item in found if item.name in _names(cloud.inputs)]
    return found if len(known) == len(found) or _owned(cloud, group) else known


def _names(inputs: Inputs) -> set[str]:
    """The names of all our filters, even if none is desired because there is no trail."""
    return {inputs.named(key) for key in CONTROLS}


def _owned(cloud: Cloud, group: str) -> bool:
    arn = names.log_group_arn(cloud.inputs, cloud, group)
    answer = absent(lambda: cloud.client("logs").list_tags_for_resource(resourceArn=arn), GONE)
    return answer is not None and cloud.ours(tags_of(answer["tags"]))


def _found(item: Any) -> Found:
    transformation = item["metricTransformations"][0]
    unusual = {key: transformation.get(key) for key in ("defaultValue", "dimensions", "unit")} | {
        key: item.get(key) for key in ("applyOnTransformedLogs", "fieldSelectionCriteria")
    }
    properties = {
        "log_group": item["logGroupName"],
        "pattern": item["filterPattern"],
        "metric": {
            "namespace": transformation["metricNamespace"],
            "name": transformation["metricName"],
            "value": transformation["metricValue"],
        },
        "other": {
            key: value
            for key, value in unusual.items()
            if value not in (None, {}, False, "", "None")
        },
    }
    return Found("metric_filter", item["filterName"], item["filterName"], properties)


def _put(cloud: Cloud, name: str, wanted: dict[str, Any]) -> None:
    """Create the filter, or replace the one with that name."""
    metric = wanted["metric"]
    cloud.client("logs").put_metric_filter(
        logGroupName=wanted["log_group"],
        filterName=name,
        filterPattern=wanted["pattern"],
        metricTransformations=[
            {
                "metricNamespace": metric["namespace"],
                "metricName": metric["name"],
                "metricValue": metric["value"],
            }
        ],
    )


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the filter."""
    _put(cloud, resource.name, resource.properties)
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    _put(cloud, target.name, target.properties)


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the filter, which may already be gone with its group."""
    group = found.properties["log_group"]
    absent(
        lambda: cloud.client("logs").delete_metric_filter(
            logGroupName=group, filterName=found.name
        ),
        GONE,
    )


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """One metric per filter, billed for hours with a matching event: a full month at most."""
    return [Charge("metric_month", 1, usage.inputs.region) for _thing in things]


KIND = Kind(
    "metric_filter",
    "monitoring",
    desired,
    read,
    permissions=(
        Right(
            "OurLogs",
            "DeleteMetricFilter DescribeMetricFilters ListTagsForResource PutMetricFilter",
        ),
    ),
    price=price,
    create=create,
    setters={"pattern": _set, "metric": _set, "other": _set},
    created_with=frozenset({"log_group", "pattern", "metric", "other"}),
    delete=delete,
    # A filter on the wrong log group can be recreated without loss.
    replaceable=True,
)
