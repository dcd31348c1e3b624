# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply under the lock, and prove it: survey, change, survey again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from . import report
from .apply import Outcome, Work, apply, summary
from .change import PACE, Pace, make
from .cloud import Cloud, sentence
from .kinds import KINDS
from .kinds import bucket as bucket_kind
from .kinds.bucket_read import owned_names
from .lock import Lock, NoBucket
from .model import WORK
from .saved import refuse_moved
from .survey import Survey, look, prepare, result

#: The bucket that the lock lies in, which is an ordinary part of the estate.
LOCK_BUCKET = "bucket/logs"

#: How many waits it takes at most until a bucket that was just made is known everywhere.
KNOWN_AFTER = 6

#: AWS may answer for a while as if a change had not been made.
VERIFY_WAITS = (1, 2, 4, 8, 8, 8)


def converge(
    cloud: Cloud,
    params: Mapping[str, Any],
    tell: Callable[[str], None] = lambda line: None,
    pace: Pace = PACE,
) -> dict[str, Any]:
    """Bring the account to what the inputs say; the plan afterwards and what was done.

    Raises EstateError where nothing was changed: wrong inputs, a lock that is held, a plan that is
    not the expected one.
    """
    inputs = prepare(cloud, params)
    absent = params["state"] == "absent"
    what = "destroy" if absent else "deploy"
    name = inputs.bucket_name("logs")
    lock = Lock(cloud.client("s3"), name, what=what)
    besides = ""
    if name in owned_names(cloud):
        # S3 lists a bucket for a while after it was deleted. To make it again does no harm; to tear
        # down beside another run that has just made it does.
        with suppress(NoBucket):
            _take(lock, pace.waits[:KNOWN_AFTER] if absent else ())
    if not lock.held and not absent:
        params = _make_bare(cloud, params, pace)
        _take(lock, pace.waits[:KNOWN_AFTER])
        besides = LOCK_BUCKET
    try:
        survey = look(cloud, params)
        params = _known(params, survey)
        refuse_moved(params["expected"], survey.document, besides)
        if lock.took_over:
            with suppress(Exception):
                tell(lock.took_over)
        outcomes = _carry_out(cloud, survey, lock, tell, pace)
        return _proven(cloud, params, survey, outcomes, what)
    finally:
        lock.release()


def _take(lock: Lock, waits: Sequence[float]) -> None:
    """Take the lock; again after each wait where there is no bucket for it."""
    for wait in waits:
        try:
            lock.acquire()
        except NoBucket:
            time.sleep(wait)
        else:
            return
    lock.acquire()


def _make_bare(cloud: Cloud, params: Mapping[str, Any], pace: Pace) -> Mapping[str, Any]:
    """Make the bucket that the lock needs: whoever comes first does, its name decides who that is.

    Returns the parameters with what was found out.
    """
    survey = look(cloud, params)
    refuse_moved(params["expected"], survey.document)
    [resource] = [r for r in survey.wanted if r.address == LOCK_BUCKET]
    make(cloud, replace(bucket_kind.KIND, setters={}), resource, pace)
    return _known(params, survey)


def _known(params: Mapping[str, Any], survey: Survey) -> Mapping[str, Any]:
    """The parameters with the caller's address: a later answer could be another one, or none."""
    return {**params, "caller_cidr": survey.facts.caller_cidr}


def _carry_out(
    cloud: Cloud, survey: Survey, lock: Lock, tell: Callable[[str], None], pace: Pace
) -> list[Outcome]:
    def tell_progress(outcome: Outcome, number: int, total: int) -> None:
        tell(report.progress(outcome, number, total))

    work = Work(
        cloud,
        {kind.name: kind for kind in KINDS},
        {resource.address: resource for resource in survey.wanted},
        survey.plan,
        tell=tell_progress,
        pace=pace,
    )
    if lock.held:
        work = replace(work, check=lock.check)
        if survey.state == "absent":
            work = replace(work, last=LOCK_BUCKET, before_last=lock.release)
    return apply(work)


def _proven(
    cloud: Cloud, params: Mapping[str, Any], before: Survey, outcomes: list[Outcome], what: str
) -> dict[str, Any]:
    """Look again until nothing differs; what was done, and what failed as one text."""
    failure = "\n".join(summary(outcomes, _command(params, before, what)))
    try:
        after = _look_again(cloud, params, settled=bool(failure))
        seen = result(after, full=False)
        if not failure and not after.plan.empty:
            failure = _still_differs(after)
    except Exception as error:
        # Credentials that ran out fail this too: what was done must be told nevertheless.
        seen = {}
        failure = failure or f"{len(outcomes)} of {len(outcomes)} changes are done and stay."
        failure += f"\nIt could not be looked at again: {sentence(error)}"
    return {
        **seen,
        "failure": failure,
        "outcomes": [
            {
                "address": o.change.address,
                "action": o.change.action,
                "status": o.status,
                "reason": o.reason,
                "seconds": round(o.seconds, 1),
            }
            for o in outcomes
        ],
        "done": [] if failure else report.done(outcomes),
    }


def _command(params: Mapping[str, Any], before: Survey, what: str) -> str:
    """How to go on: without a saved plan, which is not the plan any more."""
    command = f"ansible-playbook playbooks/{what}.yml -e env={before.inputs.environment}"
    if what == "destroy" and params["destroy_data"]:
        command += f" -e destroy_data={params['destroy_data']}"
    if what == "deploy" and params["prune"]:
        command += " -e prune=true"
    return command


def _look_again(cloud: Cloud, params: Mapping[str, Any], *, settled: bool) -> Survey:
    survey = look(cloud, params)
    for wait in () if settled else VERIFY_WAITS:
        if survey.plan.empty:
            break
        time.sleep(wait)
        survey = look(cloud, params)
    return survey


def _still_differs(survey: Survey) -> str:
    work = survey.plan.of(*WORK)
    fields = [report.field_text(field) for change in work for field in change.fields]
    what = ", ".join(change.address for change in work)
    return f"After apply these still differ: {what} ({'; '.join(fields[:8])})."
