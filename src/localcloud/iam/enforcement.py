"""WSGI middleware: a call by a user or a role passes only if its policies allow it.

It runs in front of moto, because moto's own enforcement supports neither conditions nor, for
most services, resources. Every decision is recorded, so that another tool can check it.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

from localcloud.api.calls import Call, credential, read_call
from localcloud.api.wsgi import Application, Environ, StartResponse, refuse
from localcloud.iam.decision import Need, decide
from localcloud.iam.needs import needs
from localcloud.iam.principals import Principal, UnknownKeyError, principal

#: AWS allows these calls without any permission.
_FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken")
_PASSED_BY = ("/moto-api/", "/localcloud/")


class Enforcement:
    """Wraps the AWS application; `decisions` lists each distinct decision once."""

    def __init__(self, aws: Application) -> None:
        self._aws, self._lock = aws, Lock()
        self._decisions: dict[str, dict[str, Any]] = {}

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """`{principal, action, resource, context, allowed}`, in the order of first occurrence."""
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
        """AWS's error message for the first missing permission."""
        surroundings = {
            **who.context,
            "aws:SecureTransport": "false"
            if environ.get("HTTP_X_FORWARDED_PROTO") == "http"
            else "true",
            "aws:SourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
        }
        known = _with_key(call, who.account)
        # KMS itself answers that there is no such alias, whatever the caller may do.
        for need in needs(known, who.account, tags_now) if known else []:
            if need.action in _FREE:
                continue
            asked = Need(
                need.action, need.resource, {**surroundings, **_bounded(need), **need.context}
            )
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
    """The request body, rewound for the application; for S3 only the one that names a role."""
    length = environ.get("CONTENT_LENGTH") or ""
    wanted = "/s3/" not in authorization or "replication" in environ.get("QUERY_STRING", "")
    if not (wanted and length.isdigit()):
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def tags_now(arn: str) -> Mapping[str, str]:
    """The tags of a resource; empty if it does not exist or its service is not covered here."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or "*" in arn:
        return {}
    _, _, service, region, account, rest = parts
    reader = _TAGS.get(service)
    try:
        return reader(account, region, rest) if reader else {}
    except Exception:  # it does not exist (any more), so no condition can match
        return {}


def _with_key(call: Call, account: str) -> Call | None:
    """The call with the key that its alias stands for: KMS decides about keys, not about names.

    None where there is no such alias.
    """
    _, _, alias = str(call.parameters.get("KeyId", "")).rpartition(":")
    if call.service != "kms" or not alias.startswith("alias/"):
        return call
    from moto.kms.models import kms_backends

    key = kms_backends[account][call.region].get_key_id_from_alias(alias)
    return replace(call, parameters={**call.parameters, "KeyId": key}) if key else None


#: Actions whose condition key iam:PermissionsBoundary is the role's current boundary.
_BY_BOUNDARY = frozenset(
    f"iam:{action}"
    for action in (
        "AttachRolePolicy",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePolicy",
    )
)


def _bounded(need: Need) -> Mapping[str, str]:
    """The current boundary of the role that the action changes, as a condition key."""
    if need.action not in _BY_BOUNDARY or ":role/" not in need.resource:
        return {}
    from moto.iam.models import iam_backends

    account, name = need.resource.split(":")[4], need.resource.rpartition("/")[2]
    for role in iam_backends[account]["aws"].roles.values():
        if role.name == name and role.permissions_boundary_arn:
            return {"iam:PermissionsBoundary": role.permissions_boundary_arn}
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
    """Convert tags to a dict: moto stores them as lists of pairs, or by key."""
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


#: The error codes `(denied, unknown key)` of each service whose errors are XML.
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
