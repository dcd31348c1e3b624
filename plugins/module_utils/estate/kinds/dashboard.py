# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dashboard: training, hosts, storage and money on one page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud, absent
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target
from ..names import alarm_arn
from .alarm_definitions import definitions
from .dashboard_body import body

#: The query protocol's code and the modelled exception's name.
GONE = ("ResourceNotFound", "DashboardNotFoundError")


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One dashboard. AWS knows no tags of dashboards."""
    alarms = [alarm_arn(inputs, facts, inputs.named(key)) for key in definitions(inputs)]
    properties = normal(body(inputs, alarms))
    return [Resource("dashboard", "main", inputs.named("dashboard"), properties)]


def normal(document: Mapping[str, Any]) -> Properties:
    """A body with its widgets by title, so that a difference names its widget."""
    widgets: Properties = {}
    for widget in document.get("widgets", []):
        title = key = _title(widget)
        number = 1
        while key in widgets:
            number += 1
            key = f"{title} #{number}"
        widgets[key] = widget
    rest = {key: value for key, value in document.items() if key != "widgets"}
    return {"settings": rest, "widgets": widgets}


def _title(widget: Mapping[str, Any]) -> str:
    """The title, or the first line of a text."""
    properties = widget.get("properties", {})
    text = properties.get("title") or properties.get("markdown", "").strip().split("\n")[0]
    return str(text or widget.get("type", "widget")).strip("# ")


def document(properties: Mapping[str, Any]) -> Properties:
    """The body that `normal` made these properties of, widgets from top to bottom."""
    widgets = sorted(properties["widgets"].values(), key=lambda w: (w.get("y", 0), w.get("x", 0)))
    return {**properties["settings"], "widgets": widgets}


def describe(cloudwatch: Any, dashboard: str) -> Properties | None:
    """The properties of a dashboard, or None when there is none of that name."""
    answer = absent(lambda: cloudwatch.get_dashboard(DashboardName=dashboard), *GONE)
    return normal(json.loads(answer["DashboardBody"])) if answer else None


def read(cloud: Cloud) -> list[Found]:
    """The dashboard with our name."""
    dashboard = cloud.inputs.named("dashboard")
    properties = describe(cloud.client("cloudwatch"), dashboard)
    return [] if properties is None else [Found("dashboard", dashboard, dashboard, properties)]


def put(cloudwatch: Any, dashboard: str, properties: Mapping[str, Any]) -> None:
    """Make the dashboard, or put this one in the place of the one of that name."""
    cloudwatch.put_dashboard(
        DashboardName=dashboard, DashboardBody=json.dumps(document(properties))
    )


def remove(cloudwatch: Any, dashboard: str) -> None:
    """Delete the dashboard."""
    absent(lambda: cloudwatch.delete_dashboards(DashboardNames=[dashboard]), *GONE)


def create(cloud: Cloud, resource: Resource) -> str:
    """Make the dashboard."""
    put(cloud.client("cloudwatch"), resource.name, resource.properties)
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    put(cloud.client("cloudwatch"), target.name, target.properties)


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the dashboard."""
    remove(cloud.client("cloudwatch"), found.name)


KIND = Kind(
    "dashboard",
    "monitoring",
    desired,
    read,
    create=create,
    setters={"settings": _set, "widgets": _set},
    created_with=frozenset({"settings", "widgets"}),
    delete=delete,
)
