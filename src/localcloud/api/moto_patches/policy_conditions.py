"""Conditions of IAM and bucket policies, evaluated as on AWS.

Stock moto ignores operators that it does not know and turns an unmet condition into a Deny, so a
bucket whose policy denies plain HTTP refuses every object call. On AWS, a statement whose
condition is not met does not apply.

Source of the rules: IAM User Guide, "IAM JSON policy elements: Condition operators" and
"Single-valued vs. multivalued context keys".
"""

import fnmatch
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import has_request_context, request
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(
        IAMPolicyStatement,
        "is_action_permitted",
        "self, action, resource, principal, incoming_condition_values",
    ),
)

#: S3 headers that are also condition keys.
CONDITION_HEADERS = (
    "x-amz-acl",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
)

Context = Mapping[str, str | list[str]]
Test = Callable[[str, str], bool]


def apply() -> None:
    """Make moto ignore a statement whose condition is not met."""
    SEAMS[0].replace(_conditional)


def _conditional(original: Callable[..., Any]) -> Callable[..., Any]:
    def is_action_permitted(
        self: Any,
        action: str,
        resource: str = "*",
        principal: str | None = None,
        incoming_condition_values: dict[str, str] | None = None,
    ) -> Any:
        statement = self._statement
        condition = statement.get("Condition")
        if not condition:
            return original(self, action, resource, principal, incoming_condition_values)
        context = {**request_context(), **(incoming_condition_values or {})}
        if not condition_is_met(condition, context):
            return PermissionResult.NEUTRAL
        # moto must not evaluate the condition again by its own rules.
        unconditional = {key: value for key, value in statement.items() if key != "Condition"}
        return original(type(self)(unconditional), action, resource, principal, None)

    return is_action_permitted


def request_context() -> dict[str, str]:
    """The condition keys that the current HTTP request sets.

    The local cloud has no TLS but simulates it: a request counts as secure unless it has the
    header `X-Forwarded-Proto: http`, with which a test acts as a plain-HTTP client.
    """
    if not has_request_context():
        return {}
    secure = request.headers.get("X-Forwarded-Proto", "https") == "https"
    now = datetime.now(UTC)
    context = {
        "aws:CurrentTime": now.isoformat(),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true" if secure else "false",
        "aws:SourceIp": request.remote_addr or "127.0.0.1",
    }
    if secure:
        context["s3:TlsVersion"] = "1.3"
    for name in CONDITION_HEADERS:
        if name in request.headers:
            context[f"s3:{name}"] = request.headers[name]
    for name in ("prefix", "delimiter", "max-keys"):
        if name in request.args:
            context[f"s3:{name}"] = request.args[name]
    return context


def condition_is_met(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """True if every operator of a Condition block is met for each of its keys."""
    known = {key.lower(): _as_list(value) for key, value in context.items()}  # keys ignore case
    return all(
        _holds(operator, known.get(key.lower(), []), _as_list(wanted))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, values: list[str], wanted: list[str]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (not values) == (wanted[0].lower() == "true")
    plain = name.removesuffix("IfExists")
    test = _TESTS.get(_NEGATED.get(plain, plain))
    if test is None or quantifier not in _OF_NO_VALUE:
        raise ValueError(f"unknown condition operator {operator!r}")
    negated = plain in _NEGATED
    if values:
        met = [any(test(value, one) for one in wanted) != negated for value in values]
        return all(met) if quantifier == "ForAllValues" else any(met)
    if name != plain:
        return True
    answer = _OF_NO_VALUE[quantifier]
    # A missing key matches only the negated operators.
    return negated if answer is None else answer


def _as_list(wanted: Any) -> list[str]:
    values = wanted if isinstance(wanted, list) else [wanted]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def _like(value: str, pattern: str) -> bool:
    """AWS wildcards: only `*` and `?` are special, and case matters."""
    escaped = pattern.replace("[", "[[]")
    return re.match(fnmatch.translate(escaped), value) is not None


def _in_network(value: str, network: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


def _moment(text: str) -> datetime:
    """Parse ISO 8601 or seconds since 1970; without a time zone it is UTC."""
    if re.fullmatch(r"\d{5,}", text):
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# The result of a quantifier for a key without a value; None leaves it to the operator.
_OF_NO_VALUE = {"": None, "ForAllValues": True, "ForAnyValue": False}

_TESTS: dict[str, Test] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    "NumericLessThanEquals": lambda value, wanted: float(value) <= float(wanted),
    "NumericGreaterThan": lambda value, wanted: float(value) > float(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: float(value) >= float(wanted),
    "DateEquals": lambda value, wanted: _moment(value) == _moment(wanted),
    "DateLessThan": lambda value, wanted: _moment(value) < _moment(wanted),
    "DateLessThanEquals": lambda value, wanted: _moment(value) <= _moment(wanted),
    "DateGreaterThan": lambda value, wanted: _moment(value) > _moment(wanted),
    "DateGreaterThanEquals": lambda value, wanted: _moment(value) >= _moment(wanted),
    "IpAddress": _in_network,
}

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
