# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Budgets in our words: read one, and the calls that turn one into another.

Properties of a budget, the same for the plan and for the module `budget`:
`{"limit_usd": 25.0, "time_unit": "MONTHLY", "filter_tags": {"Project": …},
"notifications": {"ACTUAL 80": ["someone@example.org"]}, "tags": {…}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cloud import absent
from .normal import tags_of

Properties = dict[str, Any]

NOT_FOUND = "NotFoundException"

#: How a tag is matched unless MatchOptions say otherwise; AWS may spell it out.
USUAL_MATCH = {"EQUALS", "CASE_SENSITIVE"}


def describe(client: Any, account_id: str, partition: str, name: str) -> Properties | None:
    """The properties of a budget, or None when there is none of that name."""
    answer = absent(
        # Without ShowFilterExpression AWS leaves the filter out of its answer.
        lambda: client.describe_budget(
            AccountId=account_id, BudgetName=name, ShowFilterExpression=True
        ),
        NOT_FOUND,
    )
    if answer is None:
        return None
    budget = answer["Budget"]
    tags = client.list_tags_for_resource(ResourceARN=arn(partition, account_id, name))
    return {
        "limit_usd": float(budget.get("BudgetLimit", {}).get("Amount", "nan")),
        "time_unit": budget["TimeUnit"],
        "filter_tags": filter_tags(budget.get("FilterExpression") or {}),
        "notifications": _notifications(client, account_id, name),
        "tags": tags_of(tags.get("ResourceTags")),
    }


def _notifications(client: Any, account_id: str, name: str) -> Properties:
    target = {"AccountId": account_id, "BudgetName": name}
    result = {}
    for notification in client.describe_notifications_for_budget(**target).get("Notifications", []):
        subscribers = client.describe_subscribers_for_notification(
            **target, Notification=identity(notification)
        )["Subscribers"]
        result[label(notification)] = sorted(s["Address"] for s in subscribers)
    return result


def arn(partition: str, account_id: str, name: str) -> str:
    """The ARN of a budget: budgets are global, so it has no region."""
    return f"arn:{partition}:budgets::{account_id}:budget/{name}"


def identity(notification: Mapping[str, Any]) -> Properties:
    """The fields that name a notification, without its state."""
    fields = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return {field: notification[field] for field in fields if field in notification}


def label(notification: Mapping[str, Any]) -> str:
    """`ACTUAL 80`; what is unusual about a notification is said behind it."""
    text = f"{notification['NotificationType']} {notification['Threshold']:g}"
    unusual = (
        ("ComparisonOperator", "GREATER_THAN"),
        ("ThresholdType", "PERCENTAGE"),
    )
    return text + "".join(
        f" {notification[field]}"
        for field, usual in unusual
        if notification.get(field, usual) != usual
    )


def notification_of(text: str) -> Properties:
    """The notification that a label names."""
    kind, threshold, *unusual = text.split()
    return {
        "NotificationType": kind,
        "Threshold": float(threshold),
        "ComparisonOperator": next(
            (word for word in unusual if word in ("LESS_THAN", "EQUAL_TO")), "GREATER_THAN"
        ),
        "ThresholdType": "ABSOLUTE_VALUE" if "ABSOLUTE_VALUE" in unusual else "PERCENTAGE",
    }


def filter_expression(tags: Mapping[str, str]) -> Properties:
    """Costs of what carries all of these tags. The older CostFilters cannot say "all of"."""
    terms = [{"Tags": {"Key": key, "Values": [value]}} for key, value in sorted(tags.items())]
    return terms[0] if len(terms) == 1 else {"And": terms}


def filter_tags(expression: Mapping[str, Any]) -> Properties:
    """The tags of an expression that `filter_expression` made; any other one is shown whole."""
    terms = expression.get("And") or ([expression] if expression else [])
    tags = {}
    for term in terms:
        tag = term.get("Tags", {})
        options = set(tag.get("MatchOptions", ()))
        if set(term) != {"Tags"} or len(tag.get("Values", [])) != 1 or options - USUAL_MATCH:
            return {"expression": dict(expression)}
        tags[tag["Key"]] = tag["Values"][0]
    return tags


def definition(name: str, wanted: Mapping[str, Any]) -> Properties:
    """The Budget structure of CreateBudget and UpdateBudget."""
    budget: Properties = {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": wanted["time_unit"],
        "BudgetLimit": {"Amount": f"{wanted['limit_usd']:.2f}", "Unit": "USD"},
    }
    if wanted["filter_tags"]:
        # Metrics goes with FilterExpression, as CostTypes went with CostFilters.
        budget["FilterExpression"] = filter_expression(wanted["filter_tags"])
        budget["Metrics"] = ["UnblendedCost"]
    return budget


def create(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Make the budget with all its notifications and tags in one call: all of it or nothing."""
    client.create_budget(
        AccountId=account_id,
        Budget=definition(name, wanted),
        NotificationsWithSubscribers=[
            {"Notification": notification_of(text), "Subscribers": _subscribers(emails)}
            for text, emails in sorted(wanted["notifications"].items())
        ],
        ResourceTags=_tag_list(wanted["tags"]),
    )


def update(
    client: Any,
    account_id: str,
    partition: str,
    name: str,
    found: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> None:
    """Change in place only what differs: the history of a budget stays."""
    target = {"AccountId": account_id, "BudgetName": name}
    if any(found[field] != wanted[field] for field in ("limit_usd", "time_unit", "filter_tags")):
        client.update_budget(AccountId=account_id, NewBudget=definition(name, wanted))
    _update_notifications(client, target, found["notifications"], wanted["notifications"])
    _update_tags(client, arn(partition, account_id, name), found["tags"], wanted["tags"])


def _update_notifications(
    client: Any, target: Properties, found: Properties, wanted: Properties
) -> None:
    # Deleted as it was read: whoever made it may have left out what has a default.
    for notification in client.describe_notifications_for_budget(**target).get("Notifications", []):
        if label(notification) not in wanted:
            client.delete_notification(**target, Notification=identity(notification))
    for text in sorted(wanted.keys() - found.keys()):
        client.create_notification(
            **target, Notification=notification_of(text), Subscribers=_subscribers(wanted[text])
        )
    for text in sorted(wanted.keys() & found.keys()):
        notification = {**target, "Notification": notification_of(text)}
        # New ones first: a notification must never be without a subscriber.
        for subscriber in _subscribers(set(wanted[text]) - set(found[text])):
            client.create_subscriber(**notification, Subscriber=subscriber)
        for subscriber in _subscribers(set(found[text]) - set(wanted[text])):
            client.delete_subscriber(**notification, Subscriber=subscriber)


def _update_tags(client: Any, resource: str, found: Properties, wanted: Properties) -> None:
    gone = sorted(found.keys() - wanted.keys())
    new = {key: value for key, value in wanted.items() if found.get(key) != value}
    if gone:
        client.untag_resource(ResourceARN=resource, ResourceTagKeys=gone)
    if new:
        client.tag_resource(ResourceARN=resource, ResourceTags=_tag_list(new))


def _subscribers(addresses: Any) -> list[dict[str, str]]:
    """Mail addresses and SNS topics as Budgets wants them."""
    return [
        {"SubscriptionType": "SNS" if address.startswith("arn:") else "EMAIL", "Address": address}
        for address in sorted(addresses)
    ]


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
