"""What is printed before a host is launched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts
from ansible_collections.cardiology.cloud.plugins.module_utils.launch import end, report

INPUTS = {
    "training_count": 1,
    "training_instance_type": "t3.medium",
    "training_market": "on-demand",
    "training_after": "stop",
    "training_idle_minutes": 5,
    "training_max_hours": 24,
}
END = "  end       the host powers off after 5 idle minutes, at the latest 24 hours after its start"
BUDGET = {"limit": 25.0, "actual": 5.0}


def test_price_of_an_hour_price_of_the_limit_and_what_is_left_of_the_budget() -> None:
    assert texts(report(INPUTS, 0.05, 6, BUDGET)) == [
        "  host      1 x t3.medium, on-demand: $0.0500 an hour, $0.30 for the limit of 6 hours",
        "  budget    $25.00 a month, $5.00 spent, $20.00 left",
        END,
    ]


def test_an_unknown_price_names_the_playbook_that_reads_it() -> None:
    line, last = texts(report(INPUTS, None, 6, BUDGET))

    assert "unknown" in line
    assert "the playbook prices.yml" in line
    assert last == END


@pytest.mark.parametrize("given", [{"training_after": "keep"}, {"training_idle_minutes": 0}])
def test_a_host_that_is_kept_powers_off_in_the_end(given: Any) -> None:
    assert end({**INPUTS, **given}) == "powers off 24 hours after its start"


@pytest.mark.parametrize(
    ("budget", "warned"), [(BUDGET, False), ({"limit": 5.2, "actual": 5}, True), (None, False)]
)
def test_a_run_that_may_cost_more_than_is_left_is_a_warning(budget: Any, warned: bool) -> None:
    lines = report(INPUTS, 0.05, 6, budget)

    assert any(line["style"] == "warning" for line in lines) == warned
