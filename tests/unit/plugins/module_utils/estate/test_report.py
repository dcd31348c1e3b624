"""The plan as a person reads it."""

from __future__ import annotations

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.apply import Outcome
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    Change,
    FieldChange,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.report import (
    done,
    lines,
    progress,
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
        "Plan: 3 to create, 0 to change, 0 to destroy, 0 not ours to keep",
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
    assert summary(plan) == "Plan: 0 to create, 0 to change, 0 to destroy, 1 not ours to keep"


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


def test_all_of_a_plan_shows_long_documents_whole() -> None:
    policy = {"Version": "1", "Statement": [{"Sid": "One", "Action": ["a" * 99]}]}
    fields = [FieldChange("policy", None, policy)]

    short = lines(Plan([change("create", fields=fields)], {}, {}), "")
    whole = lines(Plan([change("create", fields=fields)], {}, {}), "", full=True)
    differs = [FieldChange("policy.One", {"Action": ["b" * 99]}, {"Action": ["a" * 99]})]
    mended = lines(Plan([change("update", fields=differs)], {}, {}), "", full=True)

    assert "      policy: policy with One" in short
    assert any(line.strip() == f'"{"a" * 99}"' for line in whole)
    assert [line.strip()[0] for line in mended if "a" * 99 in line or "b" * 99 in line] == [
        "-",
        "+",
    ]


def test_progress_says_what_was_done_and_how_far_it_is() -> None:
    good = Outcome(change("create"), "done", seconds=0.44)
    bad = Outcome(change("update"), "failed", "AWS refused it.")

    assert progress(good, 3, 41) == "  + 3/41 net main: created, 0.4 s"
    assert progress(bad, 4, 41) == "  x 4/41 net main: AWS refused it."
    assert done([good, good, Outcome(change("delete"), "done")])[1].startswith(
        "2 created, 1 deleted; read again"
    )


def test_a_reference_has_its_id_as_soon_as_that_is_known() -> None:
    fields = [FieldChange("vpc", None, "net/main"), FieldChange("all", None, ["net/old"])]
    plan = Plan(
        [change("create"), Change("create", "host", "one", "h", "network", fields=fields)],
        {"net/old": "net-9"},
        {},
    )

    assert lines(plan, "")[5:7] == [
        "      vpc: net/main (known after apply)",
        "      all: [net/old (net-9)]",
    ]
