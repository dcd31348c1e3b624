"""A budget is read, written and changed in place by as few calls as can be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    api as budget_api,
)

WANTED = {
    "limit_usd": 25.0,
    "time_unit": "MONTHLY",
    "filter_tags": {"Project": "p", "Environment": "dev"},
    "notifications": {"ACTUAL 80": ["a@example.org"]},
    "tags": {"Owner": "me"},
    "other": {},
}


class Recorder:
    """Stands for the client: remembers every call, answers from `answers`."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return self.answers.get(name, {})

        return call


def update(found: dict[str, Any], wanted: dict[str, Any], *notifications: dict[str, Any]) -> Any:
    found = WANTED | found
    subscribers = [address for told in found["notifications"].values() for address in told]
    client = Recorder(
        describe_notifications_for_budget={
            "Notifications": notifications
            or [budget_api.notification_of(text) for text in found["notifications"]]
        },
        describe_subscribers_for_notification={
            "Subscribers": [{"Address": address} for address in subscribers]
        },
        list_tags_for_resource={
            "ResourceTags": [{"Key": key, "Value": value} for key, value in found["tags"].items()]
        },
    )
    budget_api.update(client, "1", "aws", "b", found, WANTED | wanted)
    return [call for call in client.calls if not call[0].startswith(("describe", "list"))]


def test_nothing_to_change_is_no_call() -> None:
    assert update({}, {}) == []


def test_the_amount_changes_in_place() -> None:
    [(name, arguments)] = update({"limit_usd": 9999.0}, {})

    assert name == "update_budget"
    assert arguments["NewBudget"]["BudgetLimit"] == {"Amount": "25.00", "Unit": "USD"}


def test_an_amount_is_written_with_all_its_digits() -> None:
    amounts = {
        limit: budget_api.definition("b", WANTED | {"limit_usd": limit})["BudgetLimit"]["Amount"]
        for limit in (1_000_000.0, 123_456.79)
    }

    assert amounts == {1_000_000.0: "1000000.00", 123_456.79: "123456.79"}


def test_a_new_address_comes_before_the_old_one_goes() -> None:
    calls = update({"notifications": {"ACTUAL 80": ["old@example.org"]}}, {})

    assert [(name, c["Subscriber"]["Address"]) for name, c in calls] == [
        ("create_subscriber", "a@example.org"),
        ("delete_subscriber", "old@example.org"),
    ]


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (["arn:aws:sns:r:1:theirs"], ["arn:aws:sns:r:1:ours"]),
        ([f"{n}@old.org" for n in range(6)], [f"{n}@new.org" for n in range(6)]),
    ],
)
def test_where_there_is_no_room_for_both_the_notification_is_made_anew(
    there: list[str], wanted: list[str]
) -> None:
    calls = update(
        {"notifications": {"ACTUAL 80": there}}, {"notifications": {"ACTUAL 80": wanted}}
    )

    assert [name for name, _unused in calls] == ["delete_notification", "create_notification"]
    assert [s["Address"] for s in calls[1][1]["Subscribers"]] == wanted


def test_a_notification_is_deleted_as_it_was_read() -> None:
    read = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 5.0}

    calls = update(
        {"notifications": {"ACTUAL 5": ["x@y.z"]}}, {}, read | {"NotificationState": "OK"}
    )

    # After the new ones: nobody is ever without an alert.
    assert calls[0][0] == "create_notification"
    assert calls[-1] == (
        "delete_notification",
        {"AccountId": "1", "BudgetName": "b", "Notification": read},
    )


def test_tags_are_added_and_removed() -> None:
    calls = update({"tags": {"Rogue": "x"}}, {})

    assert calls == [
        (
            "untag_resource",
            {"ResourceARN": "arn:aws:budgets::1:budget/b", "ResourceTagKeys": ["Rogue"]},
        ),
        (
            "tag_resource",
            {
                "ResourceARN": "arn:aws:budgets::1:budget/b",
                "ResourceTags": [{"Key": "Owner", "Value": "me"}],
            },
        ),
    ]


def test_a_new_budget_is_one_call() -> None:
    client = Recorder()

    budget_api.create(client, "1", "b", WANTED)

    [(name, arguments)] = client.calls
    assert name == "create_budget"
    [told] = arguments["NotificationsWithSubscribers"]
    assert told["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "a@example.org"}]
    assert arguments["ResourceTags"] == [{"Key": "Owner", "Value": "me"}]


def test_costs_count_that_carry_all_the_tags() -> None:
    expression = budget_api.filter_expression(WANTED["filter_tags"])  # type: ignore[arg-type]

    assert [term["Tags"]["Key"] for term in expression["And"]] == ["Environment", "Project"]
    assert budget_api.filter_tags(expression) == WANTED["filter_tags"]


def test_a_default_that_aws_spells_out_is_no_difference() -> None:
    tag = {"Key": "Project", "Values": ["p"]}

    assert budget_api.filter_tags({"Tags": tag | {"MatchOptions": ["EQUALS"]}}) == {"Project": "p"}


def test_the_filter_is_asked_for() -> None:
    client = Recorder(describe_budget={"Budget": {"TimeUnit": "MONTHLY"}})

    budget_api.describe(client, "1", "aws", "b")

    assert client.calls[0][1]["ShowFilterExpression"] is True


@pytest.mark.parametrize(
    "foreign",
    [
        {"Dimensions": {"Key": "SERVICE", "Values": ["EC2"]}},
        {"Tags": {"Key": "Project", "Values": ["p"], "MatchOptions": ["STARTS_WITH"]}},
    ],
)
def test_a_foreign_filter_is_shown_whole(foreign: dict[str, Any]) -> None:
    assert budget_api.filter_tags(foreign) == {"expression": foreign}


def test_a_budget_over_everything_has_no_filter() -> None:
    assert "FilterExpression" not in budget_api.definition("b", WANTED | {"filter_tags": {}})


@pytest.mark.parametrize(
    "label",
    ["ACTUAL 80", "FORECASTED 100", "ACTUAL 12.5", "ACTUAL 5 LESS_THAN", "ACTUAL 9 ABSOLUTE_VALUE"],
)
def test_a_label_says_all_of_a_notification(label: str) -> None:
    assert budget_api.label(budget_api.notification_of(label)) == label


def test_an_sns_topic_is_no_mail_address() -> None:
    client = Recorder()
    topic = "arn:aws:sns:us-east-1:1:t"

    budget_api.create(client, "1", "b", WANTED | {"notifications": {"ACTUAL 80": [topic]}})

    [told] = client.calls[0][1]["NotificationsWithSubscribers"]
    assert told["Subscribers"] == [{"SubscriptionType": "SNS", "Address": topic}]
