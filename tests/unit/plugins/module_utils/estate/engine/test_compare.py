"""The comparison: what differs, field by field, and what each difference asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.charges import FREE
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    FOR_OLDER_DATA,
    UNMANAGED,
    differences,
    plan_absent,
    plan_present,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    UNKNOWN,
    Change,
    Found,
    Kind,
    Plan,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.tags import (
    NOBODY,
    OURS,
)


def setters(*properties: str) -> dict[str, Any]:
    return dict.fromkeys(properties, lambda cloud, target: None)


NET = Kind(
    "net", "network", lambda i, f: [], lambda c: [], (), FREE, setters=setters("dns", "tags")
)
HOST = Kind(
    "host", "compute", lambda i, f: [], lambda c: [], (), FREE, setters=setters("net", "profile")
)
KEY = Kind("key", "storage", lambda i, f: [], lambda c: [], (), FREE, opens_data=True)
BOX = Kind("box", "storage", lambda i, f: [], lambda c: [], (), FREE)
RUN = Kind("run", "compute", lambda i, f: [], lambda c: [], (), FREE, of_runs=True)
WHOLE = Kind("whole", "audit", lambda i, f: [], lambda c: [], (), FREE, of_account=True)
KINDS = (NET, HOST, KEY, BOX, RUN, WHOLE)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", 1, 2)]),
        ({"a": {}}, {"a": {"b": 2}}, [("a.b", None, 2)]),
        ({"a": {"b": 2}}, {"a": {}}, [("a.b", 2, None)]),
        ({"a": None}, {"a": {"b": 2}}, [("a", None, {"b": 2})]),
        ({"a": [1, 2]}, {"a": [2, 1]}, []),
        ({"a": [1]}, {"a": [1, 1]}, [("a", None, 1)]),
        ({"a": [{"p": 22}]}, {"a": []}, [("a", {"p": 22}, None)]),
        ({"a": [{"p": 22, "q": 1}]}, {"a": [{"q": 1, "p": 22}]}, []),
        ({"a": 1}, {"a": UNKNOWN}, []),
        ({"a": True}, {"a": "true"}, [("a", True, "true")]),
    ],
)
def test_differences_are_the_deepest_fields(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, Any, Any]]
) -> None:
    assert [(c.path, c.before, c.after) for c in differences(before, after)] == expected


def test_a_changed_policy_names_the_statement() -> None:
    def policy(*statements: dict[str, Any]) -> dict[str, Any]:
        return {"policy": {"Version": "2012-10-17", "Statement": list(statements)}}

    read = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"]}
    write = {"Sid": "Write", "Effect": "Allow", "Action": ["s3:PutObject"]}
    all_of_s3 = {**read, "Action": ["s3:*"]}

    [gone, come] = differences(policy(all_of_s3, write), policy(write, read))

    assert (gone.path, gone.before) == ("policy.Read.Action", "s3:*")
    assert (come.path, come.after) == ("policy.Read.Action", "s3:GetObject")


def test_two_statements_with_one_sid_are_both_compared() -> None:
    twin = {"Sid": "X", "Effect": "Allow"}
    before = {"Version": "1", "Statement": [twin, {"Sid": "X", "Effect": "Deny"}]}

    assert differences({"p": before}, {"p": {"Version": "1", "Statement": [twin]}})


def always(tags: Mapping[str, str]) -> str:
    return OURS


def by_owner(tags: Mapping[str, str]) -> str:
    return {"us": OURS}.get(tags.get("Owner", ""), tags.get("Owner", NOBODY))


def plan(found: list[Found], *resources: Resource) -> Plan:
    return plan_present(KINDS, list(resources), found, owner=always)


net = Resource("net", "main", "n", {"cidr": "10.0.0.0/16", "dns": True})
host = Resource("host", "one", "h", {"net": "net/main"})


def test_an_empty_account_gets_everything() -> None:
    result = plan([], net, host)

    assert [(c.action, c.address) for c in result.changes] == [
        ("create", "net/main"),
        ("create", "host/one"),
    ]
    assert not result.empty


def test_references_are_compared_by_address_whatever_the_id() -> None:
    found = [
        Found("net", "n", "net-123", {"cidr": "10.0.0.0/16", "dns": True}),
        Found("host", "h", "i-1", {"net": "net-123"}),
    ]

    result = plan(found, net, host)

    assert result.empty
    assert result.ids == {"net/main": "net-123", "host/one": "i-1"}


def test_a_reference_to_something_foreign_is_a_difference() -> None:
    found = [
        Found("net", "n", "net-123", {"cidr": "10.0.0.0/16", "dns": True}),
        Found("host", "h", "i-1", {"net": "net-999"}),
    ]

    [change] = plan(found, net, host).changes

    assert change.action == "update"
    assert [(f.path, f.before, f.after) for f in change.fields] == [("net", "net-999", "net/main")]


def test_what_cannot_change_in_place_is_a_replacement() -> None:
    found = [Found("net", "n", "net-1", {"cidr": "10.9.0.0/16", "dns": False})]

    [change] = plan(found, net).changes

    assert change.action == "replace"
    assert [f.path for f in change.fields] == ["cidr", "dns"]


def test_what_is_ours_but_not_wanted_is_told_and_is_no_work() -> None:
    found = [
        Found("net", "n", "net-1", {"cidr": "10.0.0.0/16", "dns": True}),
        Found("host", "forgotten", "i-9", {}),
    ]

    result = plan(found, net)

    assert [(c.action, c.id) for c in result.changes] == [("unwanted", "i-9")]
    assert result.empty


def test_of_twins_every_run_takes_the_same_one() -> None:
    twins = [
        Found("net", "n", "net-2", {"cidr": "10.0.0.0/16", "dns": True}),
        Found("net", "n", "net-1", {"cidr": "10.0.0.0/16", "dns": True}),
    ]

    for order in (twins, twins[::-1]):
        result = plan(order, net)
        assert result.ids == {"net/main": "net-1"}
        assert [(c.action, c.id) for c in result.changes] == [("unwanted", "net-2")]


def test_of_twins_the_one_with_our_tags_is_taken() -> None:
    twins = [
        Found("net", "n", "net-1", {"cidr": "10.0.0.0/16", "dns": True, "tags": {}}),
        Found("net", "n", "net-2", {"cidr": "10.0.0.0/16", "dns": True, "tags": {"Owner": "us"}}),
    ]

    assert plan_present(KINDS, [net], twins, owner=by_owner).ids == {"net/main": "net-2"}


def test_names_that_two_kinds_share_are_not_taken_for_references() -> None:
    shared = Resource("host", "one", "same", {"profile": "same"})
    found = [Found("host", "same", "same", {"profile": "same"})]

    assert plan(found, shared).empty


@pytest.mark.parametrize(("destroy_data", "action"), [(False, "keep"), (True, "delete")])
def test_teardown_keeps_what_holds_data_unless_it_was_asked_for(
    destroy_data: bool, action: str
) -> None:
    found = [
        Found("net", "n", "net-1", {"cidr": "x"}, holds="holds 3 object versions"),
        Found("host", "forgotten", "i-9", {"net": "net-1"}),
    ]

    result = plan_absent(KINDS, [net], found, owner=always, destroy_data=destroy_data)

    assert [(c.action, c.address) for c in result.changes] == [
        (action, "net/main"),
        ("delete", "host/i-9"),
    ]
    assert result.found["host/i-9"].properties == {"net": "net-1"}


def test_teardown_of_only_kept_things_is_empty() -> None:
    found = [Found("net", "n", "net-1", {}, holds="holds 1 object version")]

    assert plan_absent(KINDS, [net], found, owner=always, destroy_data=False).empty


@pytest.mark.parametrize("destroy_data", [False, True])
def test_teardown_keeps_what_has_our_name_but_not_our_tags(destroy_data: bool) -> None:
    found = [
        Found("net", "n", "net-1", {"tags": {"Owner": "them"}}, holds="holds 1 object version"),
        Found("net", "n", "net-2", {"tags": {"Owner": "us"}}),
        Found("host", "h", "i-9", {"tags": {}}),
    ]

    result = plan_absent(KINDS, [net], found, owner=by_owner, destroy_data=destroy_data)

    assert [(c.action, c.address, c.id, c.reason) for c in result.changes] == [
        ("delete", "net/main", "net-2", ""),
        ("unmanaged", "host/i-9", "i-9", "unmanaged: has our name but not our tags"),
        ("unmanaged", "net/net-1", "net-1", "belongs to another environment (them)"),
    ]


def test_the_plan_says_what_it_will_adopt() -> None:
    found = [
        Found("net", "n", "net-1", {"cidr": "10.0.0.0/16", "dns": False, "tags": {}}),
        Found("net", "n", "net-2", {"tags": {}}),
    ]

    adopted, other = plan_present(KINDS, [net], found, owner=by_owner).changes

    assert (adopted.action, adopted.reason) == (
        "update",
        "exists without our tags: will be adopted",
    )
    assert (other.action, other.reason) == ("unmanaged", UNMANAGED)


@pytest.mark.parametrize(
    ("action", "empty"),
    [
        ("unmanaged", True),
        ("ending", True),
        ("conflict", True),
        ("create", False),
        ("update", False),
        ("replace", False),
        ("delete", False),
        ("keep", True),
        ("unwanted", True),
    ],
)
def test_a_plan_is_empty_when_there_is_nothing_to_do(action: str, empty: bool) -> None:
    assert Plan([Change(action, "net", "main", "n", "network")], {}, {}).empty is empty


def tagged(name: str, owner: str, kind: str = "host") -> Found:
    return Found(kind, name, f"id-{name}", {"tags": {"Owner": owner}})


@pytest.mark.parametrize(("prune", "action"), [(False, "unwanted"), (True, "delete")])
def test_prune_deletes_what_is_ours_and_nothing_else(prune: bool, action: str) -> None:
    found = [tagged("old", "us"), tagged("foreign", "them"), tagged("running", "us", "run")]

    result = plan_present(KINDS, [], found, owner=by_owner, prune=prune)

    assert {c.name: c.action for c in result.changes} == {
        "old": action,
        "foreign": "unmanaged",
        "running": "keep",
    }
    assert result.empty is not prune


@pytest.mark.parametrize("kind", ["host", "run"])
def test_what_acts_by_itself_goes_with_its_input_and_needs_no_prune(kind: str) -> None:
    found = [
        replace(tagged(owner, owner, kind), switched_off="action is none")
        for owner in ("us", "them")
    ]

    result = plan_present(KINDS, [], found, owner=by_owner)

    assert {c.name: (c.action, c.reason) for c in result.changes} == {
        "us": ("delete", "action is none"),
        "them": ("unmanaged", "belongs to another environment (them)"),
    }


@pytest.mark.parametrize("prune", [False, True])
def test_prune_leaves_what_older_data_may_need_and_says_how_it_goes(prune: bool) -> None:
    result = plan_present(KINDS, [], [tagged("old", "us", "key")], owner=by_owner, prune=prune)

    [change] = result.changes
    assert (change.action, change.reason) == ("keep", FOR_OLDER_DATA)


def test_what_kept_data_need_to_be_read_is_kept_with_them() -> None:
    found = [
        Found("box", "full", "full", {"region": "here", "encryption": {}}, "holds 1"),
        Found("box", "empty", "empty", {"region": "there", "encryption": {"key": "key-2"}}),
        Found("key", "one", "key-1", {"region": "here"}),
        Found("key", "two", "key-2", {"region": "there"}),
    ]

    kept = plan_absent(KINDS, [], found, owner=always, destroy_data=False)
    gone = plan_absent(KINDS, [], found, owner=always, destroy_data=True)

    assert {c.id: c.action for c in kept.changes} == {
        "full": "keep",
        "empty": "delete",
        "key-1": "keep",
        "key-2": "delete",
    }
    assert {c.reason for c in kept.of("keep")} == {"holds 1", "objects in full may need it"}
    assert {c.action for c in gone.changes} == {"delete"}


def test_data_that_stay_as_not_ours_keep_the_key_too() -> None:
    """Their tags may be what was lost."""
    found = [
        Found("box", "full", "full", {"region": "here", "tags": {}}, "holds 1"),
        Found("key", "one", "key-1", {"region": "here", "tags": {"Owner": "us"}}),
    ]

    assert plan_absent(KINDS, [], found, owner=by_owner, destroy_data=True).empty


def test_a_wanted_name_that_belongs_to_another_environment_is_a_conflict() -> None:
    theirs = Found("net", "n", "net-1", {"cidr": "10.9.0.0/16", "tags": {"Owner": "them"}})

    [change] = plan_present(KINDS, [net], [theirs], owner=by_owner).changes

    assert (change.action, change.address, change.id) == ("conflict", "net/main", "net-1")
    assert change.reason == (
        "belongs to another environment (them): it is neither adopted nor deleted"
    )


def test_another_environments_twin_is_no_conflict_where_ours_exists() -> None:
    twins = [
        Found(
            "net",
            "n",
            f"net-{owner}",
            {"cidr": "10.0.0.0/16", "dns": True, "tags": {"Owner": owner}},
        )
        for owner in ("them", "us")
    ]

    result = plan_present(KINDS, [net], twins, owner=by_owner)

    assert result.ids == {"net/main": "net-us"}
    assert [(c.action, c.id) for c in result.changes] == [
        ("update", "net-us"),
        ("unmanaged", "net-them"),
    ]


ENDING = Found(
    "key",
    "k",
    "key-1",
    {"tags": {"Owner": "us"}},
    ends="AWS deletes it on 2026-12-29",
    rescue="keep key-1",
)
USER = Found("box", "data", "data", {"key": "key-1", "tags": {"Owner": "us"}})
key = Resource("key", "main", "k", {"tags": {"Owner": "us"}})
LOST = (
    "AWS deletes it on 2026-12-29, and it is in use by box data. From then on, nobody can read "
    "what is encrypted with it. To keep it: keep key-1"
)


def test_a_key_in_use_that_is_about_to_be_deleted_gets_no_successor_unasked() -> None:
    found = [ENDING, USER]

    [refused, _box] = plan_present(KINDS, [key], found, owner=by_owner).changes
    renewed = plan_present(KINDS, [key], found, owner=by_owner, renew=True)

    assert (refused.action, refused.address, refused.reason) == ("conflict", "key/main", LOST)
    assert [(c.action, c.reason) for c in renewed.changes if c.kind == "key"] == [
        ("create", ""),
        ("ending", LOST),
    ]


def test_a_key_that_nothing_uses_may_go_and_is_named_with_its_date() -> None:
    [made, going] = plan_present(KINDS, [key], [ENDING], owner=by_owner).changes

    assert (made.action, going.action) == ("create", "ending")
    assert "2026-12-29" in going.reason


def test_a_teardown_names_what_is_about_to_be_deleted_and_leaves_it() -> None:
    [change] = plan_absent(KINDS, [key], [ENDING], owner=by_owner, destroy_data=True).changes

    assert change.action == "ending"


def test_a_bucket_of_a_former_prefix_keeps_the_keys() -> None:
    key = Found("key", "one", "key-1", {"region": "here", "tags": {"Owner": "us"}})

    plan = plan_absent(KINDS, [], [key], owner=by_owner, destroy_data=True, beside=["old-raw"])

    assert [change.reason for change in plan.of("keep")] == ["objects in old-raw may need it"]


def test_a_teardown_leaves_settings_of_the_account_alone() -> None:
    found = [Found("whole", "account", "account", {"on": True})]

    assert plan_absent(KINDS, [], found, owner=always, destroy_data=True).changes == []


def test_a_thing_with_the_name_of_another_one_does_not_displace_it() -> None:
    one = Resource("net", "one", "n1", {"cidr": "10.0.0.0/16", "tags": {"Name": "n1"}})
    two = Resource("net", "two", "n2", {"cidr": "10.9.0.0/16", "tags": {"Name": "n2"}})
    tags = {"Name": "n2", "Owner": "us"}
    found = [
        Found("net", "n2", "net-1", {"cidr": "10.0.0.0/16", "tags": tags}),
        Found("net", "n2", "net-2", {"cidr": "10.9.0.0/16", "tags": tags}),
    ]

    result = plan_present(KINDS, [one, two], found, owner=by_owner)

    assert result.ids == {"net/one": "net-1", "net/two": "net-2"}


def test_what_lost_its_name_is_mended_and_gets_no_twin() -> None:
    wanted = Resource("net", "main", "n", {"cidr": "10.0.0.0/16", "tags": {"Name": "n"}})
    sub = Resource("host", "one", "h", {"net": "net/main", "tags": {"Name": "h"}})
    found = [
        Found("net", "x", "net-1", {"cidr": "10.0.0.0/16", "tags": {"Name": "x", "Owner": "us"}}),
        Found("host", "", "i-1", {"net": "net-1", "tags": {"Owner": "us"}}),
        Found("net", "y", "net-2", {"cidr": "10.9.0.0/16", "tags": {"Owner": "us"}}),
        Found("host", "z", "i-2", {"net": "net-1", "tags": {"Owner": "them"}}),
    ]

    result = plan_present(KINDS, [wanted, sub], found, owner=by_owner)

    assert result.ids == {"net/main": "net-1", "host/one": "i-1"}
    assert {c.id for c in result.of("unwanted")} == {"net-2"}
    assert {c.id for c in result.of("unmanaged")} == {"i-2"}


def test_of_two_that_lost_their_names_nothing_is_guessed() -> None:
    wanted = [
        Resource("net", key, key, {"cidr": "10.0.0.0/16", "tags": {"Name": key}})
        for key in ("a", "b")
    ]
    found = [
        Found("net", "", f"net-{n}", {"cidr": "10.0.0.0/16", "tags": {"Owner": "us"}})
        for n in (1, 2)
    ]

    result = plan_present(KINDS, wanted, found, owner=by_owner)

    assert result.ids == {}
    assert len(result.of("unwanted")) == 2


@pytest.mark.parametrize("names", [("b", "b"), ("", "")])
@pytest.mark.parametrize("ids", [("net-1", "net-2"), ("net-2", "net-1")])
def test_when_names_lie_a_thing_is_what_others_use_it_as(
    names: tuple[str, str], ids: tuple[str, str]
) -> None:
    wanted = [
        *(Resource("net", key, key, {"cidr": "x", "tags": {"Name": key}}) for key in ("a", "b")),
        *(Resource("host", key, f"h{key}", {"net": f"net/{key}"}) for key in ("a", "b")),
    ]
    found = [
        Found("net", name, aws_id, {"cidr": "x", "tags": {"Name": name, "Owner": "us"}})
        for name, aws_id in zip(names, ids, strict=True)
    ]
    found += [
        Found("host", f"h{key}", f"i-{key}", {"net": aws_id})
        for key, aws_id in zip(("a", "b"), ids, strict=True)
    ]

    result = plan_present(KINDS, wanted, found, owner=by_owner)

    assert (result.ids["net/a"], result.ids["net/b"]) == ids
    assert {f.path for c in result.changes for f in c.fields} == {"tags.Name", "tags.Owner"}
