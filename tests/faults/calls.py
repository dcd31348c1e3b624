"""Identify the AWS call of a request: service, action and resource."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import botocore.session

#: A field that names the call's resource: RoleName, TopicArn, VpcId.
ABOUT = re.compile(r"(Name|Arn|Id)$", re.IGNORECASE)
READS = re.compile(r"Get|List|Describe|Head|Filter|Lookup|Simulate|BatchGet|Select")


@dataclass(frozen=True)
class Call:
    """One call, as far as the request identifies it."""

    service: str
    action: str
    name: str = ""
    #: The format of its errors: ec2, query, s3, json or rest.
    dialect: str = "rest"

    @property
    def reads(self) -> bool:
        """True for a read-only call."""
        return bool(READS.match(self.action))


def recognise(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The AWS call of a request."""
    known = {name.lower(): _text(value) for name, value in headers.items()}
    parts = urlsplit(url)
    service = _service(known, parts.query)
    if "x-amz-target" in known:
        return Call(service, known["x-amz-target"].rpartition(".")[2], _json_name(body), "json")
    if service == "s3":
        host = parts.netloc or known.get("host", "")
        return _s3(method, host, parts.path, parts.query, known)
    form = dict(parse_qsl(body.decode("latin-1")) or parse_qsl(parts.query))
    if "Action" in form:
        dialect = "ec2" if service == "ec2" else "query"
        return Call(service, form["Action"], _about(form), dialect)
    return Call(service, f"{method} {parts.path}")


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _service(headers: Mapping[str, str], query: str) -> str:
    """The service in the signature's scope: `<key id>/<date>/<region>/<service>/aws4_request`."""
    scope = re.search(r"Credential=([^,\s]+)", headers.get("authorization", ""))
    signed = parse_qs(query).get("X-Amz-Credential", [""])[0]
    words = (scope.group(1) if scope else signed).split("/")
    return words[-2] if len(words) >= 5 else ""


def _json_name(body: bytes) -> str:
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return ""
    return _about(dict(_strings(fields)))


def _strings(value: Any) -> Iterator[tuple[str, str]]:
    """Every string with its field name, outer ones first."""
    if isinstance(value, dict):
        yield from ((k, v) for k, v in value.items() if isinstance(v, str))
        for inner in value.values():
            yield from _strings(inner)


def _about(fields: Mapping[str, str]) -> str:
    by_kind = {"name": "", "arn": "", "id": ""}
    for field, value in fields.items():
        if match := ABOUT.search(field):
            kind = match.group(1).lower()
            by_kind[kind] = by_kind[kind] or value
    return next((value for value in by_kind.values() if value), "")


@dataclass(frozen=True)
class _Operation:
    """The properties of a request that identify one S3 operation."""

    name: str
    method: str
    bucket: bool
    key: bool
    query: frozenset[tuple[str, str]]
    needs_query: frozenset[str]
    needs_headers: frozenset[str]

    @property
    def weight(self) -> tuple[int, int]:
        return len(self.query) + len(self.needs_query), len(self.needs_headers)

    def fits(
        self, bucket: bool, key: bool, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> bool:
        return (
            (self.bucket, self.key) == (bucket, key)
            and all(name in query and value in ("", query[name]) for name, value in self.query)
            and self.needs_query <= query.keys()
            and self.needs_headers <= headers.keys()
        )


def _s3(method: str, host: str, path: str, query: str, headers: Mapping[str, str]) -> Call:
    names = unquote(path).lstrip("/").split("/", 1)
    virtual = re.match(r"(.+?)\.s3[.-]", host)
    if virtual:
        names = [virtual.group(1), unquote(path).lstrip("/")]
    bucket, key = names[0], names[1] if len(names) > 1 else ""
    given = dict(parse_qsl(query, keep_blank_values=True))
    fitting = [
        operation
        for operation in _s3_operations()
        if operation.method == method and operation.fits(bool(bucket), bool(key), given, headers)
    ]
    if not fitting:
        return Call("s3", f"{method} {path}", dialect="s3")
    best = max(fitting, key=lambda operation: operation.weight)
    return Call("s3", best.name, f"{bucket}/{key}" if key else bucket, "s3")


@cache
def _s3_operations() -> tuple[_Operation, ...]:
    model = botocore.session.get_session().get_service_model("s3")
    return tuple(_operation(model.operation_model(name)) for name in model.operation_names)


def _operation(model: Any) -> _Operation:
    uri = urlsplit(model.http["requestUri"])
    needed: dict[str, set[str]] = {"querystring": set(), "header": set()}
    shape = model.input_shape
    for member in shape.required_members if shape else ():
        how = shape.members[member].serialization
        if how.get("location") in needed:
            needed[how["location"]].add(how["name"])
    return _Operation(
        name=model.name,
        method=model.http["method"],
        bucket="{Bucket}" in uri.path,
        key="{Key+}" in uri.path,
        query=frozenset(
            pair for pair in parse_qsl(uri.query, keep_blank_values=True) if pair[0] != "x-id"
        ),
        needs_query=frozenset(needed["querystring"]),
        needs_headers=frozenset(name.lower() for name in needed["header"]),
    )
