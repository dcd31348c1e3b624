# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply under the lock and verify the result: survey, change, survey again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..engine import saved
from ..engine.apply import Outcome, Work, apply, summary
from ..engine.change import PACE, Pace, make
from ..engine.cloud import Cloud
from ..engine.lock import Lock, NoBucket
from ..engine.model import WORK, Change, Facts
from ..engine.sentences import EstateError, sentence
from ..kinds import KINDS, resources
from ..kinds.storage.bucket import kind as bucket_kind
from ..kinds.storage.bucket.read import is_usable
from ..text import report
from ..text.line import Line, line
from ..text.values import field_text
from . import preflight
from .results import result
from .survey import Survey, look, prepare

#: The bucket that holds the lock; it is an ordinary resource of the estate.
LOCK_BUCKET = "bucket/logs"

#: Maximum number of waits until a new bucket is visible everywhere.
KNOWN_AFTER = 6

#: Seconds between verifications: AWS may return the old state for a while after a change.
VERIFY_WAITS = (1, 2, 4, 8, 8, 8)


def converge(
    cloud: Cloud,
    params: Mapping[str, Any],
    tell: Callable[[Line], None] = lambda line: None,
    pace: Pace = PACE,
) -> dict[str, Any]:
    """Apply the desired state; return the plan afterwards and what was done.

    Raises EstateError, with nothing changed, for invalid inputs, a lock that is held, or a plan
    that is not the expected one.
    """
    inputs = prepare(cloud, params)
    absent = params["state"] == "absent"
    what = "destroy" if absent else "deploy"
    name = inputs.bucket_name("logs")
    lock = Lock(cloud.client("s3"), name, what=what)
    begun = ""
    if is_usable(cloud, name):
        # S3 lists a bucket for a while after its deletion. Creating it again does no harm, but a
        # teardown alongside another run that has just created it does.
        with suppress(NoBucket):
            _take(lock, pace.waits[:KNOWN_AFTER] if absent else ())
    if not lock.held and not absent:
        params = _make_bare(cloud, params, pace)
        begun = LOCK_BUCKET
        _take(lock, pace.waits[:KNOWN_AFTER])
    try:
        with suppress(Exception):
            tell(report.waiting_for("reading the account under the lock"))
        survey = _planned_again(cloud, params, begun)
        params = _known(params, survey.facts)
        if lock.took_over:
            with suppress(Exception):
                tell(line(lock.took_over, "warning"))
        outcomes = _carry_out(cloud, survey, lock, tell, pace, begun=begun)
        with suppress(Exception):
            tell(report.waiting_for("verifying: reading the account again"))
        return _proven(cloud, params, outcomes)
    finally:
        lock.release()


def _take(lock: Lock, waits: Sequence[float]) -> None:
    """Take the lock; retry after each wait while its bucket does not exist."""
    for wait in waits:
        try:
            lock.acquire()
        except NoBucket:
            time.sleep(wait)
        else:
            return
    lock.acquire()


def _make_bare(cloud: Cloud, params: Mapping[str, Any], pace: Pace) -> Mapping[str, Any]:
    """Create the bucket for the lock: of several runs, the first to get the bucket name wins.

    Returns the parameters with the caller's address filled in.
    """
    facts = _facts_before(cloud, params)
    [resource] = [r for r in resources(cloud.inputs, facts) if r.address == LOCK_BUCKET]
    make(cloud, replace(bucket_kind.KIND, setters={}), resource, pace)
    return _known(params, facts)


def _facts_before(cloud: Cloud, params: Mapping[str, Any]) -> Facts:
    """The facts that the bucket depends on, after what must be checked before any change."""
    expected = params["expected"]
    if not saved.creates(expected, LOCK_BUCKET):
        survey = look(cloud, params)
        saved.refuse_moved(expected, survey.document)
        return survey.facts
    # Whoever planned this bucket has read the account, and it is read again under the lock.
    place = saved.place_of(cloud.inputs, cloud.account_id, params["state"])
    saved.refuse_moved(expected, {**expected, **place})
    return preflight.facts(cloud, params["caller_address_url"], params["caller_cidr"])


def _planned_again(cloud: Cloud, params: Mapping[str, Any], begun: str) -> Survey:
    """The plan under the lock, which must be the expected one apart from the bucket of the lock."""
    try:
        survey = look(cloud, params)
        saved.refuse_moved(params["expected"], survey.document, begun)
    except EstateError as error:
        if begun:
            raise EstateError(
                f"{error}\nOnly {begun}, which holds the lock, was created."
            ) from error
        raise
    return survey


def _known(params: Mapping[str, Any], facts: Facts) -> Mapping[str, Any]:
    """The parameters with the caller's address, since a later lookup may give another or none."""
    return {**params, "caller_cidr": facts.caller_cidr}


def _carry_out(
    cloud: Cloud,
    survey: Survey,
    lock: Lock,
    tell: Callable[[Line], None],
    pace: Pace,
    *,
    begun: str,
) -> list[Outcome]:
    def tell_progress(outcome: Outcome, number: int, total: int) -> None:
        tell(report.progress(outcome, number, total))

    def tell_waiting(changes: Sequence[Change]) -> None:
        tell(report.waiting(changes))

    work = Work(
        cloud,
        {kind.name: kind for kind in KINDS},
        {resource.address: resource for resource in survey.wanted},
        survey.plan,
        tell=tell_progress,
        waits=tell_waiting,
        pace=pace,
        begun=begun,
    )
    if lock.held:
        work = replace(work, check=lock.check)
        if survey.state == "absent":
            work = replace(work, last=LOCK_BUCKET, before_last=lock.release)
    return apply(work)


def _proven(cloud: Cloud, params: Mapping[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
    """Survey until nothing differs; return what was done, and the failures as one text."""
    failure = "\n".join(summary(outcomes, params.get("command", "")))
    try:
        after = _look_again(cloud, params, settled=bool(failure))
        seen = result(cloud, after, full=False)
        if not failure and not after.plan.empty:
            failure = _still_differs(after)
    except Exception as error:
        # Expired credentials fail here too, but what was done must still be reported.
        seen = {}
        failure = failure or f"{len(outcomes)} of {len(outcomes)} changes are done and stay."
        failure += f"\nThe result could not be verified: {sentence(error)}"
    return {
        **seen,
        "failure": failure,
        "outcomes": [
            {
                "address": o.change.address,
                "action": o.action,
                "status": o.status,
                "reason": o.reason,
                "seconds": round(o.seconds, 1),
            }
            for o in outcomes
        ],
        "done": [] if failure else report.done(outcomes),
    }


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
    fields = [field_text(field) for change in work for field in change.fields]
    what = ", ".join(change.address for change in work)
    return f"After apply these still differ: {what} ({'; '.join(fields[:8])})."
