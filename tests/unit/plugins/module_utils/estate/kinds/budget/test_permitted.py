"""An account that may have no budget goes without one, by an input that the error names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import Facts
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import resources
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    budget,
    budget_action,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text import notes
from botocore.exceptions import ClientError

LINKED = "Account 123456789012 is a linked account. To enable budgets for your account, ask."


@pytest.fixture
def denied(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """An account whose organisation keeps budgets for its paying account."""

    def refuse(*_unused: Any, **_also: Any) -> None:
        error = {"Code": "AccessDeniedException", "Message": LINKED}
        raise ClientError({"Error": error}, "DescribeBudget")

    monkeypatch.setattr(budget.budget_api, "describe", refuse)
    monkeypatch.setattr(cloud, "pages", refuse)
    return cloud


def test_the_error_names_the_input_and_keeps_the_words_of_aws(denied: Cloud) -> None:
    with pytest.raises(EstateError) as caught:
        budget.read(denied)

    assert LINKED.rstrip(".") in str(caught.value)
    assert str(caught.value).endswith("To go without a budget, set budget_limit_usd: 0.")


def test_without_a_budget_nothing_is_wanted_and_the_denial_is_no_error(
    denied: Cloud, facts: Facts
) -> None:
    denied.inputs = replace(denied.inputs, budget_limit_usd=0.0)

    assert budget.read(denied) == []
    assert budget_action.read(denied) == []
    assert not [r for r in resources(denied.inputs, facts) if r.kind.startswith("budget")]
    assert "budget_limit_usd is 0: there is no budget, and nobody gets an alert." in notes.deploy(
        denied.inputs, facts, []
    )


def test_another_denial_is_not_explained_away(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_unused: Any) -> None:
        error = {"Code": "AccessDeniedException", "Message": "not authorized"}
        raise ClientError({"Error": error}, "DescribeBudget")

    monkeypatch.setattr(budget.budget_api, "describe", refuse)
    with pytest.raises(ClientError):
        budget.read(cloud)
