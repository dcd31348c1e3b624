"""The plan as a person reads it."""

from __future__ import annotations

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply import Outcome
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    FieldChange,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text import report
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts


def change(action: str, family: str = "network", **more: object) -> Change:
    return Change(action, "net", "main", "n", family, **more)  # type: ignore[arg-type]


def plan(*changes: Change) -> Plan:
    return Plan(list(changes), {}, {})


def lines(plan: Plan, *notes: str, full: bool = False) -> list[str]:
    return texts(report.lines(plan, "Title", notes, full=full))


def test_a_plan_has_one_line_for_each_created_resource_and_ends_with_the_totals() -> None:
    created = plan(
        change("create", "network", fields=[FieldChange("cidr", None, "10.0.0.0/16")]),
        change("create", "storage"),
        change("create", "network"),
    )

    assert lines(created, "remember this.") == [
        "Title",
        "",
        "network",
        "  + net main: n",
        "  + net main: n",
        "",
        "storage",
        "  + net main: n",
        "",
        "Note: remember this.",
        "",
        "Plan: 3 to add, 0 to change, 0 to destroy.",
    ]


def test_diff_shows_the_fields_of_a_created_resource_but_none_that_is_empty() -> None:
    values = {"cidr": "10.0.0.0/16", "key": None, "rules": [], "other": {}, "main": False, "n": 0}
    fields = [FieldChange(name, None, value) for name, value in values.items()]

    told = lines(plan(change("create", fields=fields)), full=True)

    assert told[3:-2] == [
        "  + net main: n",
        "      cidr: 10.0.0.0/16",
        "      main: no",
        "      n: 0",
    ]


def test_an_update_always_shows_each_field_with_its_sign() -> None:
    fields = [
        FieldChange("dns", False, True),
        FieldChange("ingress", {"port": 22, "cidr": "0.0.0.0/0"}, None),
        FieldChange("tags.Owner", None, "me"),
    ]

    told = report.lines(plan(change("update", id="net-1", fields=fields)), "")[3:7]

    assert texts(told) == [
        "  ~ net main: n (net-1)",
        "      ~ dns: no -> yes",
        "      - ingress: port=22 cidr=0.0.0.0/0",
        "      + tags.Owner: me",
    ]
    assert [line["style"] for line in told] == ["update", "update", "delete", "create"]


def test_an_unmanaged_resource_says_why_it_stays_and_is_counted() -> None:
    unmanaged = plan(Change("unwanted", "host", "i-9", "h", "compute", "i-9", "kept"))

    assert "  ! host: h (i-9): kept" in lines(unmanaged)
    assert report.summary(unmanaged) == "Plan: 0 to add, 0 to change, 0 to destroy, 1 unmanaged."


@pytest.mark.parametrize(
    ("actions", "absent", "expected"),
    [
        ([], False, "Nothing to do: dev is as planned."),
        (["unwanted", "unwanted"], False, "Nothing to do: dev is as planned (2 unmanaged)."),
        ([], True, "Nothing to do: dev has nothing to destroy."),
        (["keep"], True, "Nothing to do: dev has nothing to destroy (1 kept)."),
        (["replace"], False, "Plan: 0 to add, 0 to change, 0 to destroy, 1 to replace."),
        (["delete", "keep"], True, "Plan: 0 to add, 0 to change, 1 to destroy, 1 kept."),
    ],
)
def test_the_last_line_says_what_there_is_to_do(
    actions: list[str], absent: bool, expected: str
) -> None:
    assert report.verdict(plan(*map(change, actions)), "dev", absent=absent) == expected


def test_diff_shows_long_documents_whole() -> None:
    policy = {"Version": "1", "Statement": [{"Sid": "One", "Action": ["a" * 99]}]}
    whole = lines(plan(change("create", fields=[FieldChange("policy", None, policy)])), full=True)
    differs = [FieldChange("policy.One", {"Action": ["b" * 99]}, {"Action": ["a" * 99]})]
    updated = lines(plan(change("update", fields=differs)), full=True)

    assert any(line.strip() == f'"{"a" * 99}"' for line in whole)
    signs = [line.strip()[0] for line in updated if "a" * 99 in line or "b" * 99 in line]
    assert signs == ["-", "+"]


def test_progress_says_what_was_done_and_how_far_it_is() -> None:
    good = Outcome(change("create"), "done", seconds=0.44)
    bad = Outcome(change("update"), "failed", "AWS refused it.")

    assert report.progress(good, 3, 41)["text"] == "  + 3/41 net main: created (0.4 s)"
    assert report.progress(bad, 4, 41)["text"] == "  x 4/41 net main: AWS refused it."
    assert report.progress(bad, 4, 41)["style"] == "failed"


def test_after_an_apply_the_totals_and_the_verification_are_printed() -> None:
    good, gone = Outcome(change("create"), "done"), Outcome(change("delete"), "done")

    assert texts(report.done([good, good, gone])) == [
        "",
        "2 created, 1 deleted. Verified: everything matches the plan.",
    ]


def test_what_is_waited_for_names_three_changes_and_counts_the_rest() -> None:
    assert report.waiting([change("create")]) == {"waiting": "net main"}
    assert report.waiting([change("create")] * 5) == {
        "waiting": "net main, net main, net main and 2 more"
    }


def test_a_reference_has_its_id_as_soon_as_that_is_known() -> None:
    fields = [FieldChange("vpc", None, "net/main"), FieldChange("all", None, ["net/old"])]
    referring = Plan(
        [change("create"), Change("create", "host", "one", "h", "network", fields=fields)],
        {"net/old": "net-9"},
        {},
    )

    assert lines(referring, full=True)[5:7] == [
        "      vpc: net/main (known after apply)",
        "      all: [net/old (net-9)]",
    ]
