"""What is checked before the first call, and how a client behaves when there is no AWS."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import connection
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    CLIENT_CONFIG,
    Cloud,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    EstateError,
    sentence,
)
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError


class Body:
    """What an answer is read from."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.text = json.dumps(document).encode()

    def stream(self, *_arguments: Any, **_options: Any) -> Iterator[bytes]:
        yield self.text


class Service:
    """CloudWatch Logs that refuses the first requests."""

    def __init__(self, refusals: int, code: str) -> None:
        self.refusals, self.code, self.asked = refusals, code, 0
        self.client = boto3.client(
            "logs",
            region_name="us-west-2",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # pragma: allowlist secret
            config=Config(**CLIENT_CONFIG),
        )
        self.client.meta.events.register("needs-retry", connection.wait_out_throttling)
        self.client.meta.events.register("before-send", self.answer)

    def answer(self, request: Any, **_more: Any) -> AWSResponse:
        self.asked += 1
        refused = self.asked <= self.refusals
        body = {"__type": self.code} if refused else {"logGroups": []}
        return AWSResponse(request.url, 400 if refused else 200, {}, Body(body))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """An address that answers every request with the same bytes; with none it never answers."""
    listening = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                caller, _address = listening.accept()
            except OSError:
                return
            held.append(caller)
            caller.recv(65536)
            if answer:
                caller.sendall(answer)
                caller.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for caller in held:
            caller.close()


def http(status: str, body: str, kind: str = "text/html") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No AWS settings but a key; the file for a configuration."""
    for name in list(connection.os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return config


def cloud_at(monkeypatch: pytest.MonkeyPatch, url: str, **params: Any) -> Cloud:
    if url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return connection.cloud_for({"region": "us-west-2", **params})


PAGE = "<!DOCTYPE html><html><head><title>Guest network</title></head><body>Log in</body></html>"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            http("200 OK", PAGE),
            "GetCallerIdentity was answered with a web page, not by AWS (200): check the network "
            "(a login page?), the proxy and, where it is set, AWS_ENDPOINT_URL. The page says "
            '"Guest network Log in".',
        ),
        (http("200 OK", "<a/>", "text/xml"), "does not answer as AWS does (GetCallerIdentity"),
        (http("200 OK", "{", "application/json"), "does not answer as AWS does"),
        (http("403 Forbidden", PAGE), "was answered with a web page, not by AWS (403)"),
        (http("502 Bad Gateway", PAGE), "(502): the answer is a web page, of a proxy or of"),
        (http("407 Proxy Authentication Required", "no"), "asks for a user and a password"),
        (b"SSH-2.0-OpenSSH\r\n", "does not answer: check the network, AWS_REGION and"),
    ],
)
def test_whatever_is_not_aws_is_one_sentence(
    answer: bytes, expected: str, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(answer) as url:
        cloud = cloud_at(monkeypatch, url)

        with pytest.raises(Exception) as failed:  # noqa: PT011 (each fails in its own way)
            cloud.identify()

    assert isinstance(failed.value, FAILURES)
    assert expected in sentence(failed.value)


def test_an_endpoint_that_never_answers_costs_less_than_a_minute() -> None:
    tries = CLIENT_CONFIG["retries"]["total_max_attempts"]

    assert tries * CLIENT_CONFIG["read_timeout"] < 60


def test_a_proxy_that_is_dead_is_named(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", proxy)

        with pytest.raises(FAILURES) as failed:
            cloud_at(monkeypatch, "").identify()

    assert sentence(failed.value).startswith(f"The proxy {proxy} does not answer:")


def test_a_proxy_that_wants_a_login_is_named(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(http("407 Proxy Authentication Required", "no")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)

        with pytest.raises(FAILURES) as failed:
            cloud_at(monkeypatch, "").identify()

    assert sentence(failed.value).startswith(f"The proxy {proxy} asks for a user and a password (")


def test_endpoints_that_disagree_are_refused(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", "http://127.0.0.1:1")

    with pytest.raises(EstateError, match="The endpoints disagree"):
        cloud_at(monkeypatch, "http://127.0.0.1:2")
    cloud_at(monkeypatch, "http://127.0.0.1:2", endpoint_url="http://127.0.0.1:3")


MFA = """
[profile clinic]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = corp
[profile corp]
role_arn = arn:aws:iam::123456789012:role/hub
mfa_serial = arn:aws:iam::123456789012:mfa/alice
source_profile = keys
[profile keys]
mfa_serial = arn:aws:iam::123456789012:mfa/alice
"""


def test_a_profile_that_wants_an_mfa_code_is_refused_with_the_way_out(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.write_text(MFA)

    with pytest.raises(EstateError) as refused:
        cloud_at(monkeypatch, "", profile="clinic")

    assert str(refused.value) == (
        "The profile corp wants an MFA code (mfa_serial arn:aws:iam::123456789012:mfa/alice), and "
        "Ansible cannot ask for it: get a session first with "
        '`eval "$(aws configure export-credentials --profile clinic --format env)"`, then '
        "`unset AWS_PROFILE` and run this again."
    )


def test_keys_need_no_mfa_code(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone.write_text(MFA.replace("profile corp", "default"))

    cloud_at(monkeypatch, "")
    cloud_at(monkeypatch, "", profile="keys")


@pytest.mark.parametrize(
    ("installed", "named"),
    [
        ({}, "boto3 1.41.0 or newer is needed, and"),
        ({"boto3": "1.37.0", "botocore": "1.37.0"}, "has 1.37.0: install it with"),
        ({"boto3": "1.41.0", "botocore": "1.40.99"}, "botocore 1.41.0 or newer"),
    ],
)
def test_an_old_sdk_is_refused_before_any_call(installed: dict[str, str], named: str) -> None:
    with pytest.raises(EstateError) as refused:
        connection.require_sdk(installed)

    assert named in str(refused.value)
    assert "pip install --upgrade 'boto3>=1.41.0'" in str(refused.value)


def test_the_floor_itself_and_later_ones_are_accepted() -> None:
    for version in ("1.41.0", "1.41.1rc1", "1.100.0", "2.0.0"):
        connection.require_sdk({"boto3": version, "botocore": version})


def test_the_floor_is_that_of_the_project() -> None:
    project = (Path(__file__).parents[4] / "pyproject.toml").read_text(encoding="utf-8")

    assert f'"boto3>={connection.SDK_FLOOR.removesuffix(".0")}"' in project
    needs = (Path(__file__).parents[4] / "meta/ee-requirements.txt").read_text(encoding="utf-8")
    floor = connection.SDK_FLOOR
    assert needs.split() == [f"boto3>={floor}", f"botocore>={floor}"]


def test_a_throttled_request_is_sent_until_it_is_taken(waits: list[float]) -> None:
    service = Service(7, "ThrottlingException")

    assert service.client.describe_log_groups()["logGroups"] == []
    assert service.asked == 8
    assert 15 <= sum(waits[2:]) <= 30


@pytest.mark.usefixtures("waits")
def test_not_for_ever() -> None:
    service = Service(99, "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        service.client.describe_log_groups()
    assert service.asked == connection.THROTTLED_ATTEMPTS


def test_what_is_refused_for_another_reason_is_raised_at_once() -> None:
    service = Service(99, "InvalidParameterException")

    with pytest.raises(ClientError, match="InvalidParameterException"):
        service.client.describe_log_groups()
    assert service.asked == 1


def test_no_answer_at_all_is_not_throttling() -> None:
    assert connection.wait_out_throttling(None, 3) is None


def test_service_data_is_read_once_for_all_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.read_service_data()

    def read_again(_self: Any, path: str) -> None:
        raise AssertionError(f"{path} is read again")

    monkeypatch.setattr("botocore.loaders.JSONFileLoader.load_file", read_again)
    cloud = cloud_at(monkeypatch, "http://127.0.0.1:1")
    for service in connection.SERVICES.values():
        client = cloud.client(service)
        client.can_paginate(next(iter(client.meta.method_to_api_mapping)))
