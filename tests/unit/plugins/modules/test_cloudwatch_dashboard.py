"""The module `cloudwatch_dashboard` on moto: what it brings about, and check mode."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.modules import cloudwatch_dashboard
from botocore.config import Config
from moto import mock_aws

TEXT = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 2, "properties": {"markdown": "# a"}}
OTHER = {**TEXT, "y": 2, "properties": {"markdown": "# b"}}
BODY = {"start": "-P1D", "widgets": [TEXT, OTHER]}


class Module:
    def __init__(self, check_mode: bool, **params: Any) -> None:
        self.params = {"name": "d", "state": "present", "body": BODY} | params
        self.check_mode = check_mode


class Account:
    def __init__(self) -> None:
        def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
            return boto3.client(service, region_name="us-west-2", config=Config(**config))

        self.cloud = Cloud(make_client)
        self.client = self.cloud.client("cloudwatch")

    def ensure(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        return cloudwatch_dashboard.ensure(Module(check_mode, **params), self.cloud)  # type: ignore[arg-type]

    @property
    def bodies(self) -> dict[str, Any]:
        names = [d["DashboardName"] for d in self.client.list_dashboards()["DashboardEntries"]]
        return {
            name: json.loads(self.client.get_dashboard(DashboardName=name)["DashboardBody"])
            for name in names
        }


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Account()


def test_a_dashboard_is_made_once(account: Account) -> None:
    first, second = account.ensure(), account.ensure()

    assert account.bodies == {"d": BODY}
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["diff"] == {"before": {}, "after": BODY}
    assert second["dashboard"] == BODY


def test_the_order_of_widgets_in_the_text_is_no_difference(account: Account) -> None:
    account.ensure()

    assert not account.ensure(body={**BODY, "widgets": [OTHER, TEXT]})["changed"]


@pytest.mark.parametrize(
    "body",
    [
        {"widgets": [TEXT, OTHER]},
        {**BODY, "widgets": [TEXT]},
        {**BODY, "widgets": [TEXT, OTHER, {**OTHER, "y": 4}]},
        {**BODY, "widgets": [TEXT, {**OTHER, "height": 3}]},
    ],
)
def test_another_body_takes_its_place(account: Account, body: dict[str, Any]) -> None:
    account.ensure()

    result = account.ensure(body=body)

    assert result["changed"]
    assert result["diff"] == {"before": BODY, "after": body}
    assert account.bodies == {"d": body}


def test_it_is_deleted_and_stays_so(account: Account) -> None:
    account.ensure()
    account.ensure(name="other")

    first, second = (account.ensure(state="absent", body=None) for _time in range(2))

    assert set(account.bodies) == {"other"}
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["dashboard"] == {}


@pytest.mark.parametrize("params", [{}, {"body": {"widgets": []}}, {"state": "absent"}])
@pytest.mark.parametrize("there", [True, False])
def test_check_mode_says_so_and_changes_nothing(
    account: Account, there: bool, params: dict[str, Any]
) -> None:
    if there:
        account.ensure()
    before = account.bodies

    foretold = account.ensure(check_mode=True, **params)

    assert account.bodies == before
    assert foretold == account.ensure(**params)
