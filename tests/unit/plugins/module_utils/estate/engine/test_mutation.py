"""Every property of every resource, changed behind our back through the API: shown, and mended.

The changes are generated from the estate itself (`mutations.py`). One is made through the calls
that our own setters make, with another value; reading must see it, the plan must show exactly it,
and mending must bring back exactly what was.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.survey import (
    refuse_replacements,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine import compare
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply import (
    Work,
    apply,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    Pace,
    make,
    mend,
    remove,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
    concurrently,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    WORK,
    Facts,
    Found,
    Kind,
    Plan,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.normal import canonical
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.tags import (
    OURS,
    OWNER_TAGS,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS, resources
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute.key_pair import (
    without_comment,
)
from moto import mock_aws

from localcloud.api.moto_patches import apply_all
from localcloud.leases import Leases

from .. import conftest
from . import mutations, rogues

AT_ONCE = Pace(looks=(0, 0), waits=(0, 0))
KIND = {kind.name: kind for kind in KINDS}
FACTS = Facts("123456789012", "aws", ("us-west-2a", "us-west-2b", "us-west-2c"))
ESTATES = ("dev", "prod")


def inputs_of(env: str) -> Inputs:
    raw = conftest.RAW if env == "dev" else {**conftest.RAW, **conftest.PROD}
    parsed, errors = conftest.parse(raw)
    assert parsed, errors
    return parsed


def estate_of(env: str) -> dict[str, Resource]:
    return {r.address: r for r in resources(inputs_of(env), FACTS)}


ALL = {env: estate_of(env) for env in ESTATES}


@dataclass
class World:
    """One applied estate on moto."""

    cloud: Cloud
    wanted: dict[str, Resource]
    ids: dict[str, str] = field(default_factory=dict)

    def near(self, kind: Kind) -> list[Kind]:
        """A kind and those that refer to it: they say which thing is which when names lie."""
        own = [r.address for r in self.wanted.values() if r.kind == kind.name]
        users = {
            r.kind
            for r in self.wanted.values()
            if any(compare.mentions(r.properties, address) for address in own)
        }
        return [kind, *(KIND[name] for name in sorted(users - {kind.name}))]

    def plan(self, kind: Kind) -> Plan:
        """What differs of one kind and its users; references to others hold all the same."""
        kinds = self.near(kind)
        names = {k.name for k in kinds}
        others = {a: i for a, i in self.ids.items() if a.split("/")[0] not in names}
        wanted = [resolved(r, others) for r in self.wanted.values() if r.kind in names]
        found = [i for items in concurrently(lambda k: k.read(self.cloud), kinds) for i in items]
        return compare.plan_present(KINDS, wanted, found, owner=self.cloud.owner)

    def apply(self, plan: Plan) -> None:
        """Carry out a plan."""
        wanted = {a: resolved(r, self.ids) for a, r in self.wanted.items()}
        outcomes = apply(Work(self.cloud, KIND, wanted, plan, pace=AT_ONCE))
        failed = [(o.change.address, o.reason) for o in outcomes if o.status != "done"]
        assert failed == [], (failed, plan.of(*WORK))

    def whole_plan(self) -> Plan:
        """What differs of everything."""
        found = [i for items in concurrently(lambda k: k.read(self.cloud), KINDS) for i in items]
        return compare.plan_present(
            KINDS, list(self.wanted.values()), found, owner=self.cloud.owner
        )


@dataclass
class Account:
    """dev and prod side by side."""

    mock: Any
    folder: Path
    worlds: dict[str, World] = field(default_factory=dict)

    def fresh(self) -> None:
        """Everything anew: after a failure nobody knows what is left."""
        self.mock.reset()
        self.worlds = {env: applied(env, self.folder / env) for env in ESTATES}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """One account with both estates in it."""
    apply_all(Leases(tmp_path_factory.mktemp("leases"), "mutation"))
    with pytest.MonkeyPatch.context() as patch, mock_aws() as mock:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        both = Account(mock, tmp_path_factory.mktemp("keys"))
        both.fresh()
        yield both


def applied(env: str, key: Path) -> World:
    """An estate with a key file, applied."""
    inputs = replace(inputs_of(env), ssh_private_key_file=str(key))
    world = World(conftest.make_cloud(inputs), {r.address: r for r in resources(inputs, FACTS)})
    world.apply(world.whole_plan())
    facts = replace(FACTS, public_key=without_comment(key.with_suffix(".pub").read_text()))
    world.wanted = {r.address: r for r in resources(inputs, facts)}
    world.ids = dict(world.whole_plan().ids)
    return world


@pytest.mark.parametrize("env", ESTATES)
def test_an_applied_estate_differs_in_nothing(account: Account, env: str) -> None:
    assert lines(account.worlds[env].whole_plan()) == []


def lines(plan: Plan) -> list[Any]:
    return [(c.address, c.action, c.fields) for c in plan.changes]


Spoil = Callable[[World, Resource, Found], Any]


@dataclass(frozen=True)
class Attempt:
    """One way to spoil a property, and what the plan must then say, where that is known."""

    spoil: Spoil
    value: Any = mutations.DROPPED


def attempts(account: Account, world: World, resource: Resource, name: str) -> dict[str, Any]:
    """By path at and below a property the ways to spoil it."""
    value, mine = resource.properties.get(name), [world]
    # What the other environment has comes last: AWS takes few references into another VPC.
    theirs = [other for other in account.worlds.values() if other is not world]
    both = [*mine, *theirs]
    # With all tags of another one it would be that other one.
    wholes = siblings(both, resource, (name,)) if name != "tags" else []
    result: dict[str, list[Attempt]] = {}
    for path, leaf in mutations.leaves(value):
        tries = [
            mutations.replaced(value, path, new)
            for new in (
                *mutations.others(leaf, siblings(mine, resource, (name, *path), leaf)),
                *(v for v in siblings(theirs, resource, (name, *path), leaf) if v != leaf),
            )
            if path or new is not mutations.DROPPED
        ]
        # With another value it belongs to another environment: that is tried below.
        if name == "tags" and path and path[0] in OWNER_TAGS:
            tries = [mutations.replaced(value, path, mutations.DROPPED)]
        # What another resource has there as a whole: some words of AWS only go together.
        tries += [w for w in wholes if mutations.at(w, path) != leaf and w is not mutations.DROPPED]
        tries += [None] if not path and value else []
        result[".".join((name, *path))] = [Attempt(written(name, v), v) for v in tries]
    if mutations.is_open(name, value):
        more = list(mutations.additions(value))
        result[f"{name} (one more)"] = [Attempt(written(name, whole), whole) for whole in more]
    rogue = rogues.ROGUES.get((resource.kind, name))
    if rogue:
        result.pop(f"{name} (one more)", None)
        result[name] = [Attempt(lambda w, r, f: rogue(w.cloud, r, f))]
    return result


def siblings(
    worlds: list[World], resource: Resource, path: tuple[str, ...], leaf: Any = None
) -> list[Any]:
    """What other resources have there, those of the same kind first; and what else there is of the
    kind that a reference leads to."""
    found = [
        (other.kind != resource.kind, mutations.at(resolved(other, world.ids).properties, path))
        for world in worlds
        for other in world.wanted.values()
    ]
    values = [v for _unused, v in sorted(found, key=lambda item: item[0]) if v is not DROPPED]
    for there in (leaf if isinstance(leaf, list) else [leaf]) if leaf else ():
        alike = [i for i in references(worlds, there) if i != there]
        values += [[i] for i in alike] if isinstance(leaf, list) else alike
    return list({canonical(value): value for value in values}.values())


def references(worlds: list[World], id_: Any) -> list[str]:
    """The ids of everything of the kind that a property leads to by this id."""
    if not mutations.is_id(id_):
        return []
    ids = [i for world in worlds for i in world.ids.values() if mutations.is_id(i)]
    return [i for i in ids if i.split("-")[0] == id_.split("-")[0]]


DROPPED = mutations.DROPPED


def written(name: str, value: Any) -> Spoil:
    """Give one property another value through the calls that mend it."""

    def spoil(world: World, resource: Resource, found: Found) -> None:
        kind = KIND[resource.kind]
        other = replace(resource, properties={**resource.properties, name: value})
        if name in kind.setters:
            mend(world.cloud, kind, other, found, {name}, AT_ONCE)
        else:
            remove(world.cloud, kind, found, AT_ONCE)
            make(world.cloud, kind, other, AT_ONCE)

    return spoil


def succeeds(world: World, address: str, name: str, attempt: Attempt) -> bool:
    """True when this was done, shown as exactly that, and mended; False where AWS refuses it.

    Whatever is done must be mended, and nothing else may ever be shown.
    """
    kind = KIND[address.split("/")[0]]
    resource = resolved(world.wanted[address], world.ids)
    before = compare.match([resource], kind.read(world.cloud), world.cloud.owner)[0][address]
    touched: Any = None
    # What somebody else does must work; of values some are no good, to us, to botocore or to AWS.
    with suppress(*[Exception] if attempt.value is not DROPPED else []):
        touched = {name, *(attempt.spoil(world, resource, before) or ())}
    plan = world.plan(kind)
    work = plan.of(*WORK)
    if not work:
        return False
    # One may take from another of its kind, as route tables do with subnets; no more than that.
    assert not touched or {c.kind for c in work} == {kind.name}, (attempt.value, lines(plan))
    names = {f.path.split(".")[0] for change in work for f in change.fields}
    shown = names == touched and [c.address for c in work] == [address]
    if attempt.value is DROPPED:
        assert shown or not touched, (address, touched, work)
    else:
        # AWS may have made something else of a value: then it was no good one.
        there = plan.found.get(work[0].address, before)
        shown = shown and same(there.properties.get(name), attempt.value)
    world.apply(plan)
    after = world.plan(kind)
    assert after.empty, (attempt.value, lines(after))
    for change in after.of("unwanted"):
        # What is known by nothing of ours any more was made anew, and this is told.
        remove(world.cloud, kind, after.found[change.address], AT_ONCE)
    if name not in kind.setters:
        world.ids = dict(world.whole_plan().ids)
    return shown


def same(read: Any, written: Any) -> bool:
    """Whether a value was read as it was written; keys may say again what values say."""
    read, written = (None if v in ({}, []) else v for v in (read, written))
    if not compare.differences(read, written):
        return True
    if not isinstance(read, dict) or not isinstance(written, dict):
        return False
    return sorted(map(canonical, read.values())) == sorted(map(canonical, written.values()))


def cases() -> list[tuple[str, str, str]]:
    """Every property of every resource that can be changed at all."""
    return [
        (env, address, name)
        for env in ESTATES
        for address, resource in ALL[env].items()
        for name in {**resource.properties, **KIND[resource.kind].setters}
        if name in KIND[resource.kind].setters or KIND[resource.kind].replaceable
    ]


def sample(everything: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """One of every property of every kind, where it says most; MUTATIONS=all takes them all."""
    if os.environ.get("MUTATIONS") == "all":
        return everything
    shuffled = random.Random(3).sample(everything, len(everything))
    richest = sorted(shuffled, key=lambda case: -_says(*case))
    chosen = {
        (address.split("/")[0], name): (env, address, name)
        for env, address, name in reversed(richest)
    }
    return [case for case in everything if case in chosen.values()]


def _says(env: str, address: str, name: str) -> int:
    value = ALL[env][address].properties.get(name)
    return 0 if value in (None, {}, []) else len(list(mutations.leaves(value)))


@pytest.mark.parametrize(
    ("env", "address", "name"),
    [pytest.param(*case, id="-".join(case)) for case in sample(cases())],
)
def test_a_change_behind_our_back_is_shown_and_mended(
    account: Account, env: str, address: str, name: str
) -> None:
    world = account.worlds[env]
    resource = resolved(world.wanted[address], world.ids)
    try:
        unseen = [
            path
            for path, tries in attempts(account, world, resource, name).items()
            if not excused(resource, path)
            and not any(succeeds(world, address, name, attempt) for attempt in tries)
        ]
    except BaseException:
        account.fresh()
        raise

    assert unseen == []


def tagged() -> list[tuple[str, str]]:
    """One resource of every kind whose tags can be set."""
    first = {
        resource.kind: (env, address)
        for env in ESTATES
        for address, resource in ALL[env].items()
        if "tags" in resource.properties and "tags" in KIND[resource.kind].setters
    }
    return list(first.values())


@pytest.mark.parametrize(("env", "address"), tagged())
def test_what_is_tagged_as_another_environments_is_refused_and_never_deleted(
    account: Account, env: str, address: str
) -> None:
    world, kind = account.worlds[env], KIND[address.split("/")[0]]
    resource = resolved(world.wanted[address], world.ids)
    before = compare.match([resource], kind.read(world.cloud), world.cloud.owner)[0][address]
    theirs = {**resource.properties["tags"], "Project": "alpha"}
    try:
        written("tags", theirs)(world, resource, before)
        plan = world.plan(kind)
        teardown = compare.plan_absent(
            KINDS, [resource], kind.read(world.cloud), owner=world.cloud.owner, destroy_data=True
        )
        [now] = [item for item in kind.read(world.cloud) if item.id == before.id]
        mend(world.cloud, kind, resource, now, {"tags"}, AT_ONCE)
    except BaseException:
        account.fresh()
        raise

    assert [c.address for c in plan.of(*WORK) if c.id == before.id] == []
    assert [c.address for c in plan.of("conflict") if c.id == before.id] == [address]
    assert {c.action for c in teardown.changes if c.id == before.id} == {"unmanaged"}
    assert world.plan(kind).empty


def excused(resource: Resource, path: str) -> bool:
    """Whether the list of what cannot be shown here has it."""
    return any(
        kind in (resource.kind, resource.address)
        and (path == beginning or path.startswith(f"{beginning}."))
        for kind, beginning in rogues.NOT_HERE
    )


@pytest.mark.parametrize("env", ESTATES)
def test_all_of_it_together_left_nothing_behind(account: Account, env: str) -> None:
    assert lines(account.worlds[env].whole_plan()) == []


def test_what_is_left_out_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[6] / "docs" / "fidelity.md").read_text()

    assert [reason for reason in rogues.NOT_HERE.values() if reason not in text] == []


def test_nothing_is_left_out_that_the_estate_does_not_have() -> None:
    there = {
        (of, name)
        for _unused, address, name in cases()
        for of in (address, address.split("/", maxsplit=1)[0])
    }

    assert set(rogues.NOT_HERE) | set(rogues.ROGUES) <= there


def fixed() -> list[tuple[str, str, str]]:
    """Every property that AWS cannot change in place and whose thing is not made anew."""
    changeable = set(cases())
    return [
        (env, address, name)
        for env in ESTATES
        for address, resource in ALL[env].items()
        for name in resource.properties
        if (env, address, name) not in changeable
    ]


@pytest.mark.parametrize(("env", "address", "name"), fixed())
def test_what_cannot_be_mended_is_refused_by_name(env: str, address: str, name: str) -> None:
    found = [
        Found(
            r.kind, r.name, f"id of {a}", r.properties | ({name: "rogue"} if a == address else {})
        )
        for a, r in ALL[env].items()
    ]
    plan = compare.plan_present(KINDS, list(ALL[env].values()), found, owner=lambda tags: OURS)

    assert [c.address for c in plan.changes] == [address]
    with pytest.raises(EstateError) as error:
        refuse_replacements(plan)
    assert f"{address} ({name}" in str(error.value)
