# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names and addresses to use after a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ..inputs import Inputs
from .line import BLANK, Line, heading, line

#: The domain of AWS's own endpoints; only AWS itself has a console for the dashboard.
AWS = ".amazonaws.com"
SSH = 22


def outputs(
    inputs: Inputs, buckets: Mapping[str, str], log_group: str, dashboard: str, endpoint: str
) -> dict[str, Any]:
    """The outputs as plain data; `endpoint` is the CloudWatch endpoint."""
    return {
        "buckets": dict(buckets),
        "log_group": log_group,
        "dashboard": _dashboard(dashboard, inputs.region, endpoint),
        "log_in": _log_in(inputs),
    }


def _dashboard(name: str, region: str, endpoint: str) -> str:
    if not (urlsplit(endpoint).hostname or "").endswith(AWS):
        return f"{name} (in CloudWatch at {endpoint})"
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    return f"{console}#dashboards/dashboard/{quote(name)}"


def _log_in(inputs: Inputs) -> str:
    if SSH not in inputs.ingress_ports:
        return f"not possible: {inputs.environment} accepts no SSH connection (ingress_ports)"
    return "status.yml prints the ssh command of each running host"


def lines(values: Mapping[str, Any]) -> list[Line]:
    """The outputs as printable lines."""
    first, *more = values["buckets"].values()
    rows = [("buckets", first), *(("", name) for name in more)]
    rows += [
        ("log group", values["log_group"]),
        ("dashboard", values["dashboard"]),
        ("log in", values["log_in"]),
    ]
    return [BLANK, heading("Outputs"), *(line(f"  {k:<10} {v}", hang=11) for k, v in rows)]
