# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monthly budget: how much, of which resources, and who is told when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import budget_actions, budget_api, names
from ..cloud import Cloud, absent
from ..cost_tags import FILTER_TAGS
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target

#: Told at 80 % of the money spent and at 100 % forecast, as the guide asks.
ALERTS = (("ACTUAL", 80), ("FORECASTED", 100))


def told(inputs: Inputs, facts: Facts) -> list[str]:
    """Who is told: the mail addresses, and the topic of the alarms, which exists in any case."""
    return sorted({*inputs.budget_alert_emails, names.topic_arn(inputs, facts)})


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One budget over everything with our two tags."""
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
    """The tags by which AWS finds our costs: everything that can carry tags carries them."""
    return {key: inputs.tags[key] for key in FILTER_TAGS}


def read(cloud: Cloud) -> list[Found]:
    """The budget with our name. To list all budgets of an account is a right that nobody needs."""
    name = names.budget(cloud.inputs)
    client = cloud.client("budgets")
    properties = budget_api.describe(client, cloud.account_id, cloud.partition, name)
    return [] if properties is None else [Found("budget", name, name, properties)]


def create(cloud: Cloud, resource: Resource) -> str:
    """The budget with its notifications and tags, in one call."""
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
    budget_api.retag(cloud.client("budgets"), resource, target.properties["tags"])


def delete(cloud: Cloud, found: Found) -> None:
    """The budget, after the actions that somebody may have added to it."""
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
    create=create,
    setters=dict.fromkeys(budget_api.DEFINED, _redefine)
    | {"notifications": _renotify, "tags": _retag},
    created_with=frozenset({*budget_api.DEFINED, "notifications", "tags"}),
    delete=delete,
)
