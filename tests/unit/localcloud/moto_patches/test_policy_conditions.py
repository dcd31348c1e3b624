"""Conditions are decided as AWS documents them."""

import json
from typing import Any

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from localcloud.moto_patches import policy_conditions
from localcloud.moto_patches.policy_conditions import condition_is_met

SECURE = {"aws:SecureTransport": "true"}


@pytest.mark.parametrize(
    ("condition", "context", "met"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, SECURE, False),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": "false"}, True),
        ({"Bool": {"aws:securetransport": "true"}}, SECURE, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, {}, False),
        ({"BoolIfExists": {"aws:SecureTransport": "false"}}, {}, True),
        ({"StringEquals": {"k": ["a", "b"]}}, {"k": "b"}, True),
        ({"StringEquals": {"k": "A"}}, {"k": "a"}, False),
        ({"StringEqualsIgnoreCase": {"k": "A"}}, {"k": "a"}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "b"}, False),
        ({"StringNotEquals": {"k": "a"}}, {}, True),
        ({"StringLike": {"k": "data/*"}}, {"k": "data/x/y"}, True),
        ({"StringLike": {"k": "data/[a]"}}, {"k": "data/a"}, False),
        ({"StringNotLike": {"k": "data/*"}}, {"k": "logs/x"}, True),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, {"s3:TlsVersion": "1.3"}, False),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, {"s3:TlsVersion": "1.1"}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "10.1.2.3"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "10.1.2.3"}, False),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": "false"}}, {}, False),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {"k": "a"}, True),
        ({"Bool": SECURE, "StringEquals": {"k": "a"}}, {**SECURE, "k": "b"}, False),
    ],
)
def test_condition(condition: dict[str, Any], context: dict[str, str], met: bool) -> None:
    assert condition_is_met(condition, context) is met


def test_an_operator_that_nobody_knows_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match="Bogus"):
        condition_is_met({"Bogus": {"k": "a"}}, {"k": "a"})


@pytest.fixture
def _patched() -> Any:
    policy_conditions.apply()
    yield
    for seam in policy_conditions.SEAMS:
        seam.restore()


def decision(condition: dict[str, Any] | None) -> PermissionResult:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    policy = IAMPolicy(json.dumps({"Statement": [statement]}))
    return policy.is_action_permitted("s3:GetObject", "arn:aws:s3:::bucket/key")


@pytest.mark.usefixtures("_patched")
def test_a_deny_whose_condition_is_not_met_does_not_apply() -> None:
    assert decision({"Bool": {"aws:SecureTransport": "false"}}) == PermissionResult.NEUTRAL
    assert decision({"Null": {"aws:SecureTransport": "true"}}) == PermissionResult.DENIED
    assert decision(None) == PermissionResult.DENIED


def test_stock_moto_still_needs_this_patch() -> None:
    """When this fails, moto evaluates conditions itself: consider dropping the patch."""
    unmet = {"StringEquals": {"aws:SecureTransport": "false"}}
    assert decision({"Bool": unmet["StringEquals"]}) == PermissionResult.DENIED
