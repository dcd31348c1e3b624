"""Rules of AWS Budgets.

Source: Budgets API Reference, "CreateBudget"; Cost Management User Guide, "Quotas and
restrictions": a notification has at most ten email addresses and one SNS topic.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.api.errors import Refused

_SUBSCRIBERS = {"EMAIL": 10, "SNS": 1}
_NEW, _OLD = ("FilterExpression", "Metrics"), ("CostFilters", "CostTypes")


def create(_response: Any, parameters: Mapping[str, Any]) -> None:
    """CreateBudget."""
    _budget(parameters["Budget"])
    for notification in parameters.get("NotificationsWithSubscribers", []):
        _subscribers(notification["Subscribers"])


def update(_response: Any, parameters: Mapping[str, Any]) -> None:
    """UpdateBudget."""
    _budget(parameters["NewBudget"])


def notification(_response: Any, parameters: Mapping[str, Any]) -> None:
    """CreateNotification."""
    _subscribers(parameters["Subscribers"])


def subscriber(response: Any, parameters: Mapping[str, Any]) -> None:
    """CreateSubscriber: the rule applies to existing and new subscribers together."""
    budget = response.backend.budgets[parameters["AccountId"]].get(parameters["BudgetName"])
    wanted = parameters["Notification"]
    for one in budget.notifications if budget else ():
        same = all(one.details.get(name) == value for name, value in wanted.items())
        if same and parameters["Subscriber"] not in one.subscribers:
            _subscribers([*one.subscribers, parameters["Subscriber"]])


def _budget(budget: Mapping[str, Any]) -> None:
    if any(budget.get(name) for name in _NEW) and any(budget.get(name) for name in _OLD):
        raise Refused(
            "InvalidParameterException",
            "Either FilterExpression and Metrics or CostFilters and CostTypes can be specified, "
            "not both or a different combination.",
        )
    if budget.get("BudgetLimit") and budget.get("PlannedBudgetLimits"):
        raise Refused(
            "InvalidParameterException",
            "Only one of BudgetLimit or PlannedBudgetLimits can be specified.",
        )


def _subscribers(subscribers: Sequence[Mapping[str, Any]]) -> None:
    for kind, most in _SUBSCRIBERS.items():
        count = sum(one["SubscriptionType"] == kind for one in subscribers)
        if count > most:
            raise Refused(
                "CreationLimitExceededException",
                f"A notification can have at most {most} {kind} subscribers, not {count}.",
            )


RULES = {
    "CreateBudget": create,
    "UpdateBudget": update,
    "CreateNotification": notification,
    "CreateSubscriber": subscriber,
}
