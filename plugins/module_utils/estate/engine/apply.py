# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply a plan: each change starts when its dependencies are done; independent ones in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from .change import PACE, Pace, make, mend, remove, resolved
from .cloud import Cloud
from .compare import mentions
from .model import WORK, Change, Found, Kind, Plan, Resource
from .sentences import EstateError, sentence

#: Calls to AWS mostly wait for the network, so many can run at a time.
WORKERS = 12

DONE = {"create": "created", "update": "changed", "replace": "replaced", "delete": "deleted"}


@dataclass
class Outcome:
    """The result of one change: done, failed, held up or left."""

    change: Change
    status: str = "left"
    #: Why it failed, or what it waited for.
    reason: str = ""
    seconds: float = 0.0
    #: What is reported: "create" for an update that completes a creation of the same run.
    action: str = ""

    def __post_init__(self) -> None:
        self.action = self.action or self.change.action


@dataclass(frozen=True)
class Work:
    """Everything needed to apply a plan."""

    cloud: Cloud
    kinds: Mapping[str, Kind]
    resources: Mapping[str, Resource]
    plan: Plan
    #: Called before each step of a change; raises when nothing may be changed any longer.
    check: Callable[[], None] = lambda: None
    #: Called with the outcome of each change, the number finished and the total.
    tell: Callable[[Outcome, int, int], None] = lambda outcome, number, total: None
    #: Called with the changes in progress, whenever they change.
    waits: Callable[[Sequence[Change]], None] = lambda changes: None
    #: The address that this run has created before, without its settings.
    begun: str = ""
    #: The address to delete after all changes that do not wait for it, and a hook run just before.
    last: str = ""
    before_last: Callable[[], None] = lambda: None
    #: `last` and the changes after it, which no longer call `check`.
    unlocked: frozenset[str] = frozenset()
    pace: Pace = field(default=PACE)


def apply(work: Work) -> list[Outcome]:
    """Carry out the plan; one outcome per change, in plan order.

    A failed change holds up only the changes that depend on it. Nothing is rolled back: the next
    run continues.
    """
    changes = {change.address: change for change in work.plan.of(*WORK)}
    outcomes = {address: Outcome(change) for address, change in changes.items()}
    if work.begun in outcomes:
        outcomes[work.begun].action = "create"
    waits_for = order(work, changes)
    work = replace(work, unlocked=_behind(work.last, waits_for) | {work.last})
    ids, open_, number = dict(work.plan.ids), dict(waits_for), 0
    running: dict[Future[None], str] = {}
    with _pool() as pool:
        while open_ or running:
            for address in [a for a, needs in open_.items() if _ready(needs, outcomes)]:
                del open_[address]
                needs = waits_for[address]
                if address == work.last:  # waits for all, but only its own users must be gone
                    needs = _users(work, changes[address], changes)
                if blocker := next((n for n in sorted(needs) if _not_done(outcomes, n)), ""):
                    outcomes[address].reason = f"waits for {blocker}"
                    outcomes[address].status = "held up"
                    continue
                running[pool.submit(_one, work, changes[address], outcomes[address], ids)] = address
            with suppress(Exception):
                work.waits([changes[address] for address in running.values()])
            finished, _unused = (
                wait(running, return_when=FIRST_COMPLETED) if running else (set(), None)
            )
            for future in finished:
                future.result()
                number += 1
                outcome = outcomes[running.pop(future)]
                with suppress(Exception):  # a full disk must not stop the work
                    work.tell(outcome, number, len(outcomes))
    return list(outcomes.values())


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """A thread pool that starts no further work once the run is interrupted."""
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _ready(needs: set[str], outcomes: Mapping[str, Outcome]) -> bool:
    return all(outcomes[address].status != "left" for address in needs)


def _not_done(outcomes: Mapping[str, Outcome], address: str) -> bool:
    return outcomes[address].status != "done"


def _one(work: Work, change: Change, outcome: Outcome, ids: dict[str, str]) -> None:
    """Carry out one change. Errors are stored, not raised, so that other changes are reported."""
    started = time.monotonic()
    try:
        if change.address == work.last:
            work.check()
            work.before_last()
        if change.address not in work.unlocked:
            work = replace(work, pace=replace(work.pace, check=work.check))
        # Set the id first: once the status is "done", dependent changes may start.
        ids[change.address] = _carry_out(work, change, ids)
        outcome.status = "done"
    except Exception as error:
        outcome.status, outcome.reason = "failed", sentence(error)
    outcome.seconds = time.monotonic() - started


def _carry_out(work: Work, change: Change, ids: Mapping[str, str]) -> str:
    cloud, kind = work.cloud, work.kinds[change.kind]
    if change.action == "delete":
        remove(cloud, kind, work.plan.found[change.address], work.pace)
        return change.id
    resource = resolved(work.resources[change.address], ids)
    if change.action == "create":
        return make(cloud, kind, resource, work.pace)
    found = work.plan.found[change.address]
    if change.action == "replace":
        remove(cloud, kind, found, work.pace)
        return make(cloud, kind, resource, work.pace)
    names = {item.path.split(".")[0] for item in change.fields}
    mend(cloud, kind, resource, found, names, work.pace)
    return change.id


def order(work: Work, changes: Mapping[str, Change]) -> dict[str, set[str]]:
    """For each address, the changes that must end first.

    Raises EstateError for a dependency cycle, which is an error in the kinds.
    """
    result = {}
    for address, change in changes.items():
        if change.action == "delete":
            result[address] = _users(work, change, changes)
        else:
            result[address] = _needs(work.resources[address], changes)
    if work.last in result:
        result[work.last] = set(result) - {work.last} - _behind(work.last, result)
    _refuse_circles(result)
    return result


def _behind(last: str, waits_for: Mapping[str, set[str]]) -> frozenset[str]:
    """What waits for the last one, directly or indirectly; for example its key."""
    behind: set[str] = set()
    while more := {a for a, needs in waits_for.items() if needs & {last, *behind}} - behind:
        behind |= more
    return frozenset(behind)


def _needs(resource: Resource, changes: Mapping[str, Change]) -> set[str]:
    """The changes that must come before a resource: everything that it refers to."""
    return {
        address
        for address, change in changes.items()
        if address != resource.address and change.action != "delete" and refers(resource, address)
    }


def refers(resource: Resource, address: str) -> bool:
    """Whether a resource depends on another one."""
    return address in resource.needs or mentions(resource.properties, address)


def _users(work: Work, change: Change, changes: Mapping[str, Change]) -> set[str]:
    """The changes that must come before a deletion: the deletion of everything that refers to it.

    Creations and updates in the same plan also come first, since they may replace what is deleted.
    """
    item = work.plan.found[change.address]
    result = set()
    for address, other in changes.items():
        if address == change.address:
            continue
        if other.action != "delete":
            result.add(address)
            continue
        user = work.plan.found[address]
        wanted = work.resources.get(address)
        if _holds_id(user, item) or (wanted and refers(wanted, change.address)):
            result.add(address)
    return result


def _holds_id(user: Found, item: Found) -> bool:
    # A name proves nothing: a VPC and a key pair with the same name do not refer to each other.
    return item.id != item.name and mentions(user.properties, item.id)


def _refuse_circles(waits_for: Mapping[str, set[str]]) -> None:
    left = dict(waits_for)
    while left:
        free = [address for address, needs in left.items() if not needs & left.keys()]
        if not free:
            raise EstateError(f"These wait for each other: {', '.join(sorted(left))}.")
        for address in free:
            del left[address]


def summary(outcomes: Sequence[Outcome], command: str) -> list[str]:
    """What was and was not done, and the command to continue; empty if everything is done."""
    failed = [o for o in outcomes if o.status == "failed"]
    held_up = [o for o in outcomes if o.status in ("held up", "left")]
    if not failed and not held_up:
        return []
    done = len(outcomes) - len(failed) - len(held_up)
    lines = [f"{done} of {len(outcomes)} changes are done and stay."]
    lines += [f"failed: {o.change.address}: {o.reason}" for o in failed]
    lines += [f"not started: {o.change.address}: {o.reason}" for o in held_up]
    if not command:
        return [*lines, "Correct the cause, then run the same command again."]
    return [*lines, f"Correct the cause, then continue with: {command}"]
