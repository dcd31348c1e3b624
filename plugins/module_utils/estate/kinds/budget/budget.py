# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monthly budget: limit, cost filter, alert thresholds and subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import names
from ...commands.cost_tags import FILTER_TAGS
from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...inputs import Inputs
from . import actions as budget_actions
from . import api as budget_api
from .permitted import permitted

#: Alert thresholds: 80 % spent and 100 % forecast, as the guide requires.
ALERTS = (("ACTUAL", 80), ("FORECASTED", 100))


def told(inputs: Inputs, facts: Facts) -> list[str]:
    """The subscribers: the email addresses, and the alarm topic, which always exists."""
    return sorted({*inputs.budget_alert_emails, names.topic_arn(inputs, facts)})


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One budget for everything with our two tags, unless the limit is 0."""
    if not inputs.has_budget:
        return []
    properties: Mapping[str, Any] = {
        "limit_usd": float(inputs.budget_limit_usd),
        "time_unit": "MONTHLY",
        "filter_tags": filter_tags(inputs),
        "notifications": {f"{kind} {percent}": told(inputs, facts) for kind, percent in ALERTS},
        "tags": inputs.tags,
        "other": {},
    }
    name = names.budget(inputs)
    return [Resource("budget", "monthly", name, dict(properties), ("sns_topic/alarms",))]


def filter_tags(inputs: Inputs) -> Properties:
    """The cost filter by tag: everything that can be tagged carries these tags.

    Budgets prefixes the keys of user-defined tags with `user:` (docs/decisions.md).
    """
    return {f"user:{key}": inputs.tags[key] for key in FILTER_TAGS}


def read(cloud: Cloud) -> list[Found]:
    """The budget with our name. Listing all budgets would need a broader permission."""
    name = names.budget(cloud.inputs)
    client = cloud.client("budgets")
    properties = permitted(
        cloud,
        lambda: budget_api.describe(client, cloud.account_id, cloud.partition, name),
    )
    return [] if properties is None else [Found("budget", name, name, properties)]


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the budget with its notifications and tags, in one call."""
    client = cloud.client("budgets")
    budget_api.create(client, cloud.account_id, resource.name, resource.properties)
    return resource.name


def _redefine(cloud: Cloud, target: Target) -> None:
    client = cloud.client("budgets")
    budget_api.redefine(client, cloud.account_id, target.name, target.properties)


def _renotify(cloud: Cloud, target: Target) -> None:
    client = cloud.client("budgets")
    wanted = target.properties["notifications"]
    budget_api.renotify(client, cloud.account_id, target.name, wanted)


def _retag(cloud: Cloud, target: Target) -> None:
    resource = budget_api.arn(cloud.partition, cloud.account_id, target.name)
    budget_api.retag(
        cloud.client("budgets"), resource, target.found["tags"], target.properties["tags"]
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the budget, after any actions that were added to it."""
    for action_id, _unused in budget_actions.actions_of(cloud, found.name):
        budget_actions.delete(cloud, found.name, action_id)
    absent(
        lambda: cloud.client("budgets").delete_budget(
            AccountId=cloud.account_id, BudgetName=found.name
        ),
        budget_api.NOT_FOUND,
    )


KIND = Kind(
    "budget",
    "budget",
    desired,
    read,
    permissions=(
        Right("OurBudget", "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget"),
    ),
    price=FREE,
    create=create,
    setters=dict.fromkeys(budget_api.DEFINED, _redefine)
    | {"notifications": _renotify, "tags": _retag},
    created_with=frozenset({*budget_api.DEFINED, "notifications", "tags"}),
    delete=delete,
)
