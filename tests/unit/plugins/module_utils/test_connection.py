"""How long a throttled request is repeated, on a client without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import connection
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import CLIENT_CONFIG
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


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


def test_a_throttled_request_is_sent_until_it_is_taken(waits: list[float]) -> None:
    service = Service(7, "ThrottlingException")

    assert service.client.describe_log_groups()["logGroups"] == []
    assert service.asked == 8
    assert 15 <= sum(waits[2:]) <= 30


def test_not_for_ever() -> None:
    service = Service(99, "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        service.client.describe_log_groups()
    assert service.asked == connection.THROTTLED_ATTEMPTS


def test_what_is_refused_for_another_reason_is_told_at_once() -> None:
    service = Service(99, "InvalidParameterException")

    with pytest.raises(ClientError, match="InvalidParameterException"):
        service.client.describe_log_groups()
    assert service.asked == 1


def test_no_answer_at_all_is_not_throttling() -> None:
    assert connection.wait_out_throttling(None, 3) is None
