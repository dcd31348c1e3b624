"""The plan as a person reads it."""

from __future__ import annotations

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    Change,
    FieldChange,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.report import (
    lines,
    receipt,
    shown,
    summary,
)


def change(action: str, family: str = "network", **more: object) -> Change:
    return Change(action, "net", "main", "n", family, **more)  # type: ignore[arg-type]


def test_a_plan_is_grouped_by_family_and_ends_with_its_sum() -> None:
    plan = Plan(
        [
            change("create", "network", fields=[FieldChange("cidr", None, "10.0.0.0/16")]),
            change("create", "storage"),
            change("create", "network"),
        ],
        {},
        {},
    )

    assert lines(plan, "Title", ["mind this."]) == [
        "Title",
        "",
        "network",
        "  + net main: n",
        "      cidr: 10.0.0.0/16",
        "  + net main: n",
        "",
        "storage",
        "  + net main: n",
        "",
        "Note: mind this.",
        "",
        "Plan: 3 to create, 0 to change, 0 to destroy",
    ]


def test_an_update_shows_each_field_with_its_sign() -> None:
    fields = [
        FieldChange("dns", False, True),
        FieldChange("ingress", {"port": 22, "cidr": "0.0.0.0/0"}, None),
        FieldChange("tags.Owner", None, "me"),
    ]
    plan = Plan([change("update", id="net-1", fields=fields)], {}, {})

    assert lines(plan, "")[3:7] == [
        "  ~ net main: n (net-1)",
        "      ~ dns: no -> yes",
        "      - ingress: port=22 cidr=0.0.0.0/0",
        "      + tags.Owner: me",
    ]


def test_an_unwanted_thing_says_why_it_stays() -> None:
    plan = Plan([Change("unwanted", "host", "i-9", "h", "compute", "i-9", "kept")], {}, {})

    assert "  ! host: h (i-9): kept" in lines(plan, "")
    assert summary(plan).endswith(", 1 ours but not wanted")


def test_a_long_policy_is_told_by_its_statements_unless_all_is_asked_for() -> None:
    policy = {"Statement": [{"Sid": "One", "Action": ["a" * 99]}, {"Sid": "Two"}]}

    assert shown(policy) == "policy with One, Two"
    assert "a" * 99 in shown(policy, full=True)


def test_values_read_like_words() -> None:
    assert [shown(v) for v in (True, None, 25.0, 0.5, 1e6, [], {}, ["a", "b"])] == [
        "yes",
        "none",
        "25",
        "0.5",
        "1000000",
        "none",
        "none",
        "[a, b]",
    ]


def test_the_receipt_names_what_is_left() -> None:
    kept = Plan([change("keep", id="n", reason="holds 2 object versions")], {}, {})

    assert receipt(kept, "123") == [
        "Left in account 123:",
        "  = net main: n: holds 2 object versions",
    ]
    assert receipt(Plan([], {}, {}), "123") == ["Nothing of it is left in account 123."]
