"""A budget that filters by a tag counts nothing until the tag is active: that is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import cost_tags
from botocore.exceptions import ClientError, EndpointConnectionError


class Account:
    """Stands for cloud and client; `answer` is what Cost Explorer says, or raises."""

    partition = "aws"

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def client(self, service: str, region: str) -> Account:
        self.asked.append((service, region))
        return self

    def list_cost_allocation_tags(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"CostAllocationTags": self.answer}


def tag(key: str, status: str) -> dict[str, str]:
    return {"TagKey": key, "Status": status, "Type": "UserDefined"}


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        ([tag("Project", "Active"), tag("Environment", "Active")], []),
        ([tag("Project", "Active"), tag("Environment", "Inactive")], ["Environment"]),
        ([], ["Environment", "Project"]),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "List"), None),
        (EndpointConnectionError(endpoint_url="https://ce"), None),
    ],
)
def test_keys_that_are_not_active(answer: Any, keys: list[str] | None) -> None:
    account = Account(answer)

    assert cost_tags.inactive(account) == keys  # type: ignore[arg-type]
    assert account.asked[0] == ("ce", "us-east-1")
    assert account.asked[1]["TagKeys"] == ["Environment", "Project"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (None, ""),
        ([], ""),
        (["Project"], "the cost allocation tag Project is not active"),
        (["A", "B"], "the cost allocation tags A and B are not active"),
    ],
)
def test_the_plan_says_so(keys: list[str] | None, text: str) -> None:
    told = cost_tags.note(keys)

    assert (text in told) if text else told == ""
