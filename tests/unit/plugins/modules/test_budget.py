"""The module `budget`: what it calls, and that it calls nothing in check mode."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.modules import budget
from botocore.exceptions import ClientError

PARAMS = {
    "name": "b",
    "state": "present",
    "limit_usd": 25.0,
    "time_unit": "MONTHLY",
    "filter_tags": {},
    "notifications": {"ACTUAL 80.0": ["b@example.org", "a@example.org"]},
    "tags": {},
}


class Account:
    """Stands for cloud and client of one account with at most one budget."""

    account_id, partition = "1", "aws"

    def __init__(self, limit: str | None) -> None:
        self.limit = limit
        self.calls: list[str] = []

    def client(self, service: str) -> Account:
        return self

    def identify(self) -> None:
        """Known already."""

    def describe_budget(self, **_: Any) -> Any:
        if self.limit is None:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "DescribeBudget")
        return {"Budget": {"TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": self.limit}}}

    def describe_notifications_for_budget(self, **_: Any) -> Any:
        return {"Notifications": [{"NotificationType": "ACTUAL", "Threshold": 80.0}]}

    def describe_subscribers_for_notification(self, **_: Any) -> Any:
        return {"Subscribers": [{"Address": "a@example.org"}, {"Address": "b@example.org"}]}

    def list_tags_for_resource(self, **_: Any) -> Any:
        return {"ResourceTags": []}

    def __getattr__(self, name: str) -> Any:
        return lambda **_: self.calls.append(name)


class Module:
    def __init__(self, check_mode: bool, **params: Any) -> None:
        self.params = PARAMS | params
        self.check_mode = check_mode


@pytest.mark.parametrize(
    ("limit", "params", "calls"),
    [
        (None, {}, ["create_budget"]),
        ("25.0", {}, []),
        ("9999", {}, ["update_budget"]),
        ("25.0", {"state": "absent"}, ["delete_budget"]),
        (None, {"state": "absent"}, []),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_the_budget_is_brought_to_what_was_asked_for(
    limit: str | None, params: dict[str, Any], calls: list[str], check_mode: bool
) -> None:
    account = Account(limit)

    result = budget.ensure(Module(check_mode, **params), account)  # type: ignore[arg-type]

    assert result["changed"] is bool(calls)
    assert account.calls == ([] if check_mode else calls)


def test_what_there_is_no_option_for_is_removed() -> None:
    account = Account("25.0")
    account.describe_budget = lambda **_: {  # type: ignore[method-assign]
        "Budget": {
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "25.0"},
            "AutoAdjustData": {"AutoAdjustType": "FORECAST"},
        }
    }

    assert budget.ensure(Module(False), account)["changed"]  # type: ignore[arg-type]
    assert account.calls == ["update_budget"]


def test_the_diff_shows_both_sides() -> None:
    result = budget.ensure(Module(True), Account("9999"))  # type: ignore[arg-type]

    assert result["diff"]["before"]["limit_usd"] == 9999
    assert result["diff"]["after"]["limit_usd"] == 25
    assert result["diff"]["after"]["notifications"] == {
        "ACTUAL 80": ["a@example.org", "b@example.org"]
    }
