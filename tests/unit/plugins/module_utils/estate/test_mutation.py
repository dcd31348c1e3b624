"""Every property of every resource, changed behind our back through the API: shown, and mended.

The changes are generated from the estate itself (`mutations.py`). One is made through the calls
that our own setters make, with another value; reading must see it, the plan must show exactly it,
and mending must bring back exactly what was.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
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
    Facts,
    Found,
    Kind,
    Plan,
    Resource,
)
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


@dataclass
class World:
    """One applied estate on moto."""

    cloud: Cloud
    wanted: dict[str, Resource]
    ids: dict[str, str] = field(default_factory=dict)

    def plan(self, found: list[Found], *kinds: Kind) -> Plan:
        """What differs of some kinds; references hold all the same."""
        names = {kind.name for kind in kinds}
        wanted = [resolved(r, self.ids) for r in self.wanted.values() if r.kind in names]
        return compare.plan_present(KINDS, wanted, found, ours=self.cloud.ours)

    def apply(self, plan: Plan) -> None:
        """Carry out a plan."""
        wanted = {a: resolved(r, self.ids) for a, r in self.wanted.items()}
        outcomes = apply(Work(self.cloud, KIND, wanted, plan, pace=AT_ONCE))
        assert [(o.change.address, o.reason) for o in outcomes if o.status != "done"] == []

    def whole_plan(self) -> Plan:
        """What differs of everything."""
        found = [i for items in concurrently(lambda k: k.read(self.cloud), KINDS) for i in items]
        return compare.plan_present(KINDS, list(self.wanted.values()), found, ours=self.cloud.ours)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, World]]:
    """dev and prod side by side in one account."""
    apply_all(Leases(tmp_path_factory.mktemp("leases"), "mutation"))
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield {env: applied(env, tmp_path_factory.mktemp("keys") / "key") for env in ESTATES}


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
def test_an_applied_estate_differs_in_nothing(worlds: dict[str, World], env: str) -> None:
    plan = worlds[env].whole_plan()

    assert [(c.address, c.action, c.fields) for c in plan.changes] == []


def siblings(kind: str, path: tuple[str, ...]) -> list[Any]:
    """What other resources of the kind have there, in either environment."""
    return [
        mutations.at(resource.properties, path)
        for estate in ALL.values()
        for resource in estate.values()
        if resource.kind == kind
    ]


def candidates(resource: Resource, name: str) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """By path under a property the values to try there, the whole property's."""
    value = resource.properties[name]
    for path, leaf in mutations.leaves(value):
        tries = mutations.others(leaf, siblings(resource.kind, (name, *path)))
        wholes = [
            mutations.replaced(value, path, new)
            for new in tries
            if path or new is not mutations.DROPPED
        ]
        yield path, wholes
    for path, whole in mutations.additions(value):
        yield path, [whole]


#: What cannot be changed behind our back on moto, or not in this way, by kind and beginning of the
#: path, with the reason; docs/fidelity.md has the same list.
NOT_HERE: dict[tuple[str, str], str] = {}


def spoil(
    world: World, kind: Kind, resource: Resource, found: Found, name: str, value: Any
) -> bool:
    """Give one property another value through the API; False where AWS refuses that value."""
    other = replace(resource, properties={**resource.properties, name: value})
    try:
        if name in kind.setters:
            mend(world.cloud, kind, other, found, {name}, AT_ONCE)
        else:
            remove(world.cloud, kind, found, AT_ONCE)
            make(world.cloud, kind, other, AT_ONCE)
    except (
        BotoCoreError,
        ClientError,
        EstateError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
    ):
        return False
    return True


def attempt(world: World, address: str, name: str, values: list[Any]) -> bool:
    """True when one of the values was made, shown as exactly that property, and mended."""
    kind = KIND[address.split("/")[0]]
    resource = resolved(world.wanted[address], world.ids)
    found = kind.read(world.cloud)
    for value in values:
        mine = compare.match([resource], found, world.cloud.ours)[0][address]
        spoiled = spoil(world, kind, resource, mine, name, value)
        found = kind.read(world.cloud)
        plan = world.plan(found, kind)
        work = plan.of("create", "update", "replace", "delete")
        if not work:
            continue
        if spoiled:
            assert [c.address for c in work] == [address], (value, work)
            assert {f.path.split(".")[0] for f in work[0].fields} == {name}, (value, work[0].fields)
        world.apply(plan)
        found = kind.read(world.cloud)
        assert world.plan(found, kind).empty, (value, world.plan(found, kind).changes)
        if name not in kind.setters:
            world.ids = dict(world.whole_plan().ids)
        if spoiled:
            return True
    return False


def cases() -> list[Any]:
    """Every property of every resource that can be changed at all."""
    return [
        pytest.param(env, address, name, id=f"{env}-{address}-{name}")
        for env in ESTATES
        for address, resource in ALL[env].items()
        for name in resource.properties
        if name in KIND[resource.kind].setters or KIND[resource.kind].replaceable
    ]


@pytest.mark.parametrize(("env", "address", "name"), cases())
def test_a_change_behind_our_back_is_shown_and_mended(
    worlds: dict[str, World], env: str, address: str, name: str
) -> None:
    world = worlds[env]
    resource = world.wanted[address]
    unseen = [
        ".".join((name, *path))
        for path, values in candidates(resource, name)
        if not attempt(world, address, name, values)
    ]

    assert [path for path in unseen if not excused(resource.kind, path)] == []


def excused(kind: str, path: str) -> bool:
    """Whether the list of what cannot be shown here has it."""
    return any(kind == k and path.startswith(beginning) for k, beginning in NOT_HERE)
