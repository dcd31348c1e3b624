"""One run at a time: the lock in S3."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine import lock as module
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.lock import (
    KEY,
    Held,
    Lock,
    Lost,
    NoBucket,
)
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.models import botocore_stubber
from moto.s3.models import s3_backends

from localcloud.api.moto_patches import s3_conditions

BUCKET = "acme-heart-dev-logs"


class Clock:
    """Our own clock, set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _strict_s3() -> None:
    s3_conditions.apply()


@pytest.fixture(params=["versioned", "plain"])
def s3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client(
            "s3", region_name="us-west-2", config=Config(retries={"mode": "standard"})
        )
        make_bucket(client)
        if request.param == "versioned":
            client.put_bucket_versioning(
                Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
            )
        yield client


@pytest.fixture
def lock(s3: Any) -> Iterator[Callable[..., Lock]]:
    """`lock(who)`: a lock whose heart does not beat within a test, unless its lease is short."""
    made: list[Lock] = []

    def make(who: str = "ann@laptop (pid 1)", **options: Any) -> Lock:
        options.setdefault("sleep", lambda _seconds: None)
        made.append(Lock(s3, BUCKET, who=who, **options))
        return made[-1]

    yield make
    for one in made:
        one.release()


@contextmanager
def held(lock: Lock) -> Iterator[Lock]:
    """The lock, taken and given back."""
    lock.acquire()
    try:
        yield lock
    finally:
        lock.release()


def make_bucket(client: Any) -> None:
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )


def body(client: Any) -> dict[str, Any]:
    answer = client.get_object(Bucket=BUCKET, Key=KEY)
    return dict(json.loads(answer["Body"].read()))


@pytest.fixture
def age(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`age(seconds)`: make the object as much older by S3's clock, which stands still from then on."""
    now = datetime.now(UTC).replace(microsecond=0)

    def make_older(seconds: float) -> None:
        monkeypatch.setattr(module, "aws_time", lambda _answer: now)
        key = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys[KEY]
        written = key.last_modified.replace(tzinfo=UTC)
        key.last_modified = min(written, now).replace(tzinfo=None) - timedelta(seconds=seconds)

    return make_older


def live_elsewhere(client: Any) -> None:
    """Let the holder be on another machine, where nobody can see its process."""
    text = body(client) | {"machine": "another"}
    client.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(text))


def left(client: Any) -> int:
    found = client.list_object_versions(Bucket=BUCKET)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


class Road:
    """The way to S3; what happens to the next requests of an operation is queued by tests."""

    def __init__(self, client: Any) -> None:
        self._queued: list[tuple[str, int, str]] = []
        # botocore asks every handler even after one answered: moto's would carry out everything.
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send", self._send)

    def lose(self, operation: str, times: int = 1) -> None:
        """Carry it out and lose the reply."""
        self._queued += [(operation, 0, "")] * times

    def refuse(self, operation: str, status: int, code: str, times: int = 1) -> None:
        """Refuse it."""
        self._queued += [(operation, status, code)] * times

    def _send(self, request: Any, event_name: str, **_kwargs: Any) -> Any:
        operation = event_name.rpartition(".")[2]
        queued = next((item for item in self._queued if item[0] == operation), None)
        if queued:
            self._queued.remove(queued)
        if queued and queued[1]:
            return AWSResponse(request.url, queued[1], {}, Raw(queued[2]))
        answer = botocore_stubber(event_name=event_name, request=request)
        if queued:
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer


class Raw:
    def __init__(self, code: str) -> None:
        self._code = code

    def stream(self, **_kwargs: Any) -> Iterator[bytes]:
        yield f"<Error><Code>{self._code}</Code><Message>no</Message></Error>".encode()


@pytest.fixture
def road(s3: Any) -> Road:
    return Road(s3)


def test_a_lock_is_taken_and_leaves_nothing(s3: Any, lock: Callable[..., Lock]) -> None:
    with held(lock()) as mine:
        mine.check()
        written = body(s3)
        assert (written["who"], written["what"]) == ("ann@laptop (pid 1)", "deploy")
        assert mine.beat()
        assert body(s3)["beat"] == 2
        assert mine.took_over == ""

    assert left(s3) == 0
    with pytest.raises(Lost, match="is not held"):
        mine.check()


def test_who_comes_second_is_told_who_holds_it(s3: Any, lock: Callable[..., Lock]) -> None:
    with held(lock("ann@laptop (pid 1)", what="destroy")):
        with pytest.raises(Held) as refused:
            lock("bob@office (pid 2)").acquire()

        when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        assert re.fullmatch(
            rf"The lock s3://{BUCKET}/{KEY} is held by ann@laptop \(pid 1\), running a destroy "
            rf"since {when}: wait until that run ends\. If it has died, the lock is free at {when} "
            r"at the latest\.",
            str(refused.value),
        )
        assert body(s3)["who"] == "ann@laptop (pid 1)"
    with held(lock("bob@office (pid 2)")) as later:
        later.check()


def test_one_of_two_at_once_gets_it(s3: Any, lock: Callable[..., Lock]) -> None:
    for _round in range(5):
        locks = [lock(f"{n}@laptop (pid {n})") for n in range(6)]
        assert_one_wins(locks)


def test_one_of_two_takers_gets_a_dead_holders(
    s3: Any, lock: Callable[..., Lock], age: Callable[[float], None]
) -> None:
    for _round in range(5):
        lock("dead@laptop (pid 9)").acquire()
        age(100)
        locks = [lock(f"{n}@laptop (pid {n})") for n in range(6)]
        winner = assert_one_wins(locks)
        assert winner.took_over.startswith("Took over the lock of dead@laptop (pid 9), running")


def assert_one_wins(locks: list[Lock]) -> Lock:
    barrier = threading.Barrier(len(locks))
    outcomes: dict[int, str] = {}

    def run(number: int) -> None:
        barrier.wait()
        try:
            locks[number].acquire()
            outcomes[number] = "won"
        except Held:
            outcomes[number] = "held"

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(locks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes.values()) == ["held"] * (len(locks) - 1) + ["won"]
    winner = next(locks[n] for n, outcome in outcomes.items() if outcome == "won")
    winner.check()
    winner.release()
    return winner


@pytest.mark.parametrize(("seconds", "free"), [(59, False), (60, False), (61, True), (3600, True)])
def test_a_lock_is_taken_over_after_its_lease(
    s3: Any, lock: Callable[..., Lock], age: Callable[[float], None], seconds: int, free: bool
) -> None:
    first = lock("ann@laptop (pid 1)")
    first.acquire()
    live_elsewhere(s3)
    age(seconds)
    second = lock("bob@office (pid 2)")
    if not free:
        with pytest.raises(Held):
            second.acquire()
        return
    second.acquire()

    assert "ann@laptop (pid 1), running a deploy since" in second.took_over
    assert first.beat()  # nothing to try again: `check` says so
    with pytest.raises(Lost, match=r"was taken over by bob@office \(pid 2\)"):
        first.check()
    first.release()
    assert body(s3)["who"] == "bob@office (pid 2)"
    second.check()
    second.release()
    assert left(s3) == 0


def test_the_lease_of_the_holder_counts(
    s3: Any, lock: Callable[..., Lock], age: Callable[[float], None]
) -> None:
    lock("ann@laptop (pid 1)", lease_seconds=600).acquire()
    age(300)
    with pytest.raises(Held):
        lock("bob@office (pid 2)").acquire()


def test_a_killed_run_of_this_machine_blocks_nobody(s3: Any, lock: Callable[..., Lock]) -> None:
    if not module._machine():
        pytest.skip("only Linux tells one machine's processes from another's")
    lock("ann@laptop (pid 1)").acquire()
    child = subprocess.Popen([sys.executable, "-c", ""])
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(body(s3) | {"pid": child.pid}))
    child.kill()
    child.wait()

    with held(lock("bob@office (pid 2)")) as second:
        assert "ann@laptop (pid 1)" in second.took_over


def test_the_heart_keeps_a_lock(s3: Any, lock: Callable[..., Lock]) -> None:
    pauses: list[float | None] = []

    class Quick(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            return super().wait(0.01)

    mine = lock(lease_seconds=600)
    mine._stop = Quick()
    with held(mine):
        while body(s3)["beat"] < 4:
            mine.check()
    assert set(pauses) == {200}
    assert left(s3) == 0
    assert "deploy-lock" not in {thread.name for thread in threading.enumerate()}


def test_without_a_heartbeat_no_change_is_begun(s3: Any, lock: Callable[..., Lock]) -> None:
    clock = Clock()
    with held(lock(clock=clock)) as mine:
        clock.now += 49
        mine.check()
        clock.now += 1.1
        with pytest.raises(Lost, match="could not be renewed for 50 seconds"):
            mine.check()
        assert mine.beat()  # nobody took it in the meantime: it is ours as before
        mine.check()


def test_a_heart_that_gets_no_answer_tries_again(
    s3: Any, road: Road, lock: Callable[..., Lock]
) -> None:
    clock = Clock()
    with held(lock(clock=clock)) as mine:
        road.refuse("PutObject", 503, "SlowDown", times=3)
        clock.now += 30
        assert not mine.beat()
        clock.now += 15
        assert mine.beat()
        clock.now += 30
        mine.check()


def test_an_object_that_is_gone_is_lost(s3: Any, lock: Callable[..., Lock]) -> None:
    mine = lock()
    mine.acquire()
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    mine.beat()
    with pytest.raises(Lost, match="was removed"):
        mine.check()


def test_who_is_not_the_holder_removes_nothing(
    s3: Any, lock: Callable[..., Lock], age: Callable[[float], None]
) -> None:
    first, second = lock("ann@laptop (pid 1)"), lock("bob@office (pid 2)")
    first.acquire()
    age(100)
    second.acquire()
    first.release()  # which does not know yet that it lost the lock

    assert body(s3)["who"] == "bob@office (pid 2)"
    second.beat()
    second.check()
    lock("eve@attic (pid 3)").release()
    assert body(s3)["who"] == "bob@office (pid 2)"


@pytest.mark.parametrize("times", [1, 5])
def test_a_lost_answer_to_our_claim(
    s3: Any, road: Road, lock: Callable[..., Lock], times: int
) -> None:
    """Once the client repeats by itself and is refused because of ourselves; five: it gives up."""
    road.lose("PutObject", times)
    with held(lock()) as mine:
        mine.check()
        assert mine.took_over == ""
        assert mine.beat()
    assert left(s3) == 0


def test_a_lost_answer_to_our_takeover(
    s3: Any, road: Road, lock: Callable[..., Lock], age: Callable[[float], None]
) -> None:
    lock("ann@laptop (pid 1)").acquire()
    age(100)
    # The claim is refused; the takeover's answer gets lost, and its repetition is refused.
    mine = lock("bob@office (pid 2)")
    road.refuse("PutObject", 412, "PreconditionFailed")
    road.lose("PutObject")
    mine.acquire()

    assert "ann@laptop (pid 1)" in mine.took_over
    assert body(s3)["who"] == "bob@office (pid 2)"
    mine.check()


def test_a_lost_answer_to_a_heartbeat(s3: Any, road: Road, lock: Callable[..., Lock]) -> None:
    with held(lock()) as mine:
        road.lose("PutObject")
        assert mine.beat()
        mine.check()
        assert body(s3)["beat"] == mine._beats
    assert left(s3) == 0


def test_a_lost_answer_to_our_release(s3: Any, road: Road, lock: Callable[..., Lock]) -> None:
    with held(lock()) as mine:
        mine.beat()
        road.lose("DeleteObject")
    assert left(s3) == 0


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "OperationAborted"])
def test_a_conflict_is_tried_again(
    s3: Any, road: Road, lock: Callable[..., Lock], code: str
) -> None:
    road.refuse("PutObject", 409, code, times=2)
    with held(lock()) as mine:
        mine.check()


def test_a_refusal_is_told_as_it_is(s3: Any, road: Road, lock: Callable[..., Lock]) -> None:
    road.refuse("PutObject", 403, "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        lock().acquire()


ODD = [
    b"mine!",
    b"",
    b"[]",
    b"null",
    b"{}",
    b"7",
    b'"text"',
    b"[" * 100_000,
    b'{"who": 7, "run": ["x"], "since": {}, "what": null, "machine": false}',
    b'{"pid": "abc"}',
    b'{"pid": -1}',
    b'{"pid": true, "lease_seconds": true}',
    b'{"lease_seconds": "long"}',
    b'{"lease_seconds": -5}',
    b'{"lease_seconds": NaN}',
    b'{"lease_seconds": Infinity}',
    b"\xff\xfe",
]


def test_an_object_that_is_no_lock_counts_for_one_lease(
    s3: Any, lock: Callable[..., Lock], age: Callable[[float], None]
) -> None:
    for text in ODD:
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=text)
        with pytest.raises(Held, match="an unknown holder, running something since 20"):
            lock().acquire()
        age(50)
        with pytest.raises(Held):
            lock().acquire()
        age(12)
        with held(lock()) as mine:
            assert "an unknown holder" in mine.took_over


def test_a_lease_of_ten_years_is_not_believed(
    s3: Any, lock: Callable[..., Lock], age: Callable[[float], None]
) -> None:
    text = json.dumps({"who": "eve", "lease_seconds": 10 * 365 * 86400})
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=text)
    age(590)
    with pytest.raises(Held, match="eve"):
        lock().acquire()
    age(12)
    with held(lock()) as mine:
        mine.check()


def test_what_is_no_process_number_is_never_signalled(
    s3: Any, lock: Callable[..., Lock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("signalled"))
    for pid in (-1, 0, 2**31, 10**30, 1.5, "1", None):
        text = json.dumps({"who": "eve", "pid": pid, "machine": module._machine()})
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=text)

        with pytest.raises(Held):
            lock().acquire()


def test_names_in_the_lock_are_printed_escaped(s3: Any, lock: Callable[..., Lock]) -> None:
    text = json.dumps({"who": "\x1b[31mJürgen\r\n" + "x" * 5000, "what": "de\x07ploy"})
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=text)

    with pytest.raises(Held) as refused:
        lock().acquire()

    assert str(refused.value).isprintable()
    assert r"\x1b[31mJürgen\r\nxxx" in str(refused.value)
    assert len(str(refused.value)) < 600


def test_two_date_headers_break_nothing(
    s3: Any,
    lock: Callable[..., Lock],
    age: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def twice(parsed: dict[str, Any], **_more: Any) -> None:
        headers = parsed["ResponseMetadata"]["HTTPHeaders"]
        headers["date"] = f"{headers['date']}, {headers['date']}"

    s3.meta.events.register("after-call", twice)
    with held(lock()) as mine:
        assert mine.beat()
        live_elsewhere(s3)
        age(100)
        with held(lock("bob@office (pid 2)")) as second:
            second.check()


def test_without_a_bucket_there_is_no_lock(lock: Callable[..., Lock], s3: Any) -> None:
    s3.delete_bucket(Bucket=BUCKET)
    mine = lock()
    with pytest.raises(NoBucket, match=BUCKET):
        mine.acquire()
    make_bucket(s3)
    with held(mine):
        mine.check()


def test_a_bucket_that_goes_takes_its_lock_along(lock: Callable[..., Lock], s3: Any) -> None:
    with held(lock()) as mine:
        for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
            s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=version["VersionId"])
        s3.delete_bucket(Bucket=BUCKET)
        mine.beat()
        with pytest.raises(Lost, match="was removed"):
            mine.check()


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_a_bucket_that_keeps_versions_from_now_on(
    s3: Any, lock: Callable[..., Lock], status: str
) -> None:
    """As in a first deploy: the lock comes before the bucket's settings."""
    with held(lock()) as mine:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
        mine.check()
    with held(lock("bob@office (pid 2)")) as later:
        assert later.took_over == ""
        assert later.beat()


def test_a_lease_passes_while_the_machine_sleeps() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    found = module.uptime()
    assert before - 1 <= found <= time.clock_gettime(time.CLOCK_BOOTTIME) + 1


def test_the_user_is_named() -> None:
    assert re.fullmatch(rf"\S+@\S+ \(pid {os.getpid()}\)", module.default_who())
