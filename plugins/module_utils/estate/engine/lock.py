# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of an environment: one S3 object, written with conditional requests only.

The run that creates the object holds the lock, and rewrites it every third of the lease. The lock
may be taken over if the object was not rewritten for a whole lease, or if its holder was a process
on this machine that has ended; S3 lets only one of two runs win. Ages are measured by S3's clock
alone (its Date header and LastModified). Local time comes from a clock that cannot be set and that
continues while the machine sleeps.

AWS cannot reject a change by a run that lost the lock. So `check` is called before every creation,
deletion and property change, and before each retry. It fails some time before the lease ends,
because a request takes time to arrive.

Anyone who can write to the bucket can put anything into the object: content that is not a valid
lock counts as held by an unknown holder, for one lease.
"""

from __future__ import annotations

import getpass
import json
import math
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from .failures import code_of, passes, perhaps_done
from .sentences import EstateError, aws_time

KEY = "locks/deploy.json"
LEASE_SECONDS = 60.0
#: A longer lease in the object is cut to this, since it would block every run.
LONGEST_LEASE = 600.0

#: S3 reports whole seconds, so an age may be one second too high.
ROUNDING = 1.0
#: No change is started after this share of the lease.
SAFE_SHARE = 5 / 6
TRIES = 12
PAUSE = 0.25

REFUSED = {"PreconditionFailed", "412"}
GONE = {"NoSuchKey", "NoSuchBucket", "404"}


class Held(EstateError):  # noqa: N818
    """Another run holds the lock."""


class Lost(EstateError):  # noqa: N818
    """This run no longer holds the lock, or may no longer hold it."""


class NoBucket(EstateError):  # noqa: N818
    """The bucket of the lock does not exist, so there is no environment yet."""


@dataclass(frozen=True)
class Holder:
    """The content of the lock object, and its S3 metadata."""

    run: str
    who: str
    what: str
    since: str
    lease: float
    pid: int
    machine: str
    etag: str
    #: Seconds since the last write, and when the lease ends, both by S3's clock.
    age: float
    free_at: datetime

    @property
    def described(self) -> str:
        """The holder in a few words."""
        doing = f"a {self.what}" if self.what else "something"
        return f"{self.who}, running {doing} since {self.since}"


class Lock:
    """The lock of one environment, for one run."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        what: str = "deploy",
        who: str = "",
        *,
        lease_seconds: float = LEASE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`client` is an S3 client, `what` the type of run (deploy, destroy), `who` its user."""
        self.took_over = ""
        self._client = client
        self._at = {"Bucket": bucket, "Key": KEY}
        self._what, self._who = what, who or default_who()
        self._lease = lease_seconds
        self._sleep, self._clock = sleep, clock or uptime
        self._run = uuid.uuid4().hex
        self._beats = 0
        self._since = ""
        self._etag = ""
        self._renewed = 0.0
        self.held = False
        self._lost = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self) -> None:
        """Take the lock; raises Held if another run has it, NoBucket if the bucket is missing."""
        began = self._clock()
        there: Holder | None = None
        for _unused in range(TRIES):
            if self._claim(there):
                break
            there = self._holder()
            if there and there.run == self._run:  # the response to our claim was lost
                self._etag, self._renewed = there.etag, began
                break
            if there and not _dead(there):
                raise Held(self._held_by(there))
            self._sleep(PAUSE)
        else:
            raise Held(f"The lock {self._url} is wanted by too many runs at once: try again.")
        self.held = True
        self._start()

    def check(self) -> None:
        """Raise Lost unless this run is certain to hold the lock for a while longer."""
        if self._lost:
            raise Lost(self._lost)
        if not self.held:
            raise Lost(f"The lock {self._url} is not held, so nothing is changed.")
        silent = self._clock() - self._renewed
        if silent >= self._lease * SAFE_SHARE:
            raise Lost(
                f"The lock {self._url} could not be renewed for {silent:.0f} seconds, so another "
                "run may take it: stopped before the next change. Run this again."
            )

    def beat(self) -> bool:
        """Renew the lease; False if S3 did not answer, so that it must be retried soon."""
        for _unused in range(TRIES):
            sent = self._clock()
            try:
                self._write({"IfMatch": self._etag})
                self._renewed = sent
                return True
            except (BotoCoreError, ClientError) as error:
                if code_of(error) not in REFUSED | GONE:
                    return False
            try:
                there = self._holder()
            except (BotoCoreError, ClientError):
                return False
            except NoBucket:
                there = None
            if there is None or there.run != self._run:
                by = f"was taken over by {there.described}" if there else "was removed"
                self._lost = (
                    f"The lock {self._url} {by}: stopped before the next change. Run this again."
                )
                return True
            self._etag = there.etag  # our last renewal was carried out, but its response was lost
        return False

    def release(self) -> None:
        """Delete the object and its versions if this run still holds the lock."""
        if not self.held:
            return
        self._stop.set()
        if self._thread:
            self._thread.join(self._lease)
        self.held = False
        if self._lost:
            return
        with suppress(Exception):
            # On failure, the object is gone with its bucket or its lease expires: no harm is done.
            self._remove()

    @property
    def _url(self) -> str:
        return f"s3://{self._at['Bucket']}/{self._at['Key']}"

    def _claim(self, dead: Holder | None) -> bool:
        """Write our object if there is none, or replace that of a dead holder."""
        sent = self._clock()
        if dead:
            self.took_over = (
                f"Took over the lock of {dead.described}: that run ended at least {dead.age:.0f} "
                "seconds ago without releasing it."
            )
        else:
            self.took_over = ""
        try:
            self._write({"IfMatch": dead.etag} if dead else {"IfNoneMatch": "*"})
        except (BotoCoreError, ClientError) as error:
            self._no_bucket(error)
            if code_of(error) in REFUSED | GONE or passes(error) or perhaps_done(error):
                return False
            raise
        self._renewed = sent
        return True

    def _write(self, condition: dict[str, str]) -> None:
        """One conditional write. Every body is different, so every ETag is unique."""
        self._beats += 1
        body = {
            "run": self._run,
            "who": self._who,
            "what": self._what,
            "since": self._since,
            "lease_seconds": self._lease,
            "pid": os.getpid(),
            "machine": _machine(),
            "beat": self._beats,
        }
        answer = self._client.put_object(
            **self._at, **condition, Body=json.dumps(body).encode(), ContentType="application/json"
        )
        self._etag = answer["ETag"]
        date = aws_time(answer)
        if date and not self._since:
            self._since = _printed(date)

    def _holder(self) -> Holder | None:
        """The current holder according to S3; None if the lock is free."""
        try:
            answer = self._client.get_object(**self._at)
            text = answer["Body"].read()
        except ClientError as error:
            self._no_bucket(error)
            if code_of(error) in GONE:
                return None
            raise
        return _parsed(text, answer, self._lease)

    def _no_bucket(self, error: BotoCoreError | ClientError) -> None:
        if code_of(error) == "NoSuchBucket":
            raise NoBucket(f"The bucket {self._at['Bucket']} does not exist.") from error

    def _held_by(self, there: Holder) -> str:
        return (
            f"The lock {self._url} is held by {there.described}: wait until that run ends. If it "
            f"has died, the lock is free at {_printed(there.free_at)} at the latest."
        )

    def _start(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._keep, name="deploy-lock", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        pause = self._lease / 3
        while not self._lost and not self._stop.wait(pause):
            pause = self._lease / 3 if self.beat() else self._lease / 20

    def _remove(self) -> None:
        holder = self._holder()
        if holder is None or holder.run != self._run:
            return
        self._etag = holder.etag
        # List first: only listed versions, which are ours or older, are deleted, and no later ones.
        there = self._versions()
        if not any(item["IsLatest"] and item.get("ETag") == self._etag for item in there):
            return
        marker = self._mark()
        if not marker:
            # Taken over meanwhile, or this was a retry and the first try left its marker.
            again = self._versions()
            marker = next((v["VersionId"] for v in again if v["IsLatest"] and "ETag" not in v), "")
            there = again if marker else there
        self._clear([item["VersionId"] for item in there], marker)

    def _clear(self, versions: list[str], marker: str) -> None:
        """Delete versions for good, the marker last: without it, an older one would be a lock."""
        # Without versioning, every object has the version "null", including the next holder's.
        kept = {marker} if marker and marker != "null" else {"null"}
        past = [version for version in versions if version not in kept]
        for chunk in [past[at : at + 1000] for at in range(0, len(past), 1000)]:
            self._client.delete_objects(
                Bucket=self._at["Bucket"],
                Delete={"Objects": [{"Key": KEY, "VersionId": v} for v in chunk], "Quiet": True},
            )
        for version in kept - {"null"}:
            self._client.delete_object(**self._at, VersionId=version)

    def _mark(self) -> str:
        """Delete our object; return the id of its delete marker, or "" if S3 returns none."""
        try:
            answer = self._client.delete_object(**self._at, IfMatch=self._etag)
        except ClientError as error:
            if code_of(error) not in REFUSED | GONE:
                raise
            return ""
        return str(answer.get("VersionId", "")) if answer.get("DeleteMarker") else ""

    def _versions(self) -> list[dict[str, Any]]:
        """All versions of the lock object and its delete markers, which have no ETag."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._at["Bucket"], Prefix=KEY
        )
        return [
            item
            for page in pages
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if item["Key"] == KEY
        ]


def default_who() -> str:
    """`user@host (pid 4711)`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} (pid {os.getpid()})"


def uptime() -> float:
    """Seconds on a clock that cannot be set and that includes the time a machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _parsed(text: bytes, answer: dict[str, Any], lease: float) -> Holder:
    written, now = answer["LastModified"], aws_time(answer)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        body = {}
    held_for = _lease(body.get("lease_seconds"), lease) + ROUNDING
    return Holder(
        run=_text(body.get("run")),
        who=_text(body.get("who")) or "an unknown holder",
        what=_text(body.get("what")),
        since=_text(body.get("since")) or _printed(written),
        lease=held_for,
        pid=_pid(body.get("pid")),
        machine=_text(body.get("machine")),
        etag=answer["ETag"],
        # Without the time from S3, no holder counts as dead.
        age=(now - written).total_seconds() if now else 0.0,
        free_at=written + timedelta(seconds=held_for),
    )


def _lease(value: Any, default: float) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        return default
    return min(float(value), LONGEST_LEASE)


def _pid(value: Any) -> int:
    """A process id, 0 for anything else: -1 would mean all processes."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if whole and 0 < value < 2**31 else 0


def _text(value: Any) -> str:
    """A short text with unprintable characters escaped; "" for anything else."""
    if not isinstance(value, str):
        return ""
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in value[:200])
    return "".join(escaped)


def _dead(there: Holder) -> bool:
    """True if the lease has expired, or the holder was a process on this machine that is gone."""
    if there.age >= there.lease:
        return True
    if not there.pid or not there.machine or there.machine != _machine():
        return False
    try:
        os.kill(there.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it is running as another user
    return False


def _machine() -> str:
    """An id for this boot and process id namespace; "" on anything but Linux."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        return ""


def _printed(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
