"""Find the AWS operation of an HTTP request, with the parameters that permissions depend on."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.session import Session

_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d{8}/([^/,]+)/([^/,]+)/aws4_request")

#: botocore's name of a service, if it differs from the signing name.
_MODELS = {
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
}


@dataclass(frozen=True)
class Call:
    """One call; `service` is the signing name."""

    access_key: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    host: str = ""


def credential(authorization: str) -> tuple[str, str, str] | None:
    """Access key, region and service of an Authorization header; None if it is not SigV4."""
    found = _CREDENTIAL.search(authorization)
    return (found[1], found[2], found[3]) if found else None


def read_call(
    authorization: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Call | None:
    """The call that a request makes; None if the request is unsigned or not recognised."""
    signed = credential(authorization)
    if signed is None:
        return None
    access_key, region, service = signed
    operation, parameters = _operation(service, method, path, query, headers, body)
    return Call(access_key, region, service, operation, parameters, headers.get("host", ""))


def _operation(
    service: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, dict[str, Any]]:
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2], json.loads(body or b"{}")
    form = (
        {**_flat(query), **_flat(body.decode("utf-8", "replace"))} if not _is_rest(service) else {}
    )
    if "Action" in form:
        return form["Action"], form
    # S3 Control has S3's signing name; its paths begin with its API version.
    model = "s3control" if path.startswith("/v20180820/") else _MODELS.get(service, service)
    operation, parameters = _rest_operation(model, method, path, query, headers)
    role = re.search(rb"<Role>([^<]+)</Role>", body)
    if role:  # the only value in an S3 request body that a permission depends on
        parameters["Role"] = role[1].decode()
    return operation, parameters


def _is_rest(service: str) -> bool:
    return protocol(service).startswith("rest")


def _flat(text: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}


@cache
def _model(service: str) -> Any:
    return Session().get_service_model(service)


def protocol(service: str) -> str:
    """The protocol of a service, by its signing name; "" if unknown."""
    try:
        result: str = _model(_MODELS.get(service, service)).protocol
    except Exception:  # we use no service that botocore does not know
        return ""
    return result


@cache
def _rest_routes(service: str) -> list[tuple[str, str, re.Pattern[str], dict[str, str], str]]:
    """`(operation, method, path, required query parameters, required header)`."""
    routes = []
    for name in _model(service).operation_names:
        operation = _model(service).operation_model(name)
        path, _, static = operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", _group, re.escape(path))
        header = "x-amz-copy-source" if name in ("CopyObject", "UploadPartCopy") else ""
        wanted = _flat(static) | _required_query(operation)
        routes.append((name, operation.http["method"], re.compile(pattern + "/?"), wanted, header))
    return routes


def _group(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"


def _required_query(operation: Any) -> dict[str, str]:
    shape = operation.input_shape
    if shape is None:
        return {}
    names = [shape.members[one].serialization for one in shape.required_members]
    return {one["name"]: "" for one in names if one.get("location") == "querystring"}


def _rest_operation(
    service: str, method: str, path: str, query: str, headers: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """The most specific route that matches this request."""
    given = _flat(query)
    best: tuple[int, str, dict[str, Any]] = (-1, "", {})
    for name, wanted_method, pattern, wanted, header in _rest_routes(service):
        found = pattern.fullmatch(path)
        if found is None or wanted_method != method or (header and header not in headers):
            continue
        if any(
            key not in given or (value and given[key] != value) for key, value in wanted.items()
        ):
            continue
        weight = 2 * len(wanted) + (1 if header else 0)
        if weight > best[0]:
            named = {key: unquote(value) for key, value in found.groupdict().items()}
            best = (weight, name, {**given, **named})
    return best[1], best[2]
