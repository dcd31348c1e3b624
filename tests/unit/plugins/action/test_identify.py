"""The header of every playbook names where it works."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from ansible_collections.cardiology.cloud.plugins.action.identify import caller, headline
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud

PARAMS = {"region": "eu-north-1", "environment": "prod"}


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:sts::123456789012:assumed-role/deployer/alice", "role deployer"),
        ("arn:aws:iam::123456789012:user/alice", "user alice"),
        ("arn:aws:iam::123456789012:root", "the root user"),
        ("", ""),
    ],
)
def test_the_caller_is_a_role_or_a_user(arn: str, expected: str) -> None:
    assert caller(arn) == expected


def test_the_header_names_cloud_profile_role_account_region_and_environment() -> None:
    cloud = Cloud(Mock())
    cloud.profile, cloud.account_id = "clinic", "123456789012"
    cloud.arn = "arn:aws:sts::123456789012:assumed-role/deployer/alice"

    assert headline(cloud, PARAMS) == (
        "Cloud AWS, profile clinic, role deployer, account 123456789012, region eu-north-1, "
        "environment prod"
    )


def test_where_nobody_answers_the_header_still_names_the_endpoint() -> None:
    cloud = Cloud(Mock())
    cloud.endpoint = "http://127.0.0.1:5700"

    assert headline(cloud, PARAMS) == (
        "Cloud http://127.0.0.1:5700, account unknown, region eu-north-1, environment prod"
    )
