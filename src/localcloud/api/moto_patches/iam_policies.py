"""AWS managed policies, `arn:aws:iam::aws:policy/...`, each created at its first use.

moto has all of them but creates either all or none, and all take a second or two per account.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from localcloud.api.moto_patches.seams import Seam

_PREFIX = "arn:aws:iam::aws:policy/"

SEAMS = (
    Seam(IAMBackend, "attach_role_policy", "self, policy_arn, role_name"),
    Seam(IAMBackend, "attach_group_policy", "self, policy_arn, group_name"),
    Seam(IAMBackend, "attach_user_policy", "self, policy_arn, user_name"),
    Seam(IAMBackend, "get_policy", "self, policy_arn"),
    Seam(IAMBackend, "put_role_permissions_boundary", "self, role_name, permissions_boundary"),
    Seam(
        IAMBackend,
        "create_role",
        "self, role_name, assume_role_policy_document, path, permissions_boundary, description, "
        "tags, max_session_duration, linked_service",
    ),
    Seam(IAMBackend, "list_policies", "self, marker, max_items, only_attached, path_prefix, scope"),
)


def apply() -> None:
    """Create a policy before a method that names it runs, and all policies before a listing."""
    *named, listing = SEAMS
    for seam in named:
        seam.replace(_with_named)
    listing.replace(_with_all)


def _with_named(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        texts = (one for one in (*arguments, *options.values()) if isinstance(one, str))
        _make(self, (one for one in texts if one.startswith(_PREFIX)))
        return original(self, *arguments, **options)

    return method


def _with_all(original: Callable[..., Any]) -> Callable[..., Any]:
    def list_policies(
        self: Any,
        marker: str | None,
        max_items: int,
        only_attached: bool,
        path_prefix: str,
        scope: str,
    ) -> Any:
        if scope != "Local" and not only_attached:
            _make(self, _published())
        return original(self, marker, max_items, only_attached, path_prefix, scope)

    return list_policies


def _make(backend: Any, arns: Iterable[str]) -> None:
    for arn in arns:
        name = arn.rpartition("/")[2]
        data = _published().get(arn)
        if data and arn not in backend.managed_policies:
            backend.managed_policies[arn] = AWSManagedPolicy.from_data(
                name, backend.account_id, backend.region_name, data
            )


@cache
def _published() -> Mapping[str, Mapping[str, Any]]:
    """AWS managed policies by ARN."""
    everything = json.loads(aws_managed_policies_data)
    return {
        f"{_PREFIX}{data['Path'].removeprefix('/')}{name}": data
        for name, data in everything.items()
    }
