# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Classify AWS errors: temporary, outcome unknown, or already done."""

from __future__ import annotations

import re

try:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        HTTPClientError,
    )
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

#: Too many requests.
THROTTLING = r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown"
#: Temporary errors: too many requests, a resource that is being released, a change in progress.
#: NotFound means a resource that was created a moment ago.
PASSING = re.compile(
    rf"{THROTTLING}|PriorRequestNotComplete"
    r"|DependencyViolation|DeleteConflict|OperationAborted|ConcurrentModification"
    r"|ConditionalRequestConflict|IncorrectState|Invalid\w+\.NotFound|InvalidGroup\.InUse"
    r"|EntityTemporarilyUnmodifiable|RequestTimeout"
)
#: The resource to delete is still in use.
IN_USE = frozenset({"DependencyViolation", "InvalidGroup.InUse"})
EXISTS = re.compile(
    r"AlreadyExists|AlreadyOwnedByYou|AlreadyAssociated|Duplicate|\.Conflict|ResourceInUse"
)


def code_of(error: BotoCoreError | ClientError) -> str:
    """The code of an AWS error, or "" if AWS did not answer."""
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Code", ""))
    return ""


def passes(error: BotoCoreError | ClientError, more: frozenset[str] = frozenset()) -> bool:
    """True if the request was certainly not carried out but may succeed in a moment."""
    code = code_of(error)
    return code in more or bool(PASSING.search(code))


def perhaps_done(error: BotoCoreError | ClientError) -> bool:
    """True if it is unknown whether a call was carried out, because the response is missing.

    Connection failures count too: of a call with two requests, the first may be done.
    """
    if isinstance(error, ClientError):
        return int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0)) >= 500
    return isinstance(error, (HTTPClientError, ConnectTimeoutError, EndpointConnectionError))


def exists_already(error: BotoCoreError | ClientError) -> bool:
    """True if a resource with that name exists."""
    return bool(EXISTS.search(code_of(error)))
