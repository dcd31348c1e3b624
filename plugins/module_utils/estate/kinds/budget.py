# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monthly budget: how much, of which resources, and who is told when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..budget_api import describe
from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource

#: Mails at 80 % of the money spent and at 100 % forecast, as the guide asks.
ALERTS = (("ACTUAL", 80), ("FORECASTED", 100))


def _name(inputs: Inputs) -> str:
    return f"{inputs.stem}-monthly"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One budget over everything with our two tags. Without an address nobody can be told."""
    properties: Mapping[str, Any] = {
        "limit_usd": float(inputs.budget_limit_usd),
        "time_unit": "MONTHLY",
        "filter_tags": {"Project": inputs.project, "Environment": inputs.environment},
        "notifications": _notifications(inputs.budget_alert_emails),
        "tags": inputs.tags,
    }
    return [Resource("budget", "monthly", _name(inputs), dict(properties))]


def _notifications(emails: tuple[str, ...]) -> Properties:
    """Addresses by alert: `{"ACTUAL 80": [...]}`."""
    if not emails:
        return {}
    return {f"{kind} {threshold}": sorted(emails) for kind, threshold in ALERTS}


def read(cloud: Cloud) -> list[Found]:
    """The budget with our name."""
    name = _name(cloud.inputs)
    client = cloud.client("budgets")
    properties = describe(client, cloud.account_id, cloud.partition, name)
    return [] if properties is None else [Found("budget", name, name, properties)]


KIND = Kind("budget", "budget", desired, read)
