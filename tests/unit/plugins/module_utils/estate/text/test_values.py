"""Values in few words."""

from __future__ import annotations

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    FieldChange,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.values import (
    field_text,
    is_nothing,
    shown,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (None, "none"),
        (25.0, "25"),
        (0.5, "0.5"),
        (1e6, "1000000"),
        ([], "none"),
        ({}, "none"),
        (["a", "b"], "[a, b]"),
        ({"port": 22, "of": {"a": 1}}, "port=22 of=(a=1)"),
    ],
)
def test_values_read_like_words(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_policy_is_named_by_its_statements_unless_all_is_asked_for() -> None:
    policy = {"Statement": [{"Sid": "One", "Action": ["a" * 99]}, {"Sid": "Two"}]}

    assert shown(policy) == "policy with One, Two"
    assert "a" * 99 in shown(policy, full=True)


def test_only_what_holds_no_value_counts_as_nothing() -> None:
    assert all(is_nothing(value) for value in (None, "", [], {}, ()))
    assert not any(is_nothing(value) for value in (False, 0, 0.0, "no", [None]))


def test_a_field_that_is_only_added_or_removed_has_one_value() -> None:
    assert field_text(FieldChange("dns", False, True)) == "dns: no -> yes"
    assert field_text(FieldChange("dns", None, True)) == "dns: yes"
    assert field_text(FieldChange("dns", True, None)) == "dns: yes"
