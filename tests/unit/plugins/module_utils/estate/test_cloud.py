"""Failures of AWS, told so that a person knows what to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    absent,
    concurrently,
    error_code,
    sentence,
)
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)


def refusal(code: str, message: str = "because.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetThing")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoCredentialsError(), "AWS credentials are missing: set AWS_PROFILE, or"),
        (refusal("ExpiredToken"), "AWS does not accept these credentials (ExpiredToken):"),
        # What EC2 says of a session that has ended meanwhile.
        (refusal("RequestExpired"), "AWS does not accept these credentials (RequestExpired):"),
        (refusal("AccessDenied"), "These AWS credentials may not call GetThing: because."),
        (
            refusal("500", "<!doctype html> <title>500</title>"),
            "AWS refused GetThing (500): the answer is a web page, of a proxy or of an endpoint",
        ),
        (refusal("Throttling", ""), "AWS refused GetThing (Throttling): no reason given."),
        (
            EndpointConnectionError(endpoint_url="http://x:1/"),
            "The endpoint http://x:1/ does not answer:",
        ),
        (ReadTimeoutError(endpoint_url="http://x:1/"), "The endpoint http://x:1/ does not answer:"),
    ],
)
def test_a_failure_is_one_sentence(error: BotoCoreError | ClientError, expected: str) -> None:
    text = sentence(error)

    assert text.startswith(expected)
    assert text.endswith(".")
    assert not text.endswith("..")


def test_absent_takes_only_the_codes_it_is_told() -> None:
    def fail() -> None:
        raise refusal("NoSuchThing")

    assert absent(fail, "NoSuchThing") is None
    assert error_code(fail, "NoSuchThing") == "NoSuchThing"
    for told in (absent, error_code):
        with pytest.raises(ClientError):
            told(fail, "Other")


def test_results_keep_the_order_of_their_arguments() -> None:
    assert concurrently(lambda n: n * n, range(50)) == [n * n for n in range(50)]


def test_clients_are_made_once_and_one_at_a_time() -> None:
    made: list[tuple[str, str, int]] = []
    busy = threading.Lock()

    def make_client(service: str, region: str, config: Mapping[str, Any]) -> object:
        assert busy.acquire(blocking=False), "one session was used by two threads"
        time.sleep(0.01)
        busy.release()
        made.append((service, region, config["retries"]["total_max_attempts"]))
        return object()

    cloud = Cloud(make_client)
    cloud.inputs = Mock()

    def use(number: int) -> None:
        of = cloud.unrepeated() if number % 2 else cloud
        of.client("ec2" if number % 4 < 2 else "s3")

    concurrently(use, range(24))
    assert sorted(made) == [("ec2", "", 1), ("ec2", "", 3), ("s3", "", 1), ("s3", "", 3)]
