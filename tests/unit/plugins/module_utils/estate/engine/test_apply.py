"""The order of changes, and what becomes of the others when one fails."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply import (
    Outcome,
    Work,
    apply,
    order,
    summary,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import Pace
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.charges import FREE
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    plan_absent,
    plan_present,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    Found,
    Kind,
    Plan,
    Resource,
    Target,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.tags import OURS

AT_ONCE = Pace(looks=(0,), waits=())


class Recorder:
    """Kinds of things that note what happens to them, in which order."""

    def __init__(self, *broken: str, error: type[Exception] = EstateError) -> None:
        self.events: list[str] = []
        self.seen: dict[str, Any] = {}
        self.broken, self.error = broken, error
        self._lock = threading.Lock()

    def _note(self, what: str, name: str) -> None:
        if name in self.broken:
            raise self.error(f"{name} is broken.")
        with self._lock:
            self.events.append(f"{what} {name}")

    def kind(self, name: str, **more: Any) -> Kind:
        def create(_cloud: Cloud, resource: Resource) -> str:
            self._note("create", resource.name)
            self.seen[resource.name] = resource.properties
            return f"id-{resource.name}"

        def setter(_cloud: Cloud, target: Target) -> None:
            self._note("set", target.name)

        def delete(_cloud: Cloud, found: Found) -> None:
            self._note("delete", found.name)

        return Kind(
            name,
            "family",
            lambda inputs, facts: [],
            lambda cloud: [],
            (),
            FREE,
            create=create,
            setters={"size": setter},
            created_with=frozenset({"size", "vpc", "fixed"}),
            delete=delete,
            **more,
        )


@pytest.fixture
def cloud(inputs: Any) -> Cloud:
    cloud = Cloud(lambda service, region, config: None)
    cloud.inputs = inputs
    return cloud


VPC = Resource("net", "main", "vpc", {"size": 1})
SUBNET = Resource("net", "sub", "subnet", {"vpc": "net/main"})
HOST = Resource("net", "host", "host", {"vpc": "net/sub"}, needs=("net/role",))
ROLE = Resource("net", "role", "role", {"size": 2})
ALL = (HOST, SUBNET, ROLE, VPC)


def work(cloud: Cloud, recorder: Recorder, plan: Plan, resources: Any = ALL, **more: Any) -> Work:
    kinds = {"net": recorder.kind("net", **more.pop("kind", {}))}
    return Work(cloud, kinds, {r.address: r for r in resources}, plan, pace=AT_ONCE, **more)


def present(found: list[Found], resources: Any = ALL, **more: Any) -> Plan:
    kind = Recorder().kind("net", **more)
    return plan_present([kind], list(resources), found, owner=lambda tags: OURS)


def found(name: str, **properties: Any) -> Found:
    return Found("net", name, f"id-{name}", properties)


def test_each_thing_is_made_after_what_it_needs_and_gets_its_id(cloud: Cloud) -> None:
    recorder = Recorder()

    outcomes = apply(work(cloud, recorder, present([])))

    events = recorder.events
    assert {o.status for o in outcomes} == {"done"}
    assert events.index("create vpc") < events.index("create subnet") < events.index("create host")
    assert events.index("create role") < events.index("create host")
    assert recorder.seen["host"] == {"vpc": "id-subnet"}
    assert summary(outcomes, "again") == []


def test_only_what_differs_is_touched(cloud: Cloud) -> None:
    recorder = Recorder()
    there = [
        found("vpc", size=9),
        found("subnet", vpc="id-vpc"),
        found("role", size=2),
        found("host", vpc="id-subnet"),
    ]

    apply(work(cloud, recorder, present(there)))

    assert recorder.events == ["set vpc"]


def test_a_failure_holds_up_only_what_needs_it(cloud: Cloud) -> None:
    recorder = Recorder("subnet")

    outcomes = apply(work(cloud, recorder, present([])))

    assert {o.change.name: o.status for o in outcomes} == {
        "vpc": "done",
        "role": "done",
        "subnet": "failed",
        "host": "held up",
    }
    assert summary(outcomes, "ansible-playbook again") == [
        "2 of 4 changes are done and stay.",
        "failed: net/sub: subnet is broken.",
        "not started: net/host: waits for net/sub",
        "Correct the cause, then continue with: ansible-playbook again",
    ]


def test_an_error_that_nobody_thought_of_is_told_like_any_other(cloud: Cloud) -> None:
    outcomes = apply(work(cloud, Recorder("subnet", error=ValueError), present([])))

    assert summary(outcomes, "again")[:2] == [
        "2 of 4 changes are done and stay.",
        "failed: net/sub: ValueError: subnet is broken.",
    ]


def test_a_full_disk_does_not_stop_the_work(cloud: Cloud) -> None:
    def tell(*_outcome: object) -> None:
        raise OSError("No space left on device")

    outcomes = apply(work(cloud, Recorder(), present([]), tell=tell))

    assert {o.status for o in outcomes} == {"done"}


def test_a_teardown_goes_the_other_way_round(cloud: Cloud) -> None:
    recorder = Recorder()
    there = [
        found("vpc", size=1),
        found("subnet", vpc="id-vpc"),
        found("role", size=2),
        found("host", vpc="id-subnet"),
        found("rogue", vpc="id-vpc"),
    ]
    plan = plan_absent(
        [recorder.kind("net")], ALL, there, owner=lambda tags: OURS, destroy_data=False
    )

    apply(work(cloud, recorder, plan))

    events = recorder.events
    assert len(events) == 5
    assert events.index("delete host") < events.index("delete subnet") < events.index("delete vpc")
    assert events.index("delete host") < events.index("delete role")
    assert events.index("delete rogue") < events.index("delete vpc")


def torn_down(cloud: Cloud, recorder: Recorder, there: list[Found], **more: Any) -> list[Outcome]:
    """Delete all of it; the lock is given back before the last."""
    kinds = [recorder.kind("net")]
    plan = plan_absent(kinds, ALL, there, owner=lambda tags: OURS, destroy_data=False)
    before_last = partial(recorder.events.append, "unlock")
    return apply(work(cloud, recorder, plan, before_last=before_last, **more))


def test_the_last_one_waits_for_all_even_when_one_fails(cloud: Cloud) -> None:
    recorder = Recorder("role")
    there = [found("vpc", size=1), found("role", size=2)]

    torn_down(cloud, recorder, there, last="net/main")

    assert recorder.events == ["unlock", "delete vpc"]


def test_the_last_one_stays_while_something_still_uses_it(cloud: Cloud) -> None:
    """A trail that could not be deleted writes to the bucket that would be gone."""
    recorder = Recorder("subnet")
    there = [found("vpc", size=1), found("subnet", vpc="id-vpc"), found("role", size=2)]

    outcomes = torn_down(cloud, recorder, there, last="net/main")

    assert recorder.events == ["delete role"]
    assert {o.change.name: o.reason for o in outcomes}["vpc"] == "waits for net/sub"


def test_what_waits_for_the_last_one_comes_after_it_and_is_not_checked(cloud: Cloud) -> None:
    recorder = Recorder()
    there = [found("vpc", size=1), found("subnet", vpc="id-vpc"), found("role", size=2)]

    def check() -> None:
        if "unlock" in recorder.events:
            raise EstateError("The lock is gone.")

    outcomes = torn_down(cloud, recorder, there, last="net/sub", check=check)

    assert {o.status for o in outcomes} == {"done"}
    assert recorder.events == ["delete role", "unlock", "delete subnet", "delete vpc"]


def test_nothing_is_begun_once_the_check_raises(cloud: Cloud) -> None:
    recorder = Recorder()

    def lost() -> None:
        raise EstateError("The lock is lost.")

    outcomes = apply(work(cloud, recorder, present([]), check=lost))

    assert recorder.events == []
    assert {o.status for o in outcomes} == {"failed", "held up"}


def test_nothing_more_is_begun_of_a_change_once_the_check_raises(cloud: Cloud) -> None:
    recorder = Recorder()
    wanted = [Resource("net", "log", "log", {"fixed": "new"})]
    plan = present([found("log", fixed="old")], wanted, replaceable=True)

    def check() -> None:
        if recorder.events:
            raise EstateError("The lock is lost.")

    [outcome] = apply(work(cloud, recorder, plan, wanted, kind={"replaceable": True}, check=check))

    assert recorder.events == ["delete log"]
    assert (outcome.status, outcome.reason) == ("failed", "The lock is lost.")


def test_a_replacement_is_deleted_and_made_again(cloud: Cloud) -> None:
    recorder = Recorder()
    wanted = [Resource("net", "log", "log", {"fixed": "new"})]
    plan = present([found("log", fixed="old")], wanted, replaceable=True)

    apply(work(cloud, recorder, plan, wanted, kind={"replaceable": True}))

    assert recorder.events == ["delete log", "create log"]


def test_a_circle_is_an_error_and_not_a_wait_for_ever(cloud: Cloud) -> None:
    ring = [
        Resource("net", "a", "a", {"vpc": "net/b"}),
        Resource("net", "b", "b", {"vpc": "net/a"}),
    ]
    plan = present([], ring)

    with pytest.raises(EstateError, match="wait for each other: net/a, net/b"):
        order(work(cloud, Recorder(), plan, ring), {c.address: c for c in plan.changes})


def test_progress_counts_what_is_finished(cloud: Cloud) -> None:
    told: list[tuple[str, int, int]] = []

    def tell(outcome: Outcome, number: int, total: int) -> None:
        told.append((outcome.change.name, number, total))

    apply(work(cloud, Recorder(), present([]), tell=tell))

    assert [number for _name, number, _total in told][-1] == 4
    assert {total for _name, _number, total in told} == {4}


def test_an_error_of_our_own_is_not_hidden(cloud: Cloud) -> None:
    plan = Plan([Change("create", "net", "main", "vpc", "family")], {}, {})

    with pytest.raises(KeyError):
        apply(work(cloud, Recorder(), plan, []))


def test_an_interrupted_run_begins_nothing_more(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply.WORKERS", 1
    )
    many = [Resource("net", str(number), str(number), {"size": 1}) for number in range(9)]
    stopped = threading.Event()
    begun: list[None] = []
    shutdown = ThreadPoolExecutor.shutdown

    def shut(pool: ThreadPoolExecutor, wait: bool = True, *, cancel_futures: bool = False) -> None:
        shutdown(pool, wait=False, cancel_futures=cancel_futures)
        stopped.set()
        shutdown(pool, wait=wait)

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", shut)

    def check() -> None:
        begun.append(None)
        if len(begun) > 1:
            assert stopped.wait(600), "the interrupt did not stop the pool"

    def tell(_outcome: Outcome, _number: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(work(cloud, Recorder(), present([], many), many, check=check, tell=tell))

    assert len(begun) <= 2
