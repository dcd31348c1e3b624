"""What a run says at its end, also when nobody answers any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import converge
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.survey import Survey
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply import Outcome
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    Facts,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts
from botocore.exceptions import ClientError

PARAMS = {"state": "present", "destroy_data": "", "prune": False, "caller_cidr": ""}
VPC = Change("create", "vpc", "main", "acme-dev", "network")
BUCKET = Change("create", "bucket", "logs", "acme-dev-logs", "storage")


@pytest.fixture
def before(inputs: Inputs, facts: Facts) -> Survey:
    return Survey(inputs, facts, [], [], Plan([], {}, {}), "present")


@pytest.fixture
def _expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that were good until the changes were made."""

    def look(*_arguments: Any) -> NoReturn:
        raise ClientError({"Error": {"Code": "ExpiredToken"}}, "DescribeVpcs")

    monkeypatch.setattr(converge, "look", look)


def proven(params: Mapping[str, Any], *outcomes: Outcome) -> Any:
    # Nothing is asked: `look` is a double.
    return converge._proven(None, params, list(outcomes))  # type: ignore[arg-type]


@pytest.mark.usefixtures("_expired")
def test_what_was_done_is_told_when_credentials_run_out(before: Survey) -> None:
    failed = Outcome(VPC, "failed", "AWS does not accept these credentials")

    answer = proven(PARAMS, Outcome(BUCKET, "done"), failed)

    assert answer["failure"].splitlines() == [
        "1 of 2 changes are done and stay.",
        "failed: vpc/main: AWS does not accept these credentials",
        "Correct the cause, then run the same command again.",
        "The result could not be verified: AWS does not accept these credentials (ExpiredToken): "
        "log in again or correct them. DescribeVpcs: no reason given.",
    ]
    assert [outcome["status"] for outcome in answer["outcomes"]] == ["done", "failed"]


@pytest.mark.usefixtures("_expired")
def test_what_nobody_could_look_at_is_a_failure_though_all_is_done(before: Survey) -> None:
    answer = proven(PARAMS, Outcome(VPC, "done"))

    assert answer["failure"].startswith("1 of 1 changes are done and stay.\nThe result could not")
    assert answer["done"] == []


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("failed", []),
        ("done", ["", "1 created. Verified: everything matches the plan."]),
    ],
)
def test_verified_is_not_printed_where_something_failed(
    before: Survey, monkeypatch: pytest.MonkeyPatch, status: str, done: list[str]
) -> None:
    monkeypatch.setattr(converge, "look", lambda *_arguments: before)
    monkeypatch.setattr(converge, "result", lambda *_arguments, **_options: {})

    assert texts(proven(PARAMS, Outcome(VPC, status))["done"]) == done


def test_what_was_done_is_told_when_we_cannot_understand_what_is_there(
    before: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_arguments: Any) -> NoReturn:
        raise KeyError("Vpcs")

    monkeypatch.setattr(converge, "look", look)

    answer = proven(PARAMS, Outcome(VPC, "done"))

    assert answer["failure"].splitlines() == [
        "1 of 1 changes are done and stay.",
        "The result could not be verified: KeyError: 'Vpcs'",
    ]


@pytest.mark.usefixtures("_expired")
def test_the_command_to_continue_is_the_one_that_was_typed() -> None:
    typed = "ansible-playbook playbooks/destroy.yml -e project=lim"

    answer = proven(PARAMS | {"command": typed}, Outcome(VPC, "failed", "no"))

    assert f"then continue with: {typed}\n" in answer["failure"]
