# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWS account: clients that fail fast, and concurrent calls."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, TypeVar

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # `connection.require_sdk` reports it, with what to install

from .sentences import FAILURES, EstateError
from .tags import OURS, left_alone, owner

if TYPE_CHECKING:
    from ..inputs import Inputs

T = TypeVar("T")
R = TypeVar("R")

#: An endpoint that never answers is reported within one minute, not botocore's five.
CLIENT_CONFIG: dict[str, Any] = {
    "connect_timeout": 3,
    "read_timeout": 18,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "max_pool_connections": 48,
}

ONCE = {"mode": "standard", "total_max_attempts": 1}

#: Limit for the very first call, including the calls that the credentials need (assuming a role, a
#: login session). No playbook waits longer, whatever the endpoint does.
IDENTIFY_SECONDS = 40.0

#: Creates a boto3 client for a service in a region ("" for the home region).
MakeClient = Callable[[str, str, Mapping[str, Any]], Any]


class Cloud:
    """One account, for one environment; calls go to the home region unless one is given."""

    def __init__(self, make_client: MakeClient, *, repeats: bool = True) -> None:
        """`make_client` takes service, region ("" for home) and botocore configuration.

        With `repeats` off, no request is retried: after a lost response to a create request, the
        resource must be looked for before it is created again.
        """
        self._make_client = make_client
        self._config = CLIENT_CONFIG if repeats else CLIENT_CONFIG | {"retries": ONCE}
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._once: Cloud | None = None
        self.inputs: Inputs
        #: For display: the endpoint ("" for AWS's own) and the profile ("" for none).
        self.endpoint = ""
        self.profile = ""
        self.account_id = ""
        self.arn = ""
        self.partition = ""
        #: Whether reading a bucket counts its objects. This is slow for large buckets, and only a
        #: teardown needs it.
        self.counts_objects = False

    def unrepeated(self) -> Cloud:
        """The same account through clients that never retry; created once, too."""
        with self._lock:
            if self._once is None:
                self._once = Cloud(self._make_client, repeats=False)
                # Both create their clients from one session, which is not thread-safe.
                self._once._lock = self._lock
            other = self._once
        other.inputs = self.inputs
        other.account_id, other.partition = self.account_id, self.partition
        return other

    def client(self, service: str, region: str = "") -> Any:
        """The client for one service, created once: boto3 clients are thread-safe."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make_client(service, region, self._config)
            return self._clients[service, region]

    def identify(self) -> None:
        """Call GetCallerIdentity, to check endpoint and credentials before anything else."""
        call = "GetCallerIdentity"
        try:
            identity = within(
                IDENTIFY_SECONDS, lambda: self.client("sts").get_caller_identity(), call
            )
        except FAILURES:
            raise
        except Exception:
            identity = {}  # botocore cannot parse a response that is not from AWS
        arn, account = str(identity.get("Arn")), str(identity.get("Account"))
        if not arn.startswith("arn:") or not re.fullmatch(r"\d{12}", account):
            raise EstateError(
                f"The endpoint {self.client('sts').meta.endpoint_url} does not answer as AWS does "
                f"({call} names no account): check AWS_ENDPOINT_URL."
            )
        self.account_id, self.arn = account, arn
        self.partition = arn.split(":")[1]

    def pages(
        self, service: str, operation: str, result: str, *, region: str = "", **arguments: Any
    ) -> list[Any]:
        """All items of a paginated call."""
        paginator = self.client(service, region).get_paginator(operation)
        return [item for page in paginator.paginate(**arguments) for item in page[result]]

    def left_alone(self, key: str) -> bool:
        """True for a tag key that is never compared, set or removed."""
        return left_alone(key) or self.inputs.ignores(key)

    def owner(self, tags: Mapping[str, str]) -> str:
        """The owner shown by these tags: OURS, NOBODY, or another owner's tags as text."""
        return owner(tags, self.inputs.tags)

    def ours(self, tags: Mapping[str, str]) -> bool:
        """True for tags that only this environment sets."""
        return self.owner(tags) == OURS

    def named_or_ours(self, tags: Mapping[str, str], *names: str) -> bool:
        """True for our tags or one of our names, so that lost tags are drift, not a duplicate."""
        return tags.get("Name") in names or self.ours(tags)


#: While responses come fast, this many calls run in parallel: more threads only compete for
#: Python's lock, and double the processor time of a plan.
FEW = 4
#: Seconds after which another call starts without waiting for a response.
STAGGER = 0.02


def concurrently(function: Callable[[T], R], arguments: Iterable[T], workers: int = 48) -> list[R]:
    """The result of `function` for each argument, in order; the calls run in parallel.

    The slower the responses, the more of them, up to `workers`.
    """
    calls: list[Future[R]] = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for argument in arguments:
            pending = [call for call in calls if not call.done()]
            if len(pending) >= FEW:
                wait(pending, timeout=STAGGER, return_when=FIRST_COMPLETED)
            calls.append(pool.submit(function, argument))
    return [call.result() for call in calls]


def within(seconds: float, call: Callable[[], R], operation: str) -> R:
    """The result of a call; raises EstateError when it takes longer than `seconds`.

    A read timeout is not enough: an endpoint that sends a byte now and then never triggers it.
    """
    answers: list[R] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(call())
        except BaseException as error:
            errors.append(error)

    # A daemon thread, so that it does not keep the process alive after the timeout.
    asking = threading.Thread(target=ask, name=operation, daemon=True)
    asking.start()
    asking.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise EstateError(
            f"{operation} was not answered within {seconds:.0f} seconds: check the network, the "
            "proxy (HTTPS_PROXY), AWS_REGION and, where it is set, AWS_ENDPOINT_URL."
        )
    return answers[0]


def absent(call: Callable[[], R], *codes: str) -> R | None:
    """The result of a call, or None if it fails with one of these "not found" codes."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def error_code(call: Callable[[], Any], *codes: str) -> str | None:
    """The error code of a call if it is in `codes`, None on success; other errors are raised."""
    try:
        call()
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in codes:
            return code
        raise
    return None
