# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account: clients that fail fast, many calls at a time, errors as sentences."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

try:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        TokenRetrievalError,
    )
    from botocore.exceptions import ConnectionError as NoConnectionError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from .normal import OWNER_TAGS

if TYPE_CHECKING:
    from .inputs import Inputs

T = TypeVar("T")
R = TypeVar("R")

#: An endpoint that does not answer is told in seconds, not after botocore's minutes.
CLIENT_CONFIG = {
    "connect_timeout": 3,
    "read_timeout": 30,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "max_pool_connections": 24,
}

ONCE = {"mode": "standard", "total_max_attempts": 1}

MISSING_CREDENTIALS = (
    "AWS credentials are missing: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
)
WRONG_CREDENTIALS = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
FORBIDDEN = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}


#: Makes a boto3 client of a service in a region ("" for the home region).
MakeClient = Callable[[str, str, Mapping[str, Any]], Any]


class EstateError(Exception):
    """Something a person can mend; the text is complete sentences."""


class Cloud:
    """One account, for one environment; its home region unless another one is named."""

    def __init__(self, make_client: MakeClient, *, repeats: bool = True) -> None:
        """`make_client` takes service, region ("" for home) and botocore configuration.

        With `repeats` off no request is sent twice: a creation whose reply got lost must be
        looked for before it is made again.
        """
        self._make_client = make_client
        self._config = CLIENT_CONFIG if repeats else CLIENT_CONFIG | {"retries": ONCE}
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._once: Cloud | None = None
        self.inputs: Inputs
        self.account_id = ""
        self.partition = ""
        #: Whether reading a bucket counts what is in it: only a teardown must know, and a bucket
        #: of many objects takes long to count.
        self.counts_objects = False

    def unrepeated(self) -> Cloud:
        """The same account through clients that send each request once; they too are made once."""
        with self._lock:
            if self._once is None:
                self._once = Cloud(self._make_client, repeats=False)
                # One session makes the clients of both, and it is not safe to share.
                self._once._lock = self._lock
            other = self._once
        other.inputs = self.inputs
        other.account_id, other.partition = self.account_id, self.partition
        return other

    def client(self, service: str, region: str = "") -> Any:
        """The client of one service, made once: boto3 clients are safe to share."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make_client(service, region, self._config)
            return self._clients[service, region]

    def identify(self) -> None:
        """Ask who we are: proves endpoint and credentials before anything else is done."""
        identity = self.client("sts").get_caller_identity()
        self.account_id = identity["Account"]
        self.partition = identity["Arn"].split(":")[1]

    def pages(
        self, service: str, operation: str, result: str, *, region: str = "", **arguments: Any
    ) -> list[Any]:
        """All items of a paginated call."""
        paginator = self.client(service, region).get_paginator(operation)
        return [item for page in paginator.paginate(**arguments) for item in page[result]]

    def ours(self, tags: dict[str, str]) -> bool:
        """True for what carries the tags that only this environment sets."""
        wanted = self.inputs.tags
        return all(tags.get(key) == wanted[key] for key in OWNER_TAGS)

    def named_or_ours(self, tags: dict[str, str], *names: str) -> bool:
        """True for our names too, so that a lost tag is a difference and never a twin."""
        return tags.get("Name") in names or self.ours(tags)


def concurrently(function: Callable[[T], R], arguments: Iterable[T], workers: int = 12) -> list[R]:
    """`function` of each argument, in order; the calls wait for the network side by side."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(function, arguments))


def absent(call: Callable[[], R], *codes: str) -> R | None:
    """The answer of a call, or None where AWS says that the thing is not there."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def error_code(call: Callable[[], Any], *codes: str) -> str | None:
    """Which of these errors a call ends in, or None where it succeeds; any other one is raised."""
    try:
        call()
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in codes:
            return code
        raise
    return None


def sentence(error: Exception) -> str:
    """What a failure means to a person; one that nobody thought of is told with its type."""
    if isinstance(error, (BotoCoreError, ClientError)):
        return _of_aws(error)
    if isinstance(error, (EstateError, OSError)):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _of_aws(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return MISSING_CREDENTIALS
    if isinstance(error, (ProfileNotFound, TokenRetrievalError)):
        return f"AWS credentials cannot be used: {error}."
    if isinstance(error, ClientError):
        code = error.response["Error"].get("Code", "")
        if code in WRONG_CREDENTIALS:
            return f"AWS does not accept these credentials ({code}): log in again or correct them."
        if code in FORBIDDEN:
            return f"These AWS credentials may not call {error.operation_name}: {_message(error)}."
        return f"AWS refused {error.operation_name} ({code}): {_message(error)}."
    if isinstance(error, (NoConnectionError, HTTPClientError)):
        where = error.kwargs.get("endpoint_url", "of AWS")
        return (
            f"The endpoint {where} does not answer: check the network, AWS_REGION and, "
            "where it is set, AWS_ENDPOINT_URL."
        )
    return f"AWS cannot be asked: {str(error).strip().rstrip('.')}."


def _message(error: ClientError) -> str:
    text = str(error.response["Error"].get("Message", "")).strip().rstrip(".")
    if text.startswith("<"):
        return "the answer is a web page, of a proxy or of an endpoint that has no such service"
    return text or "no reason given"
