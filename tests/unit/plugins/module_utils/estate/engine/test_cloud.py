"""The account: who we are, many calls at a time, clients that are made once."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine import (
    cloud as cloud_module,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
    absent,
    concurrently,
    error_code,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from botocore.exceptions import ClientError


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "because."}}, "GetThing")


def answering(identity: Any) -> Cloud:
    client = Mock()
    client.get_caller_identity = identity
    client.meta.endpoint_url = "http://x:1"
    return Cloud(lambda *_: client)


def test_identity_is_account_partition_and_arn() -> None:
    arn = "arn:aws-cn:sts::123456789012:assumed-role/deployer/alice"
    cloud = answering(lambda: {"Account": "123456789012", "Arn": arn})

    cloud.identify()

    assert (cloud.account_id, cloud.partition, cloud.arn) == ("123456789012", "aws-cn", arn)


@pytest.mark.parametrize("answer", [{}, {"Account": None, "Arn": None}, {"Account": "me"}])
def test_an_answer_without_an_account_is_not_from_aws(answer: dict[str, Any]) -> None:
    with pytest.raises(EstateError, match=r"endpoint http://x:1 does not answer as AWS does"):
        answering(lambda: answer).identify()


def test_the_first_call_ends_even_when_the_endpoint_never_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cloud_module, "IDENTIFY_SECONDS", 0.05)
    for_ever = threading.Event()

    with pytest.raises(EstateError, match="GetCallerIdentity was not answered within"):
        answering(for_ever.wait).identify()
    for_ever.set()


def test_an_error_of_the_first_call_is_raised_as_it_is() -> None:
    def fail() -> None:
        raise refusal("ExpiredToken")

    with pytest.raises(ClientError, match="ExpiredToken"):
        answering(fail).identify()


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
