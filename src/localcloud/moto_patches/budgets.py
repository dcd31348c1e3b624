"""The operations of AWS Budgets that moto lacks and we use.

Update of budgets, notifications and subscribers, reading of subscribers, tags, and a filter that is
shown only when it is asked for. Shapes are those of botocore's own service model (the contract
tests compare them with it).
"""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from moto.budgets.exceptions import DuplicateRecordException, NotFoundException
from moto.budgets.models import Budget, BudgetsBackend
from moto.budgets.responses import BudgetsResponse

from localcloud.moto_patches.seams import Seam, add_operation

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


def apply() -> None:
    """Add our operations to moto's Budgets, and tags to its create and delete."""
    create, delete, describe, notifications, *unchanged = SEAMS
    for seam in unchanged:
        seam.verify()
    create.replace(_create_with_tags)
    delete.replace(_delete_with_tags)
    describe.replace(_describe_with_filter_if_asked)
    notifications.replace(_describe_of_known_budget)
    for name, operation in OPERATIONS.items():
        add_operation(BudgetsResponse, name, operation)


def update_budget(self: Any) -> str:
    """UpdateBudget: replace the definition, keep notifications and tags."""
    new = deepcopy(self._get_param("NewBudget"))
    budget = _budget(self, new["BudgetName"])
    new.setdefault("TimePeriod", budget.budget["TimePeriod"])
    budget.budget = Budget(new, []).budget
    return "{}"


def update_notification(self: Any) -> str:
    """UpdateNotification: replace its details, keep its subscribers."""
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
    """UpdateSubscriber: the new one takes the old one's place."""
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


def tag_resource(self: Any) -> str:
    """TagResource, for budgets."""
    tags = _tags_of_arn(self)
    tags.update({tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")})
    return "{}"


def untag_resource(self: Any) -> str:
    """UntagResource, for budgets."""
    tags = _tags_of_arn(self)
    for key in self._get_param("ResourceTagKeys"):
        tags.pop(key, None)
    return "{}"


def list_tags_for_resource(self: Any) -> str:
    """ListTagsForResource, for budgets."""
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
        tag_resource,
        untag_resource,
        list_tags_for_resource,
    )
}


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
        _all_tags(self.backend).pop(self._get_param("BudgetName"), None)
        return answer

    return delete_budget


def _describe_with_filter_if_asked(original: Callable[..., str]) -> Callable[..., str]:
    """AWS leaves FilterExpression out unless ShowFilterExpression is true."""

    def describe_budget(self: Any) -> str:
        answer = original(self)
        if self._get_param("ShowFilterExpression"):
            return answer
        budget = json.loads(answer)["Budget"]
        budget.pop("FilterExpression", None)
        return json.dumps({"Budget": budget})

    return describe_budget


def _describe_of_known_budget(original: Callable[..., Any]) -> Callable[..., Any]:
    """moto answers 500 for a budget that does not exist; AWS says NotFoundException."""

    def describe_notifications_for_budget(self: Any, account_id: str, budget_name: str) -> Any:
        self.describe_budget(account_id, budget_name)
        return original(self, account_id, budget_name)

    return describe_notifications_for_budget


def _budget(response: Any, name: str | None = None) -> Any:
    account, name = response._get_param("AccountId"), name or response._get_param("BudgetName")
    response.backend.describe_budget(account, name)  # raises AWS's own error when there is none
    return response.backend.budgets[account][name]


def _notification(response: Any) -> Any:
    return _find(_budget(response).notifications, response._get_param("Notification"))


def _find(notifications: list[Any], details: dict[str, Any]) -> Any:
    for notification in notifications:
        if _same(notification.details, details):
            return notification
    raise NotFoundException("Unable to find the notification - it doesn't exist.")


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Two descriptions name one notification; PERCENTAGE is the default type, the state no part."""

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
    """Tags by budget name; they live on the backend, so that a reset of moto drops them too."""
    tags: dict[str, dict[str, str]] = backend.__dict__.setdefault(_TAGS, {})
    return tags


def _tags_of_arn(response: Any) -> dict[str, str]:
    """`arn:aws:budgets::<account>:budget/<name>` → that budget's tags."""
    arn: str = response._get_param("ResourceARN")
    account, name = arn.split(":")[4], arn.partition(":budget/")[2]
    response.backend.describe_budget(account, name)
    return _all_tags(response.backend).setdefault(name, {})
