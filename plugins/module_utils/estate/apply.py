# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply a plan: each change as soon as what it needs is there, independent ones side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from .change import PACE, Pace, make, mend, remove, resolved
from .cloud import Cloud, EstateError, sentence
from .compare import mentions
from .model import WORK, Change, Found, Kind, Plan, Resource

#: Calls to AWS wait for the network; many at a time cost nothing.
WORKERS = 12

DONE = {"create": "created", "update": "changed", "replace": "replaced", "delete": "deleted"}


@dataclass
class Outcome:
    """What became of one change: done, failed or left."""

    change: Change
    status: str = "left"
    #: Why it failed, or what it waited for.
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Work:
    """All that applying a plan needs."""

    cloud: Cloud
    kinds: Mapping[str, Kind]
    resources: Mapping[str, Resource]
    plan: Plan
    #: Called before each step of a change; raises when nothing may be changed any more.
    check: Callable[[], None] = lambda: None
    #: Called with the outcome of each change and how many are finished.
    tell: Callable[[Outcome, int, int], None] = lambda outcome, number, total: None
    #: The address that is deleted after all that do not wait for it, and what happens just before.
    last: str = ""
    before_last: Callable[[], None] = lambda: None
    #: That and what comes after it: not checked any more.
    unlocked: frozenset[str] = frozenset()
    pace: Pace = field(default=PACE)


def apply(work: Work) -> list[Outcome]:
    """Carry out the plan; one outcome per change, in plan order.

    A change that fails holds up only what needs it. Nothing is undone: the next run goes on.
    """
    changes = {change.address: change for change in work.plan.of(*WORK)}
    outcomes = {address: Outcome(change) for address, change in changes.items()}
    waits_for = order(work, changes)
    work = replace(work, unlocked=_behind(work.last, waits_for) | {work.last})
    ids, running, open_, number = dict(work.plan.ids), {}, dict(waits_for), 0
    with _pool() as pool:
        while open_ or running:
            for address in [a for a, needs in open_.items() if _ready(needs, outcomes)]:
                del open_[address]
                needs = waits_for[address]
                if address == work.last:  # it waits for all, and needs only its own users gone
                    needs = _users(work, changes[address], changes)
                if blocker := next((n for n in sorted(needs) if _not_done(outcomes, n)), ""):
                    outcomes[address].reason = f"waits for {blocker}"
                    outcomes[address].status = "held up"
                    continue
                running[pool.submit(_one, work, changes[address], outcomes[address], ids)] = address
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
    """Workers that begin nothing more once the run is interrupted."""
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
    """Carry out one change. No error leaves it: those beside it must be told too."""
    started = time.monotonic()
    try:
        if change.address == work.last:
            work.check()
            work.before_last()
        if change.address not in work.unlocked:
            work = replace(work, pace=replace(work.pace, check=work.check))
        # The id first: from "done" on, what waited for this one may begin.
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
    """By address which other changes must have ended before.

    Raises EstateError when they wait for each other in a circle: an error in the kinds.
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
    """What waits for the last one, or for another that does: its key, for one."""
    behind: set[str] = set()
    while more := {a for a, needs in waits_for.items() if needs & {last, *behind}} - behind:
        behind |= more
    return frozenset(behind)


def _needs(resource: Resource, changes: Mapping[str, Change]) -> set[str]:
    """What must be there before a resource: all that it refers to."""
    return {
        address
        for address, change in changes.items()
        if address != resource.address and change.action != "delete" and refers(resource, address)
    }


def refers(resource: Resource, address: str) -> bool:
    """Whether a resource needs another one."""
    return address in resource.needs or mentions(resource.properties, address)


def _users(work: Work, change: Change, changes: Mapping[str, Change]) -> set[str]:
    """What must be gone before a thing: all that refers to it. A plan that also makes things
    makes them first, since they may take the place of what goes."""
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
    # A name is no proof: a VPC and a key pair of one name do not refer to each other.
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
    """What was done and what was not, and the command to go on; empty when all is done."""
    failed = [o for o in outcomes if o.status == "failed"]
    held_up = [o for o in outcomes if o.status in ("held up", "left")]
    if not failed and not held_up:
        return []
    done = len(outcomes) - len(failed) - len(held_up)
    lines = [f"{done} of {len(outcomes)} changes are done and stay."]
    lines += [f"failed: {o.change.address}: {o.reason}" for o in failed]
    lines += [f"not begun: {o.change.address}: {o.reason}" for o in held_up]
    return [*lines, f"Mend the cause, then go on with: {command}"]
