# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Budgets: read a budget as plain properties, create it and update it.

Properties of a budget, the same for the plan and for the module `budget`:
`{"limit_usd": 25.0, "time_unit": "MONTHLY", "filter_tags": {"Project": …},
"notifications": {"ACTUAL 80": ["someone@example.org"]}, "tags": {…}, "other": {}}`.
`other` holds unusual settings that are not modelled, as AWS returns them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ...engine.cloud import absent, concurrently
from ...engine.tags import bring, tag_list, tags_of

Properties = dict[str, Any]

NOT_FOUND = "NotFoundException"

#: The default MatchOptions of a tag, which AWS may return explicitly.
USUAL_MATCH = {"EQUALS", "CASE_SENSITIVE"}

#: The metrics of our budgets, and their end date, which is AWS's value for "never".
METRICS = ["UnblendedCost"]
NEVER = datetime(2087, 6, 15, tzinfo=UTC)

#: Fields of a budget that change what is counted, or when.
PARTS = ("AutoAdjustData", "CostFilters", "PlannedBudgetLimits")


def describe(client: Any, account_id: str, partition: str, name: str) -> Properties | None:
    """The properties of a budget, or None if there is none with that name."""
    answer = absent(
        # Without ShowFilterExpression, AWS omits the filter.
        lambda: client.describe_budget(
            AccountId=account_id, BudgetName=name, ShowFilterExpression=True
        ),
        NOT_FOUND,
    )
    if answer is None:
        return None
    budget = answer["Budget"]
    reads: tuple[Callable[[], Any], ...] = (
        lambda: client.list_tags_for_resource(ResourceARN=arn(partition, account_id, name)),
        lambda: _notifications(client, account_id, name),
    )
    tags, notifications = concurrently(lambda read: read(), reads)
    return {
        "limit_usd": float(budget.get("BudgetLimit", {}).get("Amount", "nan")),
        "time_unit": budget["TimeUnit"],
        "filter_tags": filter_tags(budget.get("FilterExpression") or {}),
        "notifications": notifications,
        "tags": tags_of(tags.get("ResourceTags")),
        "other": _other(budget),
    }


def _other(budget: Mapping[str, Any]) -> Properties:
    """The unusual settings of a budget, in AWS's form."""
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
    """All notifications of a budget: at most ten, so one page."""
    return list(client.describe_notifications_for_budget(**target).get("Notifications") or [])


def _notifications(client: Any, account_id: str, name: str) -> Properties:
    target = {"AccountId": account_id, "BudgetName": name}

    def subscribers(notification: Properties) -> list[str]:
        answer = client.describe_subscribers_for_notification(
            **target, Notification=identity(notification)
        )
        return sorted(subscriber["Address"] for subscriber in answer["Subscribers"])

    found = notifications_of(client, target)
    addresses = concurrently(subscribers, found)
    return {label(one): known for one, known in zip(found, addresses, strict=True)}


def arn(partition: str, account_id: str, name: str) -> str:
    """The ARN of a budget, without a region because budgets are global."""
    return f"arn:{partition}:budgets::{account_id}:budget/{name}"


def identity(notification: Mapping[str, Any]) -> Properties:
    """The fields that identify a notification, without its state."""
    fields = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return {field: notification[field] for field in fields if field in notification}


def label(notification: Mapping[str, Any]) -> str:
    """A notification as text, such as `ACTUAL 80`; non-default settings are appended."""
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
    """The notification that a label describes; the inverse of `label`."""
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
    """A filter on costs with all of these tags. The older CostFilters cannot express "all of"."""
    terms = [{"Tags": {"Key": key, "Values": [value]}} for key, value in sorted(tags.items())]
    return terms[0] if len(terms) == 1 else {"And": terms}


def filter_tags(expression: Mapping[str, Any]) -> Properties:
    """The tags of an expression made by `filter_expression`; any other one is returned whole."""
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
        # FilterExpression requires Metrics, as CostFilters used CostTypes.
        budget["FilterExpression"] = filter_expression(wanted["filter_tags"])
        budget["Metrics"] = METRICS
    return budget


def create(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Create the budget with all notifications and tags in one call: all or nothing."""
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
    """Change only what differs, in place, so that the budget keeps its history."""
    if any(found[field] != wanted[field] for field in DEFINED):
        redefine(client, account_id, name, wanted)
    if found["notifications"] != wanted["notifications"]:
        renotify(client, account_id, name, wanted["notifications"])
    if found["tags"] != wanted["tags"]:
        retag(client, arn(partition, account_id, name), found["tags"], wanted["tags"])


#: The properties that UpdateBudget sets, all at once.
DEFINED = ("limit_usd", "time_unit", "filter_tags", "other")


def redefine(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Replace the budget's definition with ours."""
    period = {"TimePeriod": {"End": NEVER}}
    client.update_budget(AccountId=account_id, NewBudget=definition(name, wanted) | period)


def renotify(client: Any, account_id: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Change the notifications to the desired ones."""
    target = {"AccountId": account_id, "BudgetName": name}
    there = {label(item): item for item in notifications_of(client, target)}
    for text in sorted(wanted.keys() - there.keys()):
        client.create_notification(
            **target, Notification=notification_of(text), Subscribers=subscribers(wanted[text])
        )
    # Delete it with the fields as read: fields with a default may have been omitted at creation.
    for text in sorted(there.keys() - wanted.keys()):
        client.delete_notification(**target, Notification=identity(there[text]))
    for text in sorted(wanted.keys() & there.keys()):
        notification = target | {"Notification": identity(there[text])}
        answer = client.describe_subscribers_for_notification(**notification)
        found = {item["Address"] for item in answer["Subscribers"]}
        if _too_many(found | set(wanted[text])):
            client.delete_notification(**notification)
            client.create_notification(**notification, Subscribers=subscribers(wanted[text]))
            continue
        # Add first: a notification must always have a subscriber.
        for subscriber in subscribers(set(wanted[text]) - found):
            client.create_subscriber(**notification, Subscriber=subscriber)
        for subscriber in subscribers(found - set(wanted[text])):
            client.delete_subscriber(**notification, Subscriber=subscriber)


def _too_many(addresses: set[str]) -> bool:
    """Whether one notification cannot hold them all: AWS allows one topic and ten addresses."""
    topics = sum(address.startswith("arn:") for address in addresses)
    return topics > 1 or len(addresses) - topics > 10


def retag(client: Any, resource: str, found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Change the tags of a budget or of an action to the desired ones."""
    bring(
        found,
        wanted,
        untag=lambda keys: client.untag_resource(ResourceARN=resource, ResourceTagKeys=keys),
        tag=lambda tags: client.tag_resource(ResourceARN=resource, ResourceTags=tag_list(tags)),
    )


def subscribers(addresses: Any) -> list[dict[str, str]]:
    """Email addresses and SNS topics as Budgets subscribers."""
    return [
        {"SubscriptionType": "SNS" if address.startswith("arn:") else "EMAIL", "Address": address}
        for address in sorted(addresses)
    ]
