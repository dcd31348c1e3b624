"""What a run says at its end, also when nobody answers any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import converge
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.apply import Outcome
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    Change,
    Facts,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.survey import Survey
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


def proven(params: Mapping[str, Any], before: Survey, what: str, *outcomes: Outcome) -> Any:
    # Nothing is asked: `look` is a double.
    return converge._proven(None, params, before, list(outcomes), what)  # type: ignore[arg-type]


@pytest.mark.usefixtures("_expired")
def test_what_was_done_is_told_when_credentials_run_out(before: Survey) -> None:
    failed = Outcome(VPC, "failed", "AWS does not accept these credentials")

    answer = proven(PARAMS, before, "deploy", Outcome(BUCKET, "done"), failed)

    assert answer["failure"].splitlines() == [
        "1 of 2 changes are done and stay.",
        "failed: vpc/main: AWS does not accept these credentials",
        "Mend the cause, then go on with: ansible-playbook playbooks/deploy.yml -e env=dev",
        "It could not be looked at again: AWS does not accept these credentials (ExpiredToken): "
        "log in again or correct them.",
    ]
    assert [outcome["status"] for outcome in answer["outcomes"]] == ["done", "failed"]


@pytest.mark.usefixtures("_expired")
def test_what_nobody_could_look_at_is_a_failure_though_all_is_done(before: Survey) -> None:
    answer = proven(PARAMS, before, "deploy", Outcome(VPC, "done"))

    assert answer["failure"].startswith("1 of 1 changes are done and stay.\nIt could not be looked")
    assert answer["done"] == []


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("failed", []),
        ("done", ["", "1 created; read again from AWS, nothing differs from the estate any more."]),
    ],
)
def test_nothing_differs_is_not_said_where_something_failed(
    before: Survey, monkeypatch: pytest.MonkeyPatch, status: str, done: list[str]
) -> None:
    monkeypatch.setattr(converge, "look", lambda *_arguments: before)
    monkeypatch.setattr(converge, "result", lambda *_arguments, **_options: {})

    assert proven(PARAMS, before, "deploy", Outcome(VPC, status))["done"] == done


def test_what_was_done_is_told_when_we_cannot_understand_what_is_there(
    before: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_arguments: Any) -> NoReturn:
        raise KeyError("Vpcs")

    monkeypatch.setattr(converge, "look", look)

    answer = proven(PARAMS, before, "deploy", Outcome(VPC, "done"))

    assert answer["failure"].splitlines() == [
        "1 of 1 changes are done and stay.",
        "It could not be looked at again: KeyError: 'Vpcs'",
    ]


@pytest.mark.usefixtures("_expired")
@pytest.mark.parametrize(
    ("what", "params", "expected"),
    [
        ("deploy", {}, "deploy.yml -e env=dev"),
        ("deploy", {"prune": True}, "deploy.yml -e env=dev -e prune=true"),
        ("destroy", {"destroy_data": "acme"}, "destroy.yml -e env=dev -e destroy_data=acme"),
    ],
)
def test_the_command_to_go_on_does_what_this_one_did(
    before: Survey, what: str, params: dict[str, Any], expected: str
) -> None:
    answer = proven(PARAMS | params, before, what, Outcome(VPC, "failed", "no"))

    assert f"go on with: ansible-playbook playbooks/{expected}\n" in answer["failure"]
