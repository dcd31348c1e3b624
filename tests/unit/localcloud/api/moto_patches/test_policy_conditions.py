"""Conditions are decided as AWS documents them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicy, IAMPolicyStatement, PermissionResult

from localcloud.api.moto_patches import policy_conditions
from localcloud.api.moto_patches.policy_conditions import condition_is_met

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
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {"k": "b"}, False),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {}, False),
        ({"ForAnyValue:StringNotEquals": {"k": "a"}}, {}, False),
        ({"ForAnyValue:StringEqualsIfExists": {"k": "a"}}, {}, True),
        ({"ForAllValues:StringEquals": {"k": "a"}}, {}, True),
        ({"ForAllValues:StringNotEquals": {"k": "a"}}, {}, True),
        ({"ForAllValues:StringEquals": {"k": "a"}}, {"k": "b"}, False),
        ({"ForAllValues:StringNotEquals": {"k": "a"}}, {"k": "a"}, False),
        ({"DateLessThan": {"k": "2026-01-01"}}, {"k": "2025-12-31T23:59:59Z"}, True),
        ({"DateLessThan": {"k": "2026-01-01T00:00:00Z"}}, {"k": "1767225600"}, False),
        ({"DateLessThanEquals": {"k": "2026-01-01T00:00:00Z"}}, {"k": "1767225600"}, True),
        ({"DateGreaterThan": {"k": "1767225600"}}, {"k": "2026-01-01T01:00:00+01:00"}, False),
        ({"DateGreaterThanEquals": {"k": "1767225600"}}, {"k": "2026-01-01T01:00:00+01:00"}, True),
        ({"DateEquals": {"k": "2026-01-01"}}, {"k": "2026-01-01T00:00:00Z"}, True),
        ({"DateNotEquals": {"k": "2026-01-01"}}, {"k": "2026-01-01T00:00:00Z"}, False),
        ({"DateNotEquals": {"k": "2026-01-01"}}, {}, True),
        ({"Bool": SECURE, "StringEquals": {"k": "a"}}, {**SECURE, "k": "b"}, False),
    ],
)
def test_condition(condition: dict[str, Any], context: dict[str, str], met: bool) -> None:
    assert condition_is_met(condition, context) is met


@pytest.mark.parametrize("context", [{"k": "a"}, {}])
@pytest.mark.parametrize(
    "operator",
    ["Bogus", "BogusIfExists", "NullIfExists", "ForSomeValues:StringEquals", "BinaryEquals"],
)
def test_an_operator_that_nobody_knows_is_an_error_and_not_a_guess(
    operator: str, context: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=operator):
        condition_is_met({operator: {"k": "a"}}, context)


@pytest.fixture
def _patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patch is in place; afterwards there is what was there before, patched or not."""
    for seam in policy_conditions.SEAMS:
        monkeypatch.setattr(seam.owner, seam.name, getattr(seam.owner, seam.name))
    policy_conditions.apply()


def statement(condition: dict[str, Any] | None) -> dict[str, Any]:
    everything = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    return {**everything, "Condition": condition} if condition else everything


def decision(condition: dict[str, Any] | None) -> PermissionResult:
    policy = IAMPolicy(json.dumps({"Statement": [statement(condition)]}))
    return policy.is_action_permitted("s3:GetObject", "arn:aws:s3:::bucket/key")


@pytest.mark.usefixtures("_patched")
def test_a_deny_whose_condition_is_not_met_does_not_apply() -> None:
    assert decision({"Bool": {"aws:SecureTransport": "false"}}) == PermissionResult.NEUTRAL
    assert decision({"Null": {"aws:SecureTransport": "true"}}) == PermissionResult.DENIED
    assert decision(None) == PermissionResult.DENIED


def test_stock_moto_still_needs_this_patch() -> None:
    """When this fails, moto evaluates conditions itself: consider dropping the patch."""
    unmet = IAMPolicyStatement(statement({"Bool": {"aws:SecureTransport": "false"}}))
    stock = policy_conditions.SEAMS[0].original

    assert stock(unmet, "s3:GetObject", "*") == PermissionResult.DENIED


BUCKET = "needs-tls"


@pytest.fixture
def s3(client: Callable[[str], Any]) -> Any:
    """A client of a bucket whose policy denies plain HTTP, with one object in it."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"content")
    tls_only = statement({"Bool": {"aws:SecureTransport": "false"}})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": [tls_only]}))
    return s3


def over_plain_http(request: Any, **_: Any) -> None:
    request.headers["X-Forwarded-Proto"] = "http"


def test_a_bucket_that_needs_tls_serves_a_client_that_has_it(s3: Any) -> None:
    assert s3.get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"content"
    s3.put_object(Bucket=BUCKET, Key="new", Body=b"")


@pytest.mark.parametrize(
    ("operation", "arguments"), [("get_object", {}), ("put_object", {"Body": b"changed"})]
)
def test_a_bucket_that_needs_tls_refuses_plain_http(
    s3: Any, operation: str, arguments: dict[str, bytes]
) -> None:
    s3.meta.events.register("before-send.s3", over_plain_http)

    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(Bucket=BUCKET, Key="key", **arguments)

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    s3.meta.events.unregister("before-send.s3", over_plain_http)
    assert s3.get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"content"
