"""The AWS Budgets operations that we use and moto lacks.

They update budgets, notifications and subscribers, list subscribers, manage actions and tags, and
return a filter only on request. Cost Explorer's cost allocation tags are here too: without them a
budget cannot filter by tag. The shapes are those of botocore's service model (checked by the
contract tests). Actions are never executed, because nothing is spent here.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.budgets.exceptions import DuplicateRecordException, NotFoundException
from moto.budgets.models import Budget, BudgetsBackend
from moto.budgets.responses import BudgetsResponse
from moto.ce.responses import CostExplorerResponse

from localcloud.api.moto_patches.seams import Seam, add_operation

SEAMS = (
    Seam(BudgetsResponse, "create_budget", "self"),
    Seam(BudgetsResponse, "delete_budget", "self"),
    Seam(BudgetsResponse, "describe_budget", "self"),
    Seam(
        BudgetsBackend,
        "describe_notifications_for_budget",
        "self, account_id, budget_name",
    ),
    Seam(BudgetsBackend, "create_budget", "self, account_id, budget, notifications"),
    Seam(Budget, "add_notification", "self, details, subscribers"),
)

_TAGS = "localcloud_tags"
_ACTIONS = "localcloud_actions"
_COST_TAGS = "localcloud_cost_allocation_tags"


def apply() -> None:
    """Add our operations to moto's Budgets, and tag handling to its create and delete."""
    create, delete, describe, notifications, *unchanged = SEAMS
    for seam in unchanged:
        seam.verify()
    create.replace(_create_with_tags)
    delete.replace(_delete_with_tags)
    describe.replace(_describe_with_filter_if_asked)
    notifications.replace(_describe_of_known_budget)
    for name, operation in OPERATIONS.items():
        add_operation(BudgetsResponse, name, operation)
    for name, operation in COST_EXPLORER_OPERATIONS.items():
        add_operation(CostExplorerResponse, name, operation)


def update_budget(self: Any) -> str:
    """UpdateBudget: replaces the definition, keeps notifications and tags."""
    new = deepcopy(self._get_param("NewBudget"))
    budget = _budget(self, new["BudgetName"])
    new["TimePeriod"] = budget.budget["TimePeriod"] | new.get("TimePeriod", {})
    budget.budget = Budget(new, []).budget
    return "{}"


def update_notification(self: Any) -> str:
    """UpdateNotification: replaces its details, keeps its subscribers."""
    notifications = _budget(self).notifications
    old = _find(notifications, self._get_param("OldNotification"))
    wanted = self._get_param("NewNotification")
    if any(_same(n.details, wanted) for n in notifications if n is not old):
        raise DuplicateRecordException("notification", json.dumps(wanted, sort_keys=True))
    old.details = deepcopy(wanted)
    return "{}"


def describe_subscribers_for_notification(self: Any) -> str:
    """DescribeSubscribersForNotification, all on one page."""
    return json.dumps({"Subscribers": _notification(self).subscribers})


def create_subscriber(self: Any) -> str:
    """CreateSubscriber."""
    subscribers = _notification(self).subscribers
    wanted = self._get_param("Subscriber")
    if wanted in subscribers:
        raise DuplicateRecordException("subscriber", wanted["Address"])
    subscribers.append(deepcopy(wanted))
    return "{}"


def update_subscriber(self: Any) -> str:
    """UpdateSubscriber: the new subscriber replaces the old one."""
    subscribers = _notification(self).subscribers
    old, new = self._get_param("OldSubscriber"), self._get_param("NewSubscriber")
    if old not in subscribers:
        raise _no_subscriber(old)
    if new != old and new in subscribers:
        raise DuplicateRecordException("subscriber", new["Address"])
    subscribers[subscribers.index(old)] = deepcopy(new)
    return "{}"


def delete_subscriber(self: Any) -> str:
    """DeleteSubscriber."""
    subscribers = _notification(self).subscribers
    old = self._get_param("Subscriber")
    if old not in subscribers:
        raise _no_subscriber(old)
    subscribers.remove(old)
    return "{}"


def create_budget_action(self: Any) -> str:
    """CreateBudgetAction: the action stays in standby, as its threshold is never reached here."""
    budget = _budget(self)
    action = {name: deepcopy(self._get_param(name)) for name in ACTION_FIELDS}
    action |= {
        "ActionId": str(uuid4()),
        "BudgetName": self._get_param("BudgetName"),
        "Status": "STANDBY",
    }
    same = ("NotificationType", "ActionType", "ActionThreshold", "Definition")
    if any(all(old[field] == action[field] for field in same) for old in _actions(budget)):
        raise DuplicateRecordException("budget action", action["BudgetName"])
    _actions(budget).append(action)
    tags = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags") or []}
    _all_tags(self.backend)[_action_tags_key(action)] = tags
    return _answer(self, ActionId=action["ActionId"])


def describe_budget_action(self: Any) -> str:
    """DescribeBudgetAction."""
    return _answer(self, Action=_action(self))


def describe_budget_actions_for_budget(self: Any) -> str:
    """DescribeBudgetActionsForBudget, all on one page."""
    return json.dumps({"Actions": _actions(_budget(self))})


def update_budget_action(self: Any) -> str:
    """UpdateBudgetAction: given fields replace the old ones; the type does not change."""
    action = _action(self)
    old = deepcopy(action)
    for name in ACTION_FIELDS:
        if name != "ActionType" and self._get_param(name) is not None:
            action[name] = deepcopy(self._get_param(name))
    return _answer(self, OldAction=old, NewAction=action)


def delete_budget_action(self: Any) -> str:
    """DeleteBudgetAction."""
    action = _action(self)
    _actions(_budget(self)).remove(action)
    _all_tags(self.backend).pop(_action_tags_key(action), None)
    return _answer(self, Action=action)


def tag_resource(self: Any) -> str:
    """TagResource, for budgets and actions."""
    tags = _tags_of_arn(self)
    tags.update({tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")})
    return "{}"


def untag_resource(self: Any) -> str:
    """UntagResource, for budgets and actions."""
    tags = _tags_of_arn(self)
    for key in self._get_param("ResourceTagKeys"):
        tags.pop(key, None)
    return "{}"


def list_tags_for_resource(self: Any) -> str:
    """ListTagsForResource, for budgets and actions."""
    tags = _tags_of_arn(self)
    return json.dumps({"ResourceTags": [{"Key": k, "Value": v} for k, v in tags.items()]})


OPERATIONS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        update_budget,
        update_notification,
        describe_subscribers_for_notification,
        create_subscriber,
        update_subscriber,
        delete_subscriber,
        create_budget_action,
        describe_budget_action,
        describe_budget_actions_for_budget,
        update_budget_action,
        delete_budget_action,
        tag_resource,
        untag_resource,
        list_tags_for_resource,
    )
}


#: The fields of its request that CreateBudgetAction stores.
ACTION_FIELDS = (
    "NotificationType",
    "ActionType",
    "ActionThreshold",
    "Definition",
    "ExecutionRoleArn",
    "ApprovalModel",
    "Subscribers",
)


def list_cost_allocation_tags(self: Any) -> str:
    """ListCostAllocationTags: only keys that were (de)activated; AWS lists all keys in bills."""
    keys, status = self._get_param("TagKeys"), self._get_param("Status")
    tags = [
        {"TagKey": key, "Type": "UserDefined", **state}
        for key, state in sorted(_cost_tags(self).items())
        if (keys is None or key in keys) and status in (None, state["Status"])
    ]
    return json.dumps({"CostAllocationTags": tags})


def update_cost_allocation_tags_status(self: Any) -> str:
    """UpdateCostAllocationTagsStatus; unlike AWS, it accepts a key that was never in a bill."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for entry in self._get_param("CostAllocationTagsStatus"):
        _cost_tags(self)[entry["TagKey"]] = {"Status": entry["Status"], "LastUpdatedDate": now}
    return json.dumps({"Errors": []})


COST_EXPLORER_OPERATIONS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (list_cost_allocation_tags, update_cost_allocation_tags_status)
}


def _cost_tags(response: Any) -> dict[str, dict[str, str]]:
    """Status by tag key; stored on the backend, so that a moto reset clears it."""
    tags: dict[str, dict[str, str]] = response.ce_backend.__dict__.setdefault(_COST_TAGS, {})
    return tags


def _create_with_tags(original: Callable[..., str]) -> Callable[..., str]:
    def create_budget(self: Any) -> str:
        answer = original(self)
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags") or []}
        _all_tags(self.backend)[self._get_param("Budget")["BudgetName"]] = tags
        return answer

    return create_budget


def _delete_with_tags(original: Callable[..., str]) -> Callable[..., str]:
    def delete_budget(self: Any) -> str:
        answer = original(self)
        name = self._get_param("BudgetName")
        for key in [key for key in _all_tags(self.backend) if key.split("/")[0] == name]:
            _all_tags(self.backend).pop(key)
        return answer

    return delete_budget


def _describe_with_filter_if_asked(original: Callable[..., str]) -> Callable[..., str]:
    """Omit FilterExpression unless ShowFilterExpression is true, as AWS does."""

    def describe_budget(self: Any) -> str:
        answer = original(self)
        if self._get_param("ShowFilterExpression"):
            return answer
        budget = json.loads(answer)["Budget"]
        budget.pop("FilterExpression", None)
        return json.dumps({"Budget": budget})

    return describe_budget


def _describe_of_known_budget(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return NotFoundException for a budget that does not exist, as AWS does; moto returns 500."""

    def describe_notifications_for_budget(self: Any, account_id: str, budget_name: str) -> Any:
        self.describe_budget(account_id, budget_name)
        return original(self, account_id, budget_name)

    return describe_notifications_for_budget


def _budget(response: Any, name: str | None = None) -> Any:
    account, name = response._get_param("AccountId"), name or response._get_param("BudgetName")
    response.backend.describe_budget(account, name)  # raises AWS's error if there is none
    return response.backend.budgets[account][name]


def _actions(budget: Any) -> list[dict[str, Any]]:
    """The actions of a budget; they are deleted with it."""
    actions: list[dict[str, Any]] = budget.__dict__.setdefault(_ACTIONS, [])
    return actions


def _action(response: Any) -> dict[str, Any]:
    action_id = response._get_param("ActionId")
    for action in _actions(_budget(response)):
        if action["ActionId"] == action_id:
            return action
    raise NotFoundException(f"Unable to find the action {action_id} - it doesn't exist.")


def _action_tags_key(action: dict[str, Any]) -> str:
    return f"{action['BudgetName']}/action/{action['ActionId']}"


def _answer(response: Any, **fields: Any) -> str:
    target = {name: response._get_param(name) for name in ("AccountId", "BudgetName")}
    return json.dumps(target | fields)


def _notification(response: Any) -> Any:
    return _find(_budget(response).notifications, response._get_param("Notification"))


def _find(notifications: list[Any], details: dict[str, Any]) -> Any:
    for notification in notifications:
        if _same(notification.details, details):
            return notification
    raise NotFoundException("Unable to find the notification - it doesn't exist.")


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether both name the same notification: PERCENTAGE is the default type, state ignored."""

    def identity(details: dict[str, Any]) -> tuple[Any, ...]:
        return (
            details["NotificationType"],
            details["ComparisonOperator"],
            float(details["Threshold"]),
            details.get("ThresholdType", "PERCENTAGE"),
        )

    return identity(a) == identity(b)


def _no_subscriber(subscriber: dict[str, str]) -> Exception:
    error: Exception = NotFoundException(
        f"Unable to find the subscriber {subscriber.get('Address')} - it doesn't exist."
    )
    return error


def _all_tags(backend: Any) -> dict[str, dict[str, str]]:
    """Tags by budget name or `<name>/action/<id>`; on the backend, so that a reset clears them."""
    tags: dict[str, dict[str, str]] = backend.__dict__.setdefault(_TAGS, {})
    return tags


def _tags_of_arn(response: Any) -> dict[str, str]:
    """The tags of `arn:aws:budgets::<account>:budget/<name>[/action/<id>]`."""
    arn: str = response._get_param("ResourceARN")
    account, key = arn.split(":")[4], arn.partition(":budget/")[2]
    name, _, action_id = key.partition("/action/")
    response.backend.describe_budget(account, name)
    budget = response.backend.budgets[account][name]
    if action_id and not any(action["ActionId"] == action_id for action in _actions(budget)):
        raise NotFoundException(f"Unable to find {arn} - it doesn't exist.")
    return _all_tags(response.backend).setdefault(key, {})
