# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of an environment: one S3 object, written only on condition.

Who creates the object holds the lock, and rewrites it every third of the lease. Who finds one that
was not rewritten for a whole lease, or one of a process of this machine that is gone, takes it
over; S3 lets only one of two takers win. Ages are taken from S3's clock alone (its Date header and
LastModified), and our own time from a clock that nobody sets and that goes on while the machine
sleeps.

AWS cannot refuse a change of somebody who lost the lock. So `check` comes before every creation,
deletion and property, and before each repetition; it refuses a while before the lease ends, since
a request needs time to arrive.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from .cloud import EstateError
from .failures import code_of, passes, perhaps_done

KEY = "locks/deploy.json"
LEASE_SECONDS = 60.0

#: S3 tells times in whole seconds, so an age that it tells may be one second too much.
ROUNDING = 1.0
#: From this share of the lease on no change is begun.
SAFE_SHARE = 5 / 6
TRIES = 12
PAUSE = 0.25

REFUSED = {"PreconditionFailed", "412"}
GONE = {"NoSuchKey", "NoSuchBucket", "404"}


class Held(EstateError):  # noqa: N818
    """Somebody else holds the lock."""


class Lost(EstateError):  # noqa: N818
    """The lock is not ours any more, or may not be."""


class NoBucket(EstateError):  # noqa: N818
    """There is no bucket to keep the lock in, so there is no environment yet."""


@dataclass(frozen=True)
class Holder:
    """What the object says, and S3 about it."""

    run: str
    who: str
    what: str
    since: str
    lease: float
    pid: int
    machine: str
    etag: str
    #: Seconds since it was last written, and when it runs out: by S3's clock.
    age: float
    free_at: datetime

    @property
    def told(self) -> str:
        """The holder in a few words."""
        doing = f"a {self.what}" if self.what else "something"
        return f"{self.who}, who runs {doing} since {self.since}"


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
        """`client` is an S3 client; `what` the word for what the run does, `who` for its user."""
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
        """Take the lock; raises Held where somebody has it, NoBucket where there is no place."""
        began = self._clock()
        there: Holder | None = None
        for _unused in range(TRIES):
            if self._claim(there):
                break
            there = self._holder()
            if there and there.run == self._run:  # the answer to our claim was lost
                self._etag, self._renewed = there.etag, began
                break
            if there and not _dead(there):
                raise Held(self._held_by(there))
            self._sleep(PAUSE)
        else:
            raise Held(f"The lock {self._url} is being taken by too many runs at once: try again.")
        self.held = True
        self._start()

    def check(self) -> None:
        """Raise Lost unless the lock is surely ours for a while."""
        if self._lost:
            raise Lost(self._lost)
        if not self.held:
            raise Lost(f"The lock {self._url} is not held, so nothing may be changed.")
        silent = self._clock() - self._renewed
        if silent >= self._lease * SAFE_SHARE:
            raise Lost(
                f"The lock {self._url} could not be renewed for {silent:.0f} seconds, so somebody "
                "else may take it: stopped before the next change. Run it again."
            )

    def beat(self) -> bool:
        """Renew the lease; False where nobody answered, so that it must be tried again soon."""
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
                by = f"was taken over by {there.told}" if there else "was removed"
                self._lost = (
                    f"The lock {self._url} {by}: stopped before the next change. Run it again."
                )
                return True
            self._etag = there.etag  # our last renewal was carried out, and its answer lost
        return False

    def release(self) -> None:
        """Remove our object with its versions, where it is still ours."""
        if not self.held:
            return
        self._stop.set()
        if self._thread:
            self._thread.join(self._lease)
        self.held = False
        if self._lost:
            return
        with suppress(Exception):
            # Gone with its bucket, or it runs out by itself; no work depends on it.
            self._remove()

    @property
    def _url(self) -> str:
        return f"s3://{self._at['Bucket']}/{self._at['Key']}"

    def _claim(self, dead: Holder | None) -> bool:
        """Write our object where there is none, or in place of a dead holder's."""
        sent = self._clock()
        if dead:
            self.took_over = (
                f"Took over the lock of {dead.told}: it ended {dead.age:.0f} seconds ago or more "
                "without giving the lock back."
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
        """One conditional write. No two bodies are equal, so no two have one ETag."""
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
        date = _date(answer)
        if date and not self._since:
            self._since = _told(date)

    def _holder(self) -> Holder | None:
        """Who has the lock according to S3, None when it is free."""
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
            f"The lock {self._url} is held by {there.told}: wait for its end, or, if it has died, "
            f"until {_told(there.free_at)}, when the lock is free at the latest."
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
        # The list first: what is in it is ours or older, and nothing that comes later is touched.
        there = self._versions()
        if not any(item["IsLatest"] and item.get("ETag") == self._etag for item in there):
            return
        marker = self._mark()
        if not marker:
            # Taken over meanwhile; or this was a second try, and the marker of the first is there.
            again = self._versions()
            marker = next((v["VersionId"] for v in again if v["IsLatest"] and "ETag" not in v), "")
            there = again if marker else there
        self._clear([item["VersionId"] for item in there], marker)

    def _clear(self, versions: list[str], marker: str) -> None:
        """Delete for good; the marker last: without it an older version would stand for a lock."""
        # A bucket that keeps no versions calls every object "null", the next holder's too.
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
        """Delete what is ours; the id of the marker that S3 puts in its place, where it told it."""
        try:
            answer = self._client.delete_object(**self._at, IfMatch=self._etag)
        except ClientError as error:
            if code_of(error) not in REFUSED | GONE:
                raise
            return ""
        return str(answer.get("VersionId", "")) if answer.get("DeleteMarker") else ""

    def _versions(self) -> list[dict[str, Any]]:
        """All versions of our object and its delete markers, which have no ETag."""
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
    """Seconds on a clock that nobody sets, those of a sleeping machine included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _parsed(text: bytes, answer: dict[str, Any], lease: float) -> Holder:
    try:
        body = json.loads(text)
    except ValueError:
        body = {}  # not written by us: held by whoever wrote it, for as long as one of ours
    written = answer["LastModified"]
    now = _date(answer)
    held_for = float(body.get("lease_seconds") or lease) + ROUNDING
    return Holder(
        run=str(body.get("run", "")),
        who=str(body.get("who") or "somebody unknown"),
        what=str(body.get("what", "")),
        since=str(body.get("since") or _told(written)),
        lease=held_for,
        pid=int(body.get("pid") or 0),
        machine=str(body.get("machine", "")),
        etag=answer["ETag"],
        # Without S3's clock nobody can be told dead.
        age=(now - written).total_seconds() if now else 0.0,
        free_at=written + timedelta(seconds=held_for),
    )


def _dead(there: Holder) -> bool:
    """True when the holder let its lease pass, or was a process of this machine that is gone."""
    if there.age >= there.lease:
        return True
    if not there.pid or not there.machine or there.machine != _machine():
        return False
    try:
        os.kill(there.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it lives, and is somebody else's
    return False


def _machine() -> str:
    """What tells this machine's process numbers from all others; "" where Linux does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        return ""


def _date(answer: dict[str, Any]) -> datetime | None:
    """The time of an answer by S3's clock."""
    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(text) if text else None


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
