"""Errors say what to do and keep the words of AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FORBIDDEN,
    WRONG_CREDENTIALS,
    EstateError,
    aws_time,
    proxy_login,
    sentence,
)
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    SSOTokenLoadError,
)
from botocore.parsers import ResponseParserError


def refusal(code: str, message: str = "because of that.", date: str = "") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPHeaders": {"date": date} if date else {}},
    }
    return ClientError(response, "GetThing")


SSL = {"endpoint_url": "https://x/", "error": "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"}
NO_PROXY = ProxyConnectionError(proxy_url="http://p:1", error="refused")
TUNNEL = ProxyConnectionError(
    proxy_url="http://p:1",
    error=OSError("Tunnel connection failed: 407 Proxy Authentication Required"),
)
CLOSED_TUNNEL = ProxyConnectionError(
    proxy_url="http://p:1", error=OSError("Tunnel connection failed: 403 Forbidden")
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoCredentialsError(), "AWS credentials are missing: set AWS_PROFILE, or"),
        (
            PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "AWS credentials are incomplete. Partial credentials found in env, missing:",
        ),
        (
            SSOTokenLoadError(error_msg="Token for corp does not exist"),
            "The login session cannot be used: run `aws sso login`. Error loading SSO Token: Token",
        ),
        (refusal("ExpiredToken"), "AWS does not accept these credentials (ExpiredToken):"),
        # What EC2 says about a session that has ended meanwhile.
        (refusal("RequestExpired"), "AWS does not accept these credentials (RequestExpired):"),
        (
            refusal("AccessDenied"),
            "These AWS credentials may not call GetThing (AccessDenied): because of that.",
        ),
        (
            refusal("500", "<!doctype html> <title>500</title> <p>Oh &amp; no"),
            "AWS refused GetThing (500): the answer is a web page, of a proxy or of an endpoint "
            'without such a service: "500 Oh & no".',
        ),
        (refusal("Throttling", ""), "AWS refused GetThing (Throttling): no reason given."),
        (
            EndpointConnectionError(endpoint_url="http://x:1/"),
            "The endpoint http://x:1/ does not answer:",
        ),
        (ReadTimeoutError(endpoint_url="http://x:1/"), "The endpoint http://x:1/ does not answer:"),
        (ConnectionClosedError(endpoint_url="http://x/"), "The endpoint http://x/ does not answer"),
        (ResponseParserError("no XML"), "The endpoint does not answer as AWS does: check"),
        (NO_PROXY, "The proxy http://p:1 does not answer: correct or unset HTTPS_PROXY"),
        (CLOSED_TUNNEL, "The proxy http://p:1 refuses the connection (HTTPS_PROXY). Tunnel"),
        (
            TUNNEL,
            "The proxy http://p:1 asks for a user and a password (Tunnel connection failed: 407",
        ),
        (SSLError(**SSL), "The certificate of the endpoint https://x/ is not trusted: if your"),
        (
            SSLError(endpoint_url="https://x/", error="[SSL] record layer failure"),
            "The endpoint https://x/ does not speak TLS as expected",
        ),
        (EstateError("Correct this."), "Correct this."),
        (KeyError("Vpcs"), "KeyError: 'Vpcs'"),
    ],
)
def test_each_failure_says_what_to_do(
    error: Exception, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_CA_BUNDLE", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    text = sentence(error)

    assert text.startswith(expected)
    assert not text.endswith("..")


@pytest.mark.parametrize("code", sorted({*WRONG_CREDENTIALS, *FORBIDDEN, "Odd", ""}))
@pytest.mark.parametrize("clock", [timedelta(), timedelta(hours=2)])
def test_the_words_and_the_code_of_aws_are_always_kept(code: str, clock: timedelta) -> None:
    date = format_datetime(datetime.now(UTC) + clock, usegmt=True)

    text = sentence(refusal(code, "The words of AWS", date))

    assert "The words of AWS." in text
    assert code in text
    assert "GetThing" in text


@pytest.mark.parametrize(
    "error",
    [
        NO_PROXY,
        TUNNEL,
        SSLError(**SSL),
        ReadTimeoutError(endpoint_url="u"),
        ResponseParserError("x"),
    ],
)
def test_the_words_of_the_sdk_are_always_kept(error: BotoCoreError) -> None:
    assert str(error).rstrip(".") in sentence(error)


@pytest.mark.parametrize(
    ("behind", "words"), [(17, "17 minutes behind that of AWS"), (-31, "31 minutes ahead of that")]
)
def test_a_wrong_clock_is_named_by_the_date_of_the_answer(behind: int, words: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=behind), usegmt=True)

    text = sentence(refusal("RequestTimeTooSkewed", "The difference is too large.", date))

    assert text.startswith(f"The clock of this machine is {words}")
    assert "log in" not in text
    assert "RequestTimeTooSkewed): The difference is too large." in text


def test_a_wrong_clock_is_named_by_the_message_of_sts() -> None:
    told = "Signature expired: 20261129T080000Z is now earlier than 20261129T095500Z"
    error = refusal("SignatureDoesNotMatch", f"{told} (20261129T100000Z - 5 min.)")

    assert sentence(error) == (
        "The clock of this machine is 120 minutes behind that of AWS: correct it, for example with "
        "`timedatectl set-ntp true`. AWS refused GetThing (SignatureDoesNotMatch): "
        f"{told} (20261129T100000Z - 5 min.)."
    )


def test_a_right_clock_is_not_blamed() -> None:
    now = format_datetime(datetime.now(UTC), usegmt=True)

    assert "clock" not in sentence(refusal("SignatureDoesNotMatch", date=now))


def test_the_ca_bundle_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/etc/corp.pem")

    assert "check that AWS_CA_BUNDLE (/etc/corp.pem) holds" in sentence(SSLError(**SSL))


def test_no_password_of_a_proxy_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://me:hunter2@p:1")

    assert proxy_login("GetThing").startswith("The proxy http://p:1 asks for a user and a password")


DATE = "Sun, 29 Nov 2026 10:00:00 GMT"
TEN = datetime(2026, 11, 29, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (DATE, TEN),
        (f"{DATE}, Sun, 29 Nov 2026 10:00:07 GMT", TEN),
        ("", None),
        ("yesterday", None),
        ("Sun, 99 Nov 2026 10:00:00 GMT", None),
        (None, None),
    ],
)
def test_the_time_of_an_answer_survives_any_date_header(
    header: str | None, expected: datetime | None
) -> None:
    assert aws_time({"ResponseMetadata": {"HTTPHeaders": {"date": header}}}) == expected
    assert aws_time({}) is None
