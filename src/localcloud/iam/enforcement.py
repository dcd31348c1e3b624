"""WSGI middleware: a call of a user or a role passes only when its policies allow it.

In front of moto and not in it: moto's own enforcement knows neither conditions nor, for most
services, resources. Every decision is kept, so that another tool can check it.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

from localcloud.iam.calls import Call, credential, read_call
from localcloud.iam.decision import Need, decide
from localcloud.iam.needs import needs
from localcloud.iam.principals import Principal, UnknownKeyError, principal
from localcloud.wsgi import Application, Environ, StartResponse, refuse

#: AWS lets everybody ask who they are.
_FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken")
_PASSED_BY = ("/moto-api/", "/localcloud/")


class Enforcement:
    """Wraps the AWS application; `decisions` is what it decided, each one once."""

    def __init__(self, aws: Application) -> None:
        self._aws, self._lock = aws, Lock()
        self._decisions: dict[str, dict[str, Any]] = {}

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """`{principal, action, resource, context, allowed}`, in the order of the first time."""
        with self._lock:
            return list(self._decisions.values())

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or refuse it."""
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        if environ.get("PATH_INFO", "").startswith(_PASSED_BY) or not credential(authorization):
            return self._aws(environ, start_response)  # type: ignore[no-any-return]
        call = _call(environ, authorization)
        if call is None:
            return self._aws(environ, start_response)  # type: ignore[no-any-return]
        try:
            who = principal(call.access_key)
        except UnknownKeyError:
            message = "The security token included in the request is invalid."
            return _refuse(environ, start_response, call, False, message)
        refusal = self._refusal(who, call, environ) if who else None
        if refusal:
            return _refuse(environ, start_response, call, True, refusal)
        return self._aws(environ, start_response)  # type: ignore[no-any-return]

    def _refusal(self, who: Principal, call: Call, environ: Environ) -> str | None:
        """AWS's sentence for the first permission that is missing."""
        surroundings = {
            **who.context,
            "aws:SecureTransport": "false"
            if environ.get("HTTP_X_FORWARDED_PROTO") == "http"
            else "true",
            "aws:SourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
        }
        for need in needs(call, who.account, tags_now):
            if need.action in _FREE:
                continue
            asked = Need(need.action, need.resource, {**surroundings, **need.context})
            decision = decide(asked, who.identity, who.boundary)
            self._remember(who, asked, decision.allowed)
            if not decision.allowed:
                return (
                    f"User: {who.arn} is not authorized to perform: {need.action} on resource: "
                    f"{need.resource} {decision.reason}"
                )
        return None

    def _remember(self, who: Principal, need: Need, allowed: bool) -> None:
        entry = {
            "principal": who.arn,
            "action": need.action,
            "resource": need.resource,
            "context": dict(need.context),
            "allowed": allowed,
        }
        with self._lock:
            self._decisions[json.dumps(entry, sort_keys=True)] = entry


def _call(environ: Environ, authorization: str) -> Call | None:
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return read_call(
        authorization,
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING", ""),
        headers,
        _body(environ, authorization),
    )


def _body(environ: Environ, authorization: str) -> bytes:
    """The request's body, left to be read again; of S3's only the one that names a role."""
    length = environ.get("CONTENT_LENGTH") or ""
    wanted = "/s3/" not in authorization or "replication" in environ.get("QUERY_STRING", "")
    if not (wanted and length.isdigit()):
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def tags_now(arn: str) -> Mapping[str, str]:
    """The tags of a resource that is there; nothing for one that is not, or is not known here."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or "*" in arn:
        return {}
    _, _, service, region, account, rest = parts
    reader = _TAGS.get(service)
    try:
        return reader(account, region, rest) if reader else {}
    except Exception:  # not there (any more): nothing that a condition could ask for
        return {}


def _ec2_tags(account: str, region: str, rest: str) -> Mapping[str, str]:
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[account][region]
    kind, _, name = rest.partition("/")
    if kind == "key-pair":
        name = backend.key_pairs[name].id
    if name.startswith("rtbassoc-"):
        tables = backend.route_tables.values()
        name = next(table.id for table in tables if name in table.all_associations_ids)
    return dict(backend.tags.get(name, {}))


def _iam_tags(account: str, _region: str, rest: str) -> Mapping[str, str]:
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    kind, _, name = rest.partition("/")
    if kind == "role":
        return _plain(backend.get_role(name).tags)
    if kind == "instance-profile":
        return _plain(backend.get_instance_profile(name).tags)
    if kind == "policy":
        return _plain(backend.managed_policies[f"arn:aws:iam::{account}:{rest}"].tags)
    return {}


def _plain(tags: Any) -> dict[str, str]:
    """moto keeps tags as lists of pairs, or by key."""
    pairs = tags.values() if isinstance(tags, Mapping) else tags
    return {one["Key"]: one["Value"] for one in pairs}


def _kms_tags(account: str, region: str, rest: str) -> Mapping[str, str]:
    from moto.kms.models import kms_backends

    backend = kms_backends[account][region]
    answer = backend.list_resource_tags(rest.partition("/")[2])
    return {one["TagKey"]: one["TagValue"] for tags in answer.values() for one in tags}


_TAGS: dict[str, Callable[[str, str, str], Mapping[str, str]]] = {
    "ec2": _ec2_tags,
    "iam": _iam_tags,
    "kms": _kms_tags,
}


#: `(denied, unknown key)` in the words of each service whose errors are XML.
_CODES = {
    "ec2": ("UnauthorizedOperation", "AuthFailure"),
    "s3": ("AccessDenied", "InvalidAccessKeyId"),
    **dict.fromkeys(("iam", "sns", "sts"), ("AccessDenied", "InvalidClientTokenId")),
}


def _refuse(
    environ: Environ, start_response: StartResponse, call: Call, denied: bool, message: str
) -> Iterable[bytes]:
    status = "403 Forbidden" if call.service in _CODES else "400 Bad Request"
    codes = _CODES.get(call.service, ("AccessDeniedException", "UnrecognizedClientException"))
    error = {"code": codes[0] if denied else codes[1], "message": message}
    return refuse(environ, start_response, call.service, status, error)
