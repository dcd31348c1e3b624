# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budget actions: what AWS Budgets does at a threshold, as plain properties.

Properties of an action: `{"budget": "p-dev-monthly", "threshold": "ACTUAL 100", "deny": {"policy":
"p-dev-deny-launch", "roles": ["p-dev-training"], "groups": [], "users": []}, "approval":
"AUTOMATIC", "role": "p-dev-budget-action", "subscribers": [...], "tags": {…}, "other": {}}`.
Instead of `deny` there may be `stop`: `{"region": "us-west-2", "hosts": ["i-…"]}`. Policies and
roles of the same account are given by name, others by ARN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import names
from ...engine.cloud import Cloud, absent
from ...engine.tags import tag_list, tags_of
from . import api as budget_api
from .api import NOT_FOUND, arn, label, notification_of, subscribers
from .permitted import permitted

Properties = dict[str, Any]

STOP = "STOP_EC2_INSTANCES"


def actions_of(cloud: Cloud, budget: str) -> list[tuple[str, Properties]]:
    """Id and properties of every action of a budget; empty if there is no budget."""
    raw = permitted(
        cloud,
        lambda: absent(
            lambda: cloud.pages(
                "budgets",
                "describe_budget_actions_for_budget",
                "Actions",
                AccountId=cloud.account_id,
                BudgetName=budget,
            ),
            NOT_FOUND,
        ),
    )
    return [(action["ActionId"], properties(cloud, action)) for action in raw or []]


def properties(cloud: Cloud, action: Mapping[str, Any]) -> Properties:
    """The properties of an action. Its status is left out, as it changes by itself."""
    client = cloud.client("budgets")
    resource = action_arn(cloud, action["BudgetName"], action["ActionId"])
    tags = client.list_tags_for_resource(ResourceARN=resource)
    threshold = action["ActionThreshold"]
    definition = dict(action["Definition"])
    return {
        "budget": action["BudgetName"],
        "threshold": label(
            {
                "NotificationType": action["NotificationType"],
                "Threshold": threshold["ActionThresholdValue"],
                "ThresholdType": threshold["ActionThresholdType"],
            }
        ),
        **_deny_or_stop(cloud, definition),
        "approval": action["ApprovalModel"],
        "role": _short(cloud, "role", action["ExecutionRoleArn"]),
        "subscribers": sorted(item["Address"] for item in action["Subscribers"]),
        "tags": tags_of(tags.get("ResourceTags")),
        "other": definition,
    }


def _deny_or_stop(cloud: Cloud, definition: Properties) -> Properties:
    """The `deny` or `stop` part of a definition, which is removed from the definition."""
    iam = definition.pop("IamActionDefinition", None)
    ssm = definition.pop("SsmActionDefinition", None)
    if ssm is not None and ssm["ActionSubType"] == STOP:
        return {"stop": {"region": ssm["Region"], "hosts": sorted(ssm["InstanceIds"])}}
    if ssm is not None:
        definition["SsmActionDefinition"] = ssm
    if iam is None:
        return {}
    return {
        "deny": {
            "policy": _short(cloud, "policy", iam["PolicyArn"]),
            "roles": sorted(iam.get("Roles") or []),
            "groups": sorted(iam.get("Groups") or []),
            "users": sorted(iam.get("Users") or []),
        }
    }


def _iam_arn(cloud: Cloud, what: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return names.iam_arn(cloud, what, name)


def _short(cloud: Cloud, what: str, full: str) -> str:
    return full.removeprefix(_iam_arn(cloud, what, ""))


def action_arn(cloud: Cloud, budget: str, action_id: str) -> str:
    """The ARN of an action, needed to tag it."""
    return f"{arn(cloud.partition, cloud.account_id, budget)}/action/{action_id}"


def request(cloud: Cloud, wanted: Mapping[str, Any]) -> Properties:
    """The parameters shared by CreateBudgetAction and UpdateBudgetAction."""
    notification = notification_of(wanted["threshold"])
    return {
        "AccountId": cloud.account_id,
        "BudgetName": wanted["budget"],
        "NotificationType": notification["NotificationType"],
        "ActionThreshold": {
            "ActionThresholdValue": notification["Threshold"],
            "ActionThresholdType": notification["ThresholdType"],
        },
        "Definition": _definition(cloud, wanted),
        "ExecutionRoleArn": _iam_arn(cloud, "role", wanted["role"]),
        "ApprovalModel": wanted["approval"],
        "Subscribers": subscribers(wanted["subscribers"]),
    }


def _definition(cloud: Cloud, wanted: Mapping[str, Any]) -> Properties:
    if "stop" in wanted:
        stop = wanted["stop"]
        ssm = {"ActionSubType": STOP, "Region": stop["region"], "InstanceIds": stop["hosts"]}
        return {"SsmActionDefinition": ssm}
    deny = wanted["deny"]
    iam = {"PolicyArn": _iam_arn(cloud, "policy", deny["policy"])}
    # AWS rejects an empty list.
    targets = {key.title(): deny[key] for key in ("roles", "groups", "users") if deny[key]}
    return {"IamActionDefinition": iam | targets}


def create(cloud: Cloud, wanted: Mapping[str, Any]) -> str:
    """Create the action with its tags, in one call; return its id."""
    answer = cloud.client("budgets").create_budget_action(
        **request(cloud, wanted),
        ActionType="RUN_SSM_DOCUMENTS" if "stop" in wanted else "APPLY_IAM_POLICY",
        ResourceTags=tag_list(wanted["tags"]),
    )
    return str(answer["ActionId"])


def update(cloud: Cloud, action_id: str, wanted: Mapping[str, Any]) -> None:
    """Update everything of an action except its tags."""
    cloud.client("budgets").update_budget_action(ActionId=action_id, **request(cloud, wanted))


def retag(
    cloud: Cloud, action_id: str, found: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    """Change the tags of an action from those of `found` to those of `wanted`."""
    resource = action_arn(cloud, wanted["budget"], action_id)
    budget_api.retag(cloud.client("budgets"), resource, found["tags"], wanted["tags"])


def delete(cloud: Cloud, budget: str, action_id: str) -> None:
    """Delete an action. AWS does not reverse what the action applied unless asked to."""
    absent(
        lambda: cloud.client("budgets").delete_budget_action(
            AccountId=cloud.account_id, BudgetName=budget, ActionId=action_id
        ),
        NOT_FOUND,
    )
