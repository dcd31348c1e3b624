"""Every property of every resource, changed behind our back through the API: shown, and mended.

The changes are generated from the estate itself (`mutations.py`). One is made through the calls
that our own setters make, with another value; reading must see it, the plan must show exactly it,
and mending must bring back exactly what was.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import compare
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.apply import Work, apply
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.change import (
    Pace,
    make,
    mend,
    remove,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    EstateError,
    concurrently,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS, resources
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.key_pair import (
    without_comment,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    WORK,
    Facts,
    FieldChange,
    Found,
    Kind,
    Plan,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.normal import canonical
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws

from localcloud.leases import Leases
from localcloud.moto_patches import apply_all


def _beside(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


mutations = _beside("mutations")
rogues = _beside("rogues")
conftest = _beside("conftest")

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


#: What may go wrong with a value that AWS, or our own code before it, does not take.
REFUSED = (
    *(BotoCoreError, ClientError, EstateError),
    *(KeyError, TypeError, ValueError, AttributeError, IndexError, AssertionError),
)


@dataclass
class World:
    """One applied estate on moto."""

    cloud: Cloud
    wanted: dict[str, Resource]
    ids: dict[str, str] = field(default_factory=dict)

    def plan(self, found: list[Found], kind: Kind) -> Plan:
        """What differs of one kind; references hold all the same."""
        wanted = [resolved(r, self.ids) for r in self.wanted.values() if r.kind == kind.name]
        return compare.plan_present(KINDS, wanted, found, ours=self.cloud.ours)

    def apply(self, plan: Plan) -> None:
        """Carry out a plan."""
        wanted = {a: resolved(r, self.ids) for a, r in self.wanted.items()}
        outcomes = apply(Work(self.cloud, KIND, wanted, plan, pace=AT_ONCE))
        failed = [(o.change.address, o.reason) for o in outcomes if o.status != "done"]
        assert failed == [], (failed, plan.of(*WORK))

    def whole_plan(self) -> Plan:
        """What differs of everything."""
        found = [i for items in concurrently(lambda k: k.read(self.cloud), KINDS) for i in items]
        return compare.plan_present(KINDS, list(self.wanted.values()), found, ours=self.cloud.ours)


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
    value = resource.properties.get(name)
    wholes = siblings(account, resource, (name,))
    result: dict[str, list[Attempt]] = {}
    for path, leaf in mutations.leaves(value):
        tries = [
            mutations.replaced(value, path, new)
            for new in mutations.others(leaf, siblings(account, resource, (name, *path)))
            if path or new is not mutations.DROPPED
        ]
        # What another resource has there as a whole: some words of AWS only go together.
        tries += [w for w in wholes if mutations.at(w, path) != leaf and w is not mutations.DROPPED]
        tries += [None] if not path and value else []
        result[".".join((name, *path))] = [Attempt(written(name, v), v) for v in tries]
    for path, whole in mutations.additions(value):
        result[".".join((name, *path))] = [Attempt(written(name, whole), whole)]
    rogue = rogues.ROGUES.get((resource.kind, name))
    if rogue:
        result[f"{name} (rogue)"] = [Attempt(lambda w, r, f: rogue(w.cloud, r, f))]
        if value in (None, {}, []):
            result[name] += result.pop(f"{name} (rogue)")
    return result


def siblings(account: Account, resource: Resource, path: tuple[str, ...]) -> list[Any]:
    """What other resources have there, in either environment, those of the same kind first."""
    found = [
        (other.kind != resource.kind, mutations.at(resolved(other, world.ids).properties, path))
        for world in account.worlds.values()
        for other in world.wanted.values()
    ]
    distinct = {canonical(v): v for _, v in sorted(found, key=lambda x: x[0]) if v is not DROPPED}
    return list(distinct.values())


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
    before = compare.match([resource], kind.read(world.cloud), world.cloud.ours)[0][address]
    done = True
    try:
        attempt.spoil(world, resource, before)
    except REFUSED:
        done = False
    plan = world.plan(kind.read(world.cloud), kind)
    work = plan.of(*WORK)
    if not work:
        return False
    exact = done and [c.address for c in work] == [address] and shown(world, name, attempt, work[0])
    if done:
        assert [c.address for c in work] == [address], (attempt.value, work)
        assert {f.path.split(".")[0] for f in work[0].fields} == {name}, (attempt.value, work)
    world.apply(plan)
    after = world.plan(kind.read(world.cloud), kind)
    assert after.empty, (attempt.value, lines(after))
    if name not in kind.setters:
        world.ids = dict(world.whole_plan().ids)
    return bool(exact)


def shown(world: World, name: str, attempt: Attempt, change: Any) -> bool:
    """Whether the plan says field by field what was done. AWS may make something else of it."""
    if attempt.value is DROPPED:
        return True
    address_by_id = {id_: address for address, id_ in world.ids.items()}
    value, wanted = (
        compare.addresses_for_ids(v, address_by_id)
        for v in (attempt.value, world.wanted[change.address].properties.get(name))
    )
    return texts(change.fields) == texts(compare.differences(value, wanted, name))


def texts(fields: list[FieldChange]) -> list[str]:
    return sorted(canonical([f.path, f.before, f.after]) for f in fields)


def cases() -> list[tuple[str, str, str]]:
    """Every property of every resource that can be changed at all."""
    return [
        (env, address, name)
        for env in ESTATES
        for address, resource in ALL[env].items()
        for name in {**resource.properties, **KIND[resource.kind].setters}
        if name in KIND[resource.kind].setters or KIND[resource.kind].replaceable
    ]


#: As many as are tried each time; MUTATIONS=all tries every one.
SAMPLE = 150


def sample(everything: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """At least one of every property of every kind, where it says most; the rest at random."""
    if os.environ.get("MUTATIONS") == "all":
        return everything
    shuffled = random.Random(3).sample(everything, len(everything))
    richest = sorted(shuffled, key=lambda case: -_says(*case))
    one_each = {(address.split("/")[0], name): (env, address, name)
                for env, address, name in reversed(richest)}
    chosen = list(dict.fromkeys([*one_each.values(), *shuffled]))
    chosen = set(chosen[: max(SAMPLE, len(one_each))])
    return [case for case in everything if case in chosen]


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


def excused(resource: Resource, path: str) -> bool:
    """Whether the list of what cannot be shown here has it."""
    return any(
        kind in (resource.kind, resource.address)
        and (path == beginning or path.startswith(f"{beginning}."))
        for kind, beginning in rogues.NOT_HERE
    )
