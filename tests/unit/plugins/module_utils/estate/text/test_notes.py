"""What a person should know besides the changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine import compare
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    Facts,
    Found,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text import notes


@pytest.mark.parametrize(
    ("change", "pair_exists", "expected"),
    [
        ({"allowed_cidrs": ()}, False, "hosts accept no connection: set allowed_cidrs."),
        ({"budget_alert_emails": ()}, False, "nobody gets the budget alerts."),
        ({}, False, "does not exist yet and will be created."),
        ({}, True, "exists, but its private key is not at"),
    ],
)
def test_what_a_person_should_know_is_a_note(
    inputs: Inputs, facts: Facts, change: dict[str, object], pair_exists: bool, expected: str
) -> None:
    pair = [Found("key_pair", inputs.stem, inputs.stem, {})] if pair_exists else []

    told = notes.deploy(replace(inputs, **change), facts, pair)  # type: ignore[arg-type]

    assert any(expected in note for note in told)


def test_when_all_is_known_there_is_no_note(inputs: Inputs, facts: Facts) -> None:
    assert notes.deploy(inputs, replace(facts, public_key="ssh-ed25519 AAAA"), []) == []


@pytest.mark.parametrize(
    ("action", "reason", "expected"),
    [
        (
            "keep",
            "holds 1 object version",
            ["data is kept; -e destroy_data=acme-heart deletes it too."],
        ),
        (
            "unmanaged",
            compare.UNMANAGED,
            ["unmanaged resources are kept; deploy.yml would adopt them."],
        ),
        ("unmanaged", "belongs to another environment (Project=alpha)", []),
    ],
)
def test_a_teardown_says_why_something_stays(
    inputs: Inputs, facts: Facts, action: str, reason: str, expected: list[str]
) -> None:
    kept = Plan([Change(action, "bucket", "logs", "b", "storage", "b", reason)], {}, {})

    assert notes.destroy(inputs, facts, kept) == expected


def test_no_prefix_destroys_a_key_that_stays_for_somebody_elses_bucket(
    inputs: Inputs, facts: Facts
) -> None:
    bucket = Change("unmanaged", "bucket", "old", "old", "storage", "old", compare.UNMANAGED)
    key = Change("keep", "kms_key", "main", "k", "security", "k", "objects in old may need it")

    told = notes.destroy(inputs, facts, Plan([bucket, key], {}, {}))

    assert not [note for note in told if "destroy_data" in note]
