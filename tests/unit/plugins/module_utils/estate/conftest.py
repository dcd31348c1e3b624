"""A set of inputs that is right, for tests that spoil one of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs, parse
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import Facts

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


@pytest.fixture
def raw() -> dict[str, Any]:
    return dict(RAW)


@pytest.fixture
def inputs(raw: dict[str, Any]) -> Inputs:
    parsed, errors = parse(raw)
    assert parsed is not None, errors
    return parsed


@pytest.fixture
def facts() -> Facts:
    return Facts("123456789012", "aws", ("us-west-2a", "us-west-2b", "us-west-2c"))
