"""The module `budget_stop_hosts`: the action follows the hosts, on moto."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    actions as budget_actions,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    api as budget_api,
)
from ansible_collections.cardiology.cloud.plugins.modules import budget_stop_hosts
from botocore.config import Config
from moto import mock_aws

from localcloud.api.moto_patches import budgets

FIRST, SECOND = "i-0123456789abcdef0", "i-0123456789abcdef1"
REGION = "us-west-2"
PARAMS = {
    "budget": "b",
    "instance_ids": [FIRST],
    "threshold": "ACTUAL 90",
    "role": "stopper",
    "subscribers": ["a@example.org"],
    "tags": {"Owner": "me"},
}


class Module:
    def __init__(self, check_mode: bool = False, **params: Any) -> None:
        self.params = PARAMS | params
        self.check_mode = check_mode


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    budgets.apply()

    def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
        return boto3.client(service, region_name=REGION, config=Config(**config))

    with mock_aws():
        cloud = Cloud(make_client)
        cloud.identify()
        empty = {"filter_tags": {}, "notifications": {}, "tags": {}, "other": {}}
        wanted = {"limit_usd": 25.0, "time_unit": "MONTHLY"} | empty
        budget_api.create(cloud.client("budgets"), cloud.account_id, "b", wanted)
        yield cloud


def ensure(cloud: Cloud, **params: Any) -> Any:
    return budget_stop_hosts.ensure(Module(**params), cloud, REGION)  # type: ignore[arg-type]


def hosts(cloud: Cloud) -> list[Any]:
    return [found["stop"]["hosts"] for _unused, found in budget_actions.actions_of(cloud, "b")]


def test_the_action_follows_the_hosts(cloud: Cloud) -> None:
    assert ensure(cloud)["changed"]
    [(action_id, made)] = budget_actions.actions_of(cloud, "b")
    assert made["stop"] == {"region": REGION, "hosts": [FIRST]}
    assert made["tags"] == {"Owner": "me"}
    assert not ensure(cloud)["changed"]

    result = ensure(cloud, instance_ids=[SECOND, FIRST], tags={})
    assert result["diff"]["before"]["stop"]["hosts"] == [FIRST]
    [(same_id, changed)] = budget_actions.actions_of(cloud, "b")
    assert (same_id, changed) == (action_id, result["action"])

    assert ensure(cloud, instance_ids=[])["changed"]
    assert hosts(cloud) == []
    assert not ensure(cloud, instance_ids=[])["changed"]


@pytest.mark.parametrize("instance_ids", [[FIRST, SECOND], []])
def test_check_mode_changes_nothing(cloud: Cloud, instance_ids: list[str]) -> None:
    ensure(cloud)

    assert ensure(cloud, check_mode=True, instance_ids=instance_ids)["changed"]

    assert hosts(cloud) == [[FIRST]]


def test_a_twin_is_removed(cloud: Cloud) -> None:
    ensure(cloud)
    twin = budget_stop_hosts.wanted_of(PARAMS | {"instance_ids": [SECOND]}, REGION)
    budget_actions.create(cloud, twin)

    assert ensure(cloud)["changed"]

    assert hosts(cloud) == [[FIRST]]


def test_actions_for_another_region_are_left_alone(cloud: Cloud) -> None:
    budget_actions.create(cloud, budget_stop_hosts.wanted_of(PARAMS, "eu-west-1"))

    ensure(cloud, instance_ids=[])

    assert hosts(cloud) == [[FIRST]]
