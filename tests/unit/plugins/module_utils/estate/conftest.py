"""Valid inputs, and a moto account in which the engine can create one resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    resolved,
    settle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Kind,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs, parse
from botocore.config import Config
from moto import mock_aws

#: The inputs that tests set; all others have their defaults.
RAW = {
    "env": "dev",
    "region": "us-west-2",
    "s3_bucket_prefix": "acme-heart",
    "budget_alert_emails": ["a@example.org"],
    "alarm_emails": [],
    "allowed_cidrs": ["203.0.113.7/32"],
    "ssh_private_key_file": "~/.ssh/key",
}


#: prod's additional inputs from group_vars/prod.yml, and every option that is off by default.
PROD = {
    "env": "prod",
    "budget_limit_usd": 200,
    "vpc_cidr": "10.30.0.0/16",
    "public_subnet_cidrs": ["10.30.0.0/20", "10.30.16.0/20"],
    "private_subnet_cidrs": ["10.30.128.0/20", "10.30.144.0/20"],
    "nat_gateways": "per_zone",
    "interface_endpoints": ["logs"],
    "flow_logs": True,
    "customer_managed_key": True,
    "intelligent_tiering": True,
    "event_notifications": True,
    "replica_region": "us-east-2",
    "object_lock_days": 30,
    "permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
    "alarm_emails": ["b@example.org"],
    "budget_action": "deny_launch",
    "deployer_role": "deployer",
    "cloudtrail": True,
    "cloudtrail_insights": True,
    "account_hardening": True,
    "ingress_ports": [],
    "training_instance_type": "c5.xlarge",
}


@pytest.fixture
def raw() -> dict[str, Any]:
    return dict(RAW)


@pytest.fixture
def inputs(raw: dict[str, Any]) -> Inputs:
    parsed, errors = parse(raw)
    assert parsed is not None, errors
    return parsed


@pytest.fixture
def prod_inputs() -> Inputs:
    """prod with every option on."""
    parsed, errors = parse({**RAW, **PROD})
    assert parsed is not None, errors
    return parsed


@pytest.fixture
def facts() -> Facts:
    return Facts("123456789012", "aws", ("us-west-2a", "us-west-2b", "us-west-2c"))


def refresh(cloud: Cloud, kind: Kind, resource: Resource) -> Found:
    """The actual state of an existing resource."""
    [found] = [item for item in kind.read(cloud) if item.name == resource.name]
    return found


Build = Callable[..., Found]


def make_cloud(inputs: Inputs) -> Cloud:
    """The cloud for these inputs, in moto's default account."""

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
    """An empty account with dev's inputs."""
    return make_cloud(inputs)


@pytest.fixture
def prod_cloud(_account: None, prod_inputs: Inputs) -> Cloud:
    """An empty account with prod's inputs and every option on."""
    return make_cloud(prod_inputs)


@pytest.fixture
def build() -> Build:
    """`build(cloud, kind, resource, ids)`: create it as the engine does; returns its actual state.

    `ids` maps every address in the resource's references to its AWS id.
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
