# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an AWS failure says about the request: refused for now, perhaps done, done already."""

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
    pass  # AnsibleAWSModule says so, with what to install

#: A request too many.
THROTTLING = r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown"
#: Pass by themselves: a request too many, a thing in use that is just being released, a change
#: under way. A name that ends in NotFound is one that was made a moment ago.
PASSING = re.compile(
    rf"{THROTTLING}|PriorRequestNotComplete"
    r"|DependencyViolation|DeleteConflict|OperationAborted|ConcurrentModification"
    r"|ConditionalRequestConflict|IncorrectState|Invalid\w+\.NotFound|InvalidGroup\.InUse"
    r"|EntityTemporarilyUnmodifiable|RequestTimeout"
)
EXISTS = re.compile(
    r"AlreadyExists|AlreadyOwnedByYou|AlreadyAssociated|Duplicate|\.Conflict|ResourceInUse"
)


def code_of(error: BotoCoreError | ClientError) -> str:
    """The code of an AWS error, "" where AWS did not answer."""
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Code", ""))
    return ""


def passes(error: BotoCoreError | ClientError, more: frozenset[str] = frozenset()) -> bool:
    """True when the same request may be taken in a moment; surely it was not taken now."""
    code = code_of(error)
    return code in more or bool(PASSING.search(code))


def perhaps_done(error: BotoCoreError | ClientError) -> bool:
    """True when nobody knows whether a call was carried out: the answer is missing.

    Without a connection too: of a call in two requests the first may be done.
    """
    if isinstance(error, ClientError):
        return int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0)) >= 500
    return isinstance(error, (HTTPClientError, ConnectTimeoutError, EndpointConnectionError))


def exists_already(error: BotoCoreError | ClientError) -> bool:
    """True when a thing of that name is there."""
    return bool(EXISTS.search(code_of(error)))
