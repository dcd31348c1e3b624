# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Budgets in our words: read one, and the calls that turn one into another.

Properties of a budget, the same for the plan and for the module `budget`:
`{"limit_usd": 25.0, "time_unit": "MONTHLY", "filter_tags": {"Project": …},
"notifications": {"ACTUAL 80": ["someone@example.org"]}, "tags": {…}, "other": {}}`.
`other` is what the budget has and we have no word for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .cloud import absent
from .normal import tag_list, tags_of

Properties = dict[str, Any]

NOT_FOUND = "NotFoundException"

#: How a tag is matched unless MatchOptions say otherwise; AWS may spell it out.
USUAL_MATCH = {"EQUALS", "CASE_SENSITIVE"}

#: What our budgets count, and when they end: AWS's own words for "never".
METRICS = ["UnblendedCost"]
NEVER = datetime(2087, 6, 15, tzinfo=UTC)

#: Parts of a budget that change what it counts or when it counts.
PARTS = ("AutoAdjustData", "CostFilters", "PlannedBudgetLimits")


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
        "other": _other(budget),
    }


def _other(budget: Mapping[str, Any]) -> Properties:
    """What is unusual about a budget, in the words of AWS."""
    result = {part: budget[part] for part in PARTS if budget.get(part)}
    if budget.get("BudgetType", "COST") != "COST":
        result["BudgetType"] = budget["BudgetType"]
    if budget.get("Metrics") and budget["Metrics"] != METRICS:
        result["Metrics"] = budget["Metrics"]
    end = budget.get("TimePeriod", {}).get("End")
    if end is not None and end < NEVER:
        result["End"] = f"{end:%Y-%m-%d}"
    return result


def notifications_of(client: Any, target: Mapping[str, str]) -> list[Properties]:
    """Every notification of a budget: at most ten, so one page."""
    return list(client.describe_notifications_for_budget(**target).get("Notifications") or [])


def _notifications(client: Any, account_id: str, name: str) -> Properties:
    target = {"AccountId": account_id, "BudgetName": name}
    result = {}
    for notification in notifications_of(client, target):
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
        budget["Metrics"] = METRICS
    return budget


def create(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Make the budget with all its notifications and tags in one call: all of it or nothing."""
    client.create_budget(
        AccountId=account_id,
        Budget=definition(name, wanted),
        NotificationsWithSubscribers=[
            {"Notification": notification_of(text), "Subscribers": subscribers(emails)}
            for text, emails in sorted(wanted["notifications"].items())
        ],
        ResourceTags=tag_list(wanted["tags"]),
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
    if any(found[field] != wanted[field] for field in DEFINED):
        redefine(client, account_id, name, wanted)
    if found["notifications"] != wanted["notifications"]:
        renotify(client, account_id, name, wanted["notifications"])
    if found["tags"] != wanted["tags"]:
        retag(client, arn(partition, account_id, name), wanted["tags"])


#: The properties that one UpdateBudget sets, all of them at once.
DEFINED = ("limit_usd", "time_unit", "filter_tags", "other")


def redefine(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Put our definition in the place of the one that is there."""
    period = {"TimePeriod": {"End": NEVER}}
    client.update_budget(AccountId=account_id, NewBudget=definition(name, wanted) | period)


def renotify(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Bring the notifications to what is wanted."""
    target = {"AccountId": account_id, "BudgetName": name}
    there = {label(item): item for item in notifications_of(client, target)}
    # Deleted as it was read: whoever made it may have left out what has a default.
    for text in sorted(there.keys() - wanted.keys()):
        client.delete_notification(**target, Notification=identity(there[text]))
    for text in sorted(wanted.keys() - there.keys()):
        client.create_notification(
            **target, Notification=notification_of(text), Subscribers=subscribers(wanted[text])
        )
    for text in sorted(wanted.keys() & there.keys()):
        notification = target | {"Notification": identity(there[text])}
        answer = client.describe_subscribers_for_notification(**notification)
        found = {item["Address"] for item in answer["Subscribers"]}
        if _too_many(found | set(wanted[text])):
            client.delete_notification(**notification)
            client.create_notification(**notification, Subscribers=subscribers(wanted[text]))
            continue
        # New ones first: a notification must never be without a subscriber.
        for subscriber in subscribers(set(wanted[text]) - found):
            client.create_subscriber(**notification, Subscriber=subscriber)
        for subscriber in subscribers(found - set(wanted[text])):
            client.delete_subscriber(**notification, Subscriber=subscriber)


def _too_many(addresses: set[str]) -> bool:
    """Whether one notification cannot have them all: AWS takes one topic and ten addresses."""
    topics = sum(address.startswith("arn:") for address in addresses)
    return topics > 1 or len(addresses) - topics > 10


def retag(client: Any, resource: str, wanted: Mapping[str, str]) -> None:
    """Bring the tags of a budget or of an action to what is wanted."""
    answer = client.list_tags_for_resource(ResourceARN=resource)
    _update_tags(client, resource, tags_of(answer.get("ResourceTags")), dict(wanted))


def _update_tags(client: Any, resource: str, found: Properties, wanted: Properties) -> None:
    gone = sorted(found.keys() - wanted.keys())
    new = {key: value for key, value in wanted.items() if found.get(key) != value}
    if gone:
        client.untag_resource(ResourceARN=resource, ResourceTagKeys=gone)
    if new:
        client.tag_resource(ResourceARN=resource, ResourceTags=tag_list(new))


def subscribers(addresses: Any) -> list[dict[str, str]]:
    """Mail addresses and SNS topics as Budgets wants them."""
    return [
        {"SubscriptionType": "SNS" if address.startswith("arn:") else "EMAIL", "Address": address}
        for address in sorted(addresses)
    ]
