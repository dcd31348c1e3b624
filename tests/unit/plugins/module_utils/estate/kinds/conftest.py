"""A moto account per test, and the engine's own way to make one resource in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.change import (
    refresh,
    resolved,
    settle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    Found,
    Kind,
    Resource,
)
from botocore.config import Config
from moto import mock_aws

Build = Callable[..., Found]


def make_cloud(inputs: Inputs) -> Cloud:
    """The cloud of these inputs on moto, in moto's own account."""

    def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
        return boto3.client(service, region_name=region or inputs.region, config=Config(**config))

    cloud = Cloud(make_client)
    cloud.inputs = inputs
    cloud.identify()
    return cloud


@pytest.fixture
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def cloud(_account: None, inputs: Inputs) -> Cloud:
    """An empty account, dev's inputs."""
    return make_cloud(inputs)


@pytest.fixture
def prod_cloud(_account: None, prod_inputs: Inputs) -> Cloud:
    """An empty account, prod's inputs with every option on."""
    return make_cloud(prod_inputs)


@pytest.fixture
def build() -> Build:
    """`build(cloud, kind, resource, ids)`: make it as the engine does; what is then found of it.

    `ids` says the AWS id of every address that the resource refers to.
    """

    def make(
        cloud: Cloud, kind: Kind, resource: Resource, ids: Mapping[str, str] | None = None
    ) -> Found:
        wanted = resolved(resource, ids or {})
        assert kind.create is not None
        new_id = kind.create(cloud.unrepeated(), wanted)
        settle(cloud, kind, wanted, new_id)
        return refresh(cloud, kind, wanted)

    return make
