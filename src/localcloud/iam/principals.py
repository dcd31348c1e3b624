"""The principal that signed a request, and its policies, read from moto's IAM and STS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.iam.decision import Policy

ROOT_KEY = "localcloud"
_PARTITION = "aws"


@dataclass(frozen=True)
class Principal:
    """A caller with policies. The account root, `localcloud`, is not one: it may do everything."""

    arn: str
    account: str
    identity: list[Policy]
    boundary: list[Policy] | None = None
    context: Mapping[str, str] = field(default_factory=dict)


class UnknownKeyError(Exception):
    """No user or session of this cloud has this access key."""


def principal(access_key: str) -> Principal | None:
    """The owner of an access key; None for root. Raises UnknownKeyError."""
    if access_key == ROOT_KEY:
        return None
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    for _, backends in list(sts_backends.items()):
        session = backends[_PARTITION].get_assumed_role_from_access_key(access_key)
        if session:
            return _of_session(session, iam_backends[session.account_id][_PARTITION])
    for account, backends in list(iam_backends.items()):
        user = backends[_PARTITION].get_user_from_access_key_id(access_key)
        if user:
            return _of_user(user, account, backends[_PARTITION])
    raise UnknownKeyError(access_key)


def _of_user(user: Any, account: str, backend: Any) -> Principal:
    policies = [_document(text) for text in user.policies.values()]
    policies += [_managed(policy) for policy in user.managed_policies.values()]
    for group in backend.groups.values():
        if user in group.users:
            policies += [_document(text) for text in group.policies.values()]
            policies += [_managed(policy) for policy in group.managed_policies.values()]
    context = {
        "aws:username": user.name,
        "aws:PrincipalArn": user.arn,
        "aws:PrincipalAccount": account,
    }
    return Principal(user.arn, account, policies, None, context)


def _of_session(session: Any, backend: Any) -> Principal:
    role = backend.get_role(session.role_arn.rpartition("/")[2])
    policies = [_document(text) for text in role.policies.values()]
    policies += [_managed(policy) for policy in role.managed_policies.values()]
    bounds = role.permissions_boundary_arn
    # A boundary that does not exist allows nothing.
    boundary = [_managed(p) for arn, p in backend.managed_policies.items() if arn == bounds]
    context = {"aws:PrincipalArn": role.arn, "aws:PrincipalAccount": session.account_id}
    return Principal(
        session.arn, session.account_id, policies, boundary if bounds else None, context
    )


def _document(text: Any) -> Policy:
    document: Policy = json.loads(text) if isinstance(text, str) else text
    return document


def _managed(policy: Any) -> Policy:
    current = next(version for version in policy.versions if version.is_default)
    return _document(current.document)
