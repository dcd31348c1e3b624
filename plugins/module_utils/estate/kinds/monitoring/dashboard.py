# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dashboard: training, hosts, storage and cost on one page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...inputs import Inputs
from ...names import alarm_arn
from .alarm_definitions import definitions
from .dashboard_body import body

#: The error code of the query protocol and the name of the modelled exception.
GONE = ("ResourceNotFound", "DashboardNotFoundError")


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One dashboard. Dashboards cannot be tagged."""
    alarms = [alarm_arn(inputs, facts, inputs.named(key)) for key in definitions(inputs)]
    properties = normal(body(inputs, alarms))
    return [Resource("dashboard", "main", inputs.named("dashboard"), properties)]


def normal(document: Mapping[str, Any]) -> Properties:
    """A dashboard body with its widgets by title, so that a diff names the widget."""
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
    """The title of a widget, or the first line of a text widget."""
    properties = widget.get("properties", {})
    text = properties.get("title") or properties.get("markdown", "").strip().split("\n")[0]
    return str(text or widget.get("type", "widget")).strip("# ")


def document(properties: Mapping[str, Any]) -> Properties:
    """The inverse of `normal`: the dashboard body, with widgets from top to bottom."""
    widgets = sorted(properties["widgets"].values(), key=lambda w: (w.get("y", 0), w.get("x", 0)))
    return {**properties["settings"], "widgets": widgets}


def describe(cloudwatch: Any, dashboard: str) -> Properties | None:
    """The properties of a dashboard, or None if there is none with that name."""
    answer = absent(lambda: cloudwatch.get_dashboard(DashboardName=dashboard), *GONE)
    return normal(json.loads(answer["DashboardBody"])) if answer else None


def read(cloud: Cloud) -> list[Found]:
    """The dashboard with our name."""
    dashboard = cloud.inputs.named("dashboard")
    properties = describe(cloud.client("cloudwatch"), dashboard)
    return [] if properties is None else [Found("dashboard", dashboard, dashboard, properties)]


def put(cloudwatch: Any, dashboard: str, properties: Mapping[str, Any]) -> None:
    """Create the dashboard, or replace the one with that name."""
    cloudwatch.put_dashboard(
        DashboardName=dashboard, DashboardBody=json.dumps(document(properties))
    )


def remove(cloudwatch: Any, dashboard: str) -> None:
    """Delete the dashboard."""
    absent(lambda: cloudwatch.delete_dashboards(DashboardNames=[dashboard]), *GONE)


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the dashboard."""
    put(cloud.client("cloudwatch"), resource.name, resource.properties)
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    put(cloud.client("cloudwatch"), target.name, target.properties)


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the dashboard."""
    remove(cloud.client("cloudwatch"), found.name)


FREE_DASHBOARDS = 3


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per dashboard; the first ones of an account are free."""
    paid = max(0, len(things) - FREE_DASHBOARDS)
    return [Charge("dashboard_month", paid, usage.inputs.region)] if things else []


KIND = Kind(
    "dashboard",
    "monitoring",
    desired,
    read,
    permissions=(Right("OurDashboards", "DeleteDashboards GetDashboard PutDashboard"),),
    price=price,
    create=create,
    setters={"settings": _set, "widgets": _set},
    created_with=frozenset({"settings", "widgets"}),
    delete=delete,
)
