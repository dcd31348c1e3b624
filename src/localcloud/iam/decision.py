"""Evaluate a set of policies for one request: pure functions, in AWS's order.

Source of the rules: IAM User Guide, "Policy evaluation logic". Resource policies can only deny
here: access that they grant beyond the identity's own policies is not evaluated.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from localcloud.api.moto_patches.policy_conditions import condition_is_met

Policy = Mapping[str, Any]
Context = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Need:
    """One permission that a call requires: an action on one resource, with its context."""

    action: str
    #: An ARN; "*" if the action does not support resource-level permissions.
    resource: str = "*"
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Whether the request is allowed and, if not, the reason as AWS words it."""

    allowed: bool
    reason: str = ""


def decide(
    need: Need,
    identity: Sequence[Policy],
    boundary: Sequence[Policy] | None = None,
    resource_policy: Policy | None = None,
) -> Decision:
    """Evaluate one need: an explicit deny wins; otherwise boundary and identity must both allow."""
    named = [
        ("an identity-based policy", identity),
        ("a permissions boundary", boundary or ()),
        ("a resource-based policy", (resource_policy,) if resource_policy else ()),
    ]
    for what, policies in named:
        if any(_speaks(policies, need, "Deny")):
            return Decision(False, f"with an explicit deny in {what}")
    for what, policies in named[: 1 if boundary is None else 2]:
        if not any(_speaks(policies, need, "Allow")):
            return Decision(False, f"because no {what.partition(' ')[2]} allows it")
    return Decision(True)


def _speaks(policies: Iterable[Policy], need: Need, effect: str) -> Iterable[bool]:
    for policy in policies:
        for statement in as_list(policy["Statement"]):
            if statement["Effect"] == effect:
                yield applies(statement, need)


def applies(statement: Mapping[str, Any], need: Need) -> bool:
    """True if the statement matches the need's action, resource and context."""
    return (
        _covers(statement, "Action", need.action.lower(), lambda pattern: pattern.lower())
        and _covers(statement, "Resource", need.resource, lambda p: _filled(p, need.context))
        and _is_for_everybody(statement)
        and condition_is_met(_filled(statement.get("Condition", {}), need.context), need.context)
    )


def _covers(statement: Mapping[str, Any], element: str, value: str, prepare: Any) -> bool:
    """Match `element` or its negation `Not<element>`; a statement with neither matches all."""
    for name, wanted in ((element, True), (f"Not{element}", False)):
        if name in statement:
            return any(like(value, prepare(one)) for one in as_list(statement[name])) == wanted
    return True


def _is_for_everybody(statement: Mapping[str, Any]) -> bool:
    """True if the principal is everybody, the only one that this project's deny statements use."""
    principal = statement.get("Principal", "*")
    return principal in ("*", ["*"], {"AWS": "*"}, {"AWS": ["*"]})


def _filled(value: Any, context: Context) -> Any:
    """`value` with policy variables such as ${aws:username} replaced."""
    if isinstance(value, Mapping):
        return {key: _filled(one, context) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, context) for one in value]
    if not isinstance(value, str):
        return value
    known = {key.lower(): one for key, one in context.items()}
    return re.sub(r"\$\{([^}]+)\}", lambda m: str(known.get(m[1].lower(), m[0])), value)


def like(value: str, pattern: str) -> bool:
    """AWS wildcards: only `*` and `?` are special."""
    return _pattern(pattern).match(value) is not None


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def as_list(value: Any) -> list[Any]:
    """Wrap a single value in a list, as IAM does."""
    return list(value) if isinstance(value, list | tuple) else [value]
