"""Inputs that are right, and a moto account with the engine's own way to make one resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.change import (
    resolved,
    settle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs, parse
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    Facts,
    Found,
    Kind,
    Resource,
)
from botocore.config import Config
from moto import mock_aws

RAW = {
    "env": "dev",
    "project": "cardiology-optimizer",
    "region": "us-west-2",
    "owner": "data-science",
    "cost_center": "cardiology",
    "s3_bucket_prefix": "acme-heart",
    "budget_limit_usd": 25,
    "budget_alert_emails": ["a@example.org"],
    "vpc_cidr": "10.20.0.0/16",
    "public_subnet_cidrs": ["10.20.0.0/20", "10.20.16.0/20"],
    "private_subnet_cidrs": [],
    "nat_gateways": "none",
    "interface_endpoints": [],
    "flow_logs": False,
    "customer_managed_key": False,
    "intelligent_tiering": False,
    "event_notifications": False,
    "replica_region": "",
    "object_lock_days": 0,
    "permissions_boundary": "",
    "alarm_emails": [],
    "no_progress_minutes": 30,
    "budget_action": "none",
    "budget_action_percent": 100,
    "deployer_role": "",
    "cloudtrail": False,
    "cloudtrail_insights": False,
    "account_hardening": False,
    "expected_storage_gb": 10,
    "expected_training_hours": 40,
    "allowed_cidrs": ["203.0.113.7/32"],
    "ingress_ports": [22, 8501],
    "log_retention_days": 30,
    "logs_expiration_days": 90,
    "ssh_private_key_file": "~/.ssh/key",
    "training_instance_type": "t3.medium",
    "training_volume_gb": 30,
    "training_os": "debian-12",
    "training_market": "on-demand",
    "training_count": 1,
    "training_after": "stop",
}


#: What prod has on top, as group_vars/prod.yml has it, and every option that is off by default.
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
    """What exists by the name of a resource that is there."""
    [found] = [item for item in kind.read(cloud) if item.name == resource.name]
    return found


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
