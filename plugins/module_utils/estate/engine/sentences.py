# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors as sentences: what to do, followed by AWS's own message, which is never left out."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

try:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        ProxyConnectionError,
        SSLError,
        SSOError,
        TokenRetrievalError,
    )
    from botocore.exceptions import ConnectionError as NoConnectionError
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # `connection.require_sdk` reports it, with what to install

MISSING_CREDENTIALS = (
    "AWS credentials are missing: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
)
WRONG_CREDENTIALS = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
FORBIDDEN = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
PROXY_LOGIN = 407

#: AWS rejects signatures older than five minutes; S3 allows fifteen.
TOLERATED = timedelta(minutes=5)
#: Part of AWS's message: "20261129T080000Z is now earlier than 20261129T095500Z".
SIGNED_AT = re.compile(r"(\d{8}T\d{6}Z) is (?:now earlier|still later) than \d{8}T\d{6}Z")
AWS_TIME = re.compile(r"\((\d{8}T\d{6}Z) [-+] \d+ min")


class EstateError(Exception):
    """An error that the user can correct; the text is complete sentences."""


#: The exceptions that a module or action catches and reports as a sentence.
FAILURES: tuple[type[Exception], ...] = (EstateError,)
with suppress(NameError):  # without botocore, its exceptions cannot be raised
    FAILURES += (BotoCoreError, ClientError, ResponseParserError)


def sentence(error: BaseException) -> str:
    """What an error means and what to do; an unexpected error keeps its type."""
    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, BotoCoreError):
        return _not_reached(error)
    if isinstance(error, ResponseParserError):
        words = _ended(str(error))
        return f"The endpoint does not answer as AWS does: check AWS_ENDPOINT_URL. {words}"
    if isinstance(error, (EstateError, OSError)):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _refused(error: ClientError) -> str:
    """The sentence for an error response from AWS, or from something in its place."""
    code, operation = error.response["Error"].get("Code", ""), error.operation_name
    words = _ended(_words(error))
    if code in WRONG_CREDENTIALS:
        if advice := _clock(error):
            return f"{advice} AWS refused {operation} ({code}): {words}"
        return (
            f"AWS does not accept these credentials ({code}): log in again or correct them. "
            f"{operation}: {words}"
        )
    if code in FORBIDDEN:
        return f"These AWS credentials may not call {operation} ({code}): {words}"
    return f"AWS refused {operation} ({code}): {words}"


def _clock(error: ClientError) -> str:
    """How far this machine's clock is off, or "" if it agrees with AWS's clock."""
    theirs = aws_time(error.response)
    ours = datetime.now(UTC)
    message = str(error.response["Error"].get("Message", ""))
    signed, read = SIGNED_AT.search(message), AWS_TIME.search(message)
    if signed and read:
        ours, theirs = (
            datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for found in (signed, read)
        )
    if theirs is None or abs(ours - theirs) < TOLERATED:
        return ""
    minutes = round(abs(ours - theirs).total_seconds() / 60)
    direction = "behind" if ours < theirs else "ahead of"
    return (
        f"The clock of this machine is {minutes} minutes {direction} that of AWS: correct it, "
        "for example with `timedatectl set-ntp true`."
    )


def aws_time(response: Mapping[str, Any]) -> datetime | None:
    """The time of a response by the service's clock; None without a readable Date header.

    A proxy may add its own Date. HTTP clients join the two with a comma; the first is used.
    """
    text = str(response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date") or "")
    found = re.search(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \S+", text)
    try:
        moment = parsedate_to_datetime(found[0].rstrip(",")) if found else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def _words(error: ClientError) -> str:
    """The message of an error response; for a web page, its text."""
    text = str(error.response["Error"].get("Message", "")).strip()
    if text.startswith("<"):
        where = "of a proxy or of an endpoint without such a service"
        return f"the answer is a web page, {where}: {page(text)}"
    return text or "no reason given"


def page(text: str, most: int = 200) -> str:
    """The text of a web page, shortened, for responses that are not from AWS."""
    text = re.sub(r"(?is)<(script|style).*?</\1>", " ", text)
    words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
    return f'"{words[:most]}…"' if len(words) > most else f'"{words}"'


def _not_reached(error: BotoCoreError) -> str:
    """The sentence for an error without a response, or without a request."""
    words = _ended(str(error))
    if isinstance(error, NoCredentialsError):
        return MISSING_CREDENTIALS
    if isinstance(error, PartialCredentialsError):
        return f"AWS credentials are incomplete. {words}"
    if isinstance(error, (SSOError, TokenRetrievalError)):
        return f"The login session cannot be used: run `aws sso login`. {words}"
    if isinstance(error, ProfileNotFound):
        return f"AWS credentials cannot be used: {words}"
    if isinstance(error, SSLError):
        return _certificate(error)
    if isinstance(error, ProxyConnectionError):
        return _proxy(error)
    if isinstance(error, (NoConnectionError, HTTPClientError)):
        where = error.kwargs.get("endpoint_url", "of AWS")
        return (
            f"The endpoint {where} does not answer: check the network, AWS_REGION and, "
            f"where it is set, AWS_ENDPOINT_URL. {words}"
        )
    return f"AWS cannot be asked: {words}"


def _certificate(error: SSLError) -> str:
    where, words = error.kwargs.get("endpoint_url", "of AWS"), _ended(str(error))
    if "CERTIFICATE_VERIFY_FAILED" not in words:
        return f"The endpoint {where} does not speak TLS as expected: check its address. {words}"
    bundle = os.environ.get("AWS_CA_BUNDLE", "")
    advice = (
        f"check that AWS_CA_BUNDLE ({bundle}) holds the certificate of the authority that signed it"
        if bundle
        else "if your organisation's own authority signed it, name the file of that authority's "
        "certificate in AWS_CA_BUNDLE"
    )
    return f"The certificate of the endpoint {where} is not trusted: {advice}. {words}"


def _proxy(error: ProxyConnectionError) -> str:
    proxy, reason = error.kwargs.get("proxy_url", ""), str(error.kwargs.get("error", ""))
    words = _ended(str(error))
    # If the proxy answered, only the inner error contains its answer.
    told = re.search(r"Tunnel connection failed: [^')]+", reason)
    if told and str(PROXY_LOGIN) in told[0]:
        return f"{proxy_login(told[0], proxy)} {words}"
    if told:
        return f"The proxy {proxy} refuses the connection (HTTPS_PROXY). {_ended(told[0])} {words}"
    return (
        f"The proxy {proxy} does not answer: correct or unset HTTPS_PROXY, or add the endpoint to "
        f"NO_PROXY. {words}"
    )


def proxy_login(what: str, proxy: str = "") -> str:
    """The sentence for a proxy that requires a login; `what` is the request it refused."""
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    proxy = proxy or next((os.environ[name] for name in names if os.environ.get(name)), "")
    proxy = re.sub(r"//[^/@]*@", "//", proxy)  # no password is printed
    return (
        f"The proxy {proxy or 'between here and AWS'} asks for a user and a password ({what}): "
        "set HTTPS_PROXY and HTTP_PROXY to http://<user>:<password>@<host>:<port>."
    )


def _ended(text: str) -> str:
    """The text with exactly one full stop at the end."""
    return text.strip().rstrip(".") + "."
