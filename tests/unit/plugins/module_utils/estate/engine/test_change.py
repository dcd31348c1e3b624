"""One resource: made once whatever becomes of the answer, mended only where it differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    Pace,
    make,
    mend,
    remove,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.charges import FREE
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Found,
    Kind,
    Resource,
    Target,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

AT_ONCE = Pace(looks=(0, 0, 0), waits=(0, 0, 0))


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "Create",
    )


LOST = ReadTimeoutError(endpoint_url="http://aws")


class World:
    """Things by name, and what goes wrong with the next creations."""

    def __init__(self, *faults: tuple[str, Exception]) -> None:
        self.things: list[dict[str, Any]] = []
        self.faults = list(faults)
        self.set: list[str] = []

    def create(self, _cloud: Cloud, resource: Resource) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault[0] != "before":
            self.things.append({"name": resource.name, "size": 1, "colour": None})
        if fault is not None:
            raise fault[1]
        return resource.name

    def read(self, _cloud: Cloud) -> list[Found]:
        return [
            Found("thing", t["name"], t["name"], {k: v for k, v in t.items() if k != "name"})
            for t in self.things
        ]

    def setter(self, name: str) -> Any:
        def run(_cloud: Cloud, target: Target) -> None:
            self.set.append(name)
            for thing in self.things:
                thing[name] = target.properties[name]

        return run

    def kind(self, **more: Any) -> Kind:
        return Kind(
            "thing",
            "family",
            lambda inputs, facts: [],
            self.read,
            (),
            FREE,
            create=self.create,
            setters={"size": self.setter("size"), "colour": self.setter("colour")},
            created_with=frozenset({"size"}),
            **more,
        )


@pytest.fixture
def cloud(inputs: Any) -> Cloud:
    cloud = Cloud(lambda service, region, config: None)
    cloud.inputs = inputs
    return cloud


WANTED = Resource("thing", "main", "it", {"size": 1, "colour": "red"})


def test_references_become_ids_wherever_they_stand() -> None:
    given = Resource("a", "b", "c", {"vpc": "vpc/main", "policy": {"Resource": ["key/main", "x"]}})

    assert resolved(given, {"vpc/main": "vpc-1", "key/main": "arn"}).properties == {
        "vpc": "vpc-1",
        "policy": {"Resource": ["arn", "x"]},
    }


def test_what_creation_does_not_bring_about_is_set_after_it(cloud: Cloud) -> None:
    world = World()

    assert make(cloud, world.kind(), WANTED, AT_ONCE) == "it"
    assert world.things == [{"name": "it", "size": 1, "colour": "red"}]
    assert world.set == ["colour"]


@pytest.mark.parametrize(
    ("when", "error"),
    [
        ("after", LOST),
        ("after", refused("InternalError", 500)),
        ("before", LOST),
        ("before", refused("Throttling")),
        ("before", refused("RequestLimitExceeded", 503)),
        ("after", refused("EntityAlreadyExists")),
    ],
)
def test_whatever_becomes_of_the_answer_one_thing_is_made(
    cloud: Cloud, when: str, error: Exception
) -> None:
    world = World((when, error))

    assert make(cloud, world.kind(), WANTED, AT_ONCE) == "it"
    assert world.things == [{"name": "it", "size": 1, "colour": "red"}]


@pytest.mark.parametrize(
    "code",
    ["Throttling", "OperationAborted", "InvalidGroup.InUse", "EntityTemporarilyUnmodifiable",
     "RequestTimeout"],
)  # fmt: skip
def test_what_aws_refuses_for_now_is_asked_again(cloud: Cloud, code: str) -> None:
    world = World(*[("before", refused(code))] * 2)

    assert make(cloud, world.kind(), WANTED, AT_ONCE) == "it"
    assert world.faults == []


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectTimeoutError])
def test_a_creation_is_sent_again_when_no_connection_was_made(cloud: Cloud, error: Any) -> None:
    down = ("before", error(endpoint_url="http://aws"))
    world = World(*[down] * 2)

    assert make(cloud, world.kind(), WANTED, AT_ONCE) == "it"
    assert world.things == [{"name": "it", "size": 1, "colour": "red"}]

    # Of two requests the first was carried out.
    world = World(("after", down[1]))
    assert make(cloud, world.kind(), WANTED, AT_ONCE) == "it"
    assert len(world.things) == 1


def test_a_dead_endpoint_is_told_soon(cloud: Cloud) -> None:
    world = World(*[("before", EndpointConnectionError(endpoint_url="http://aws"))] * 9)

    def read(_cloud: Cloud) -> NoReturn:
        raise EndpointConnectionError(endpoint_url="http://aws")

    with pytest.raises(EndpointConnectionError):
        make(cloud, replace(world.kind(), read=read), WANTED, AT_ONCE)
    assert len(world.faults) == 8


def test_a_refusal_that_does_not_pass_is_an_error_at_once(cloud: Cloud) -> None:
    world = World(*[("before", refused("AccessDenied", 403))] * 2)

    with pytest.raises(ClientError, match="AccessDenied"):
        make(cloud, world.kind(), WANTED, AT_ONCE)
    assert len(world.faults) == 1


def test_a_name_that_somebody_else_has_is_an_error(cloud: Cloud) -> None:
    world = World(("before", refused("EntityAlreadyExists")))

    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        make(cloud, world.kind(), WANTED, AT_ONCE)


def test_a_kind_says_which_errors_pass(cloud: Cloud) -> None:
    world = World(("before", refused("RoleNotReady")))

    with pytest.raises(ClientError, match="RoleNotReady"):
        make(cloud, world.kind(), WANTED, AT_ONCE)
    world.faults = [("before", refused("RoleNotReady"))]
    assert make(cloud, world.kind(settles=frozenset({"RoleNotReady"})), WANTED, AT_ONCE) == "it"


def test_only_what_differs_is_mended(cloud: Cloud) -> None:
    world = World()
    world.things = [{"name": "it", "size": 9, "colour": "blue"}]
    [found] = world.read(cloud)

    mend(cloud, world.kind(), WANTED, found, {"size"}, AT_ONCE)

    assert world.set == ["size"]
    assert world.things == [{"name": "it", "size": 1, "colour": "blue"}]


def test_a_call_that_stands_for_two_properties_is_made_once(cloud: Cloud) -> None:
    calls: list[Target] = []

    def both(_cloud: Cloud, target: Target) -> None:
        calls.append(target)

    kind = Kind(
        "k", "f", lambda i, f: [], lambda c: [], (), FREE, setters={"size": both, "colour": both}
    )
    mend(cloud, kind, WANTED, Found("k", "it", "it", {}), {"size", "colour"}, AT_ONCE)

    assert len(calls) == 1


@pytest.mark.parametrize(
    "code", ["RouteAlreadyExists", "InvalidRoute.NotFound", "Resource.AlreadyAssociated"]
)
def test_a_setter_that_meets_its_own_work_looks_again(cloud: Cloud, code: str) -> None:
    """The answer to its request was lost, and the client repeated it."""
    world = World()
    world.things = [{"name": "it", "size": 1, "colour": "blue"}]
    seen: list[Any] = []

    def colour(_cloud: Cloud, target: Target) -> None:
        seen.append(target.found["colour"])
        if target.found["colour"] != "red":
            for thing in world.things:
                thing["colour"] = "red"
            raise refused(code)

    kind = replace(world.kind(), setters={"colour": colour})
    mend(cloud, kind, WANTED, world.read(cloud)[0], {"colour"}, AT_ONCE)

    assert seen == ["blue", "red"]
    world.things = []
    with pytest.raises(ClientError, match=code):
        mend(cloud, kind, WANTED, Found("thing", "it", "it", {"colour": ""}), {"colour"}, AT_ONCE)


def test_the_lock_is_looked_at_before_every_request(cloud: Cloud) -> None:
    """A laptop that sleeps between two of them wakes up long after its lease."""
    world = World(("before", refused("Throttling")))
    left = [None, None, None]

    def check() -> None:
        if not left:
            raise EstateError("The lock is lost.")
        left.pop()

    kind = replace(world.kind(), created_with=frozenset())
    with pytest.raises(EstateError, match="lost"):
        make(cloud, kind, WANTED, replace(AT_ONCE, check=check))

    # Refused, made, and one of its two properties set.
    assert world.faults == []
    assert len(world.things) == 1
    assert world.set == ["size"]


def test_what_is_in_use_is_deleted_when_it_is_free(cloud: Cloud) -> None:
    answers = [refused("DependencyViolation"), refused("DependencyViolation"), None]

    def delete(_cloud: Cloud, _found: Found) -> None:
        error = answers.pop(0)
        if error:
            raise error

    kind = Kind("k", "f", lambda i, f: [], lambda c: [], (), FREE, delete=delete)
    remove(cloud, kind, Found("k", "it", "it", {}), AT_ONCE)

    assert answers == []
