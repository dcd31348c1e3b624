# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Normal forms: one spelling for tags and policy documents, whatever the API returns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Found

#: What carries all of these with our values was made by this environment.
OWNER_TAGS = ("Project", "Environment", "ManagedBy")


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most services take them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tags_of(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags as a plain mapping, without those that AWS itself sets."""
    tags = {_either(tag, "Key", "key"): _either(tag, "Value", "value") for tag in listed or ()}
    return {key: value for key, value in sorted(tags.items()) if not key.startswith("aws:")}


def _either(tag: Mapping[str, str], first: str, second: str) -> str:
    return tag[first] if first in tag else tag[second]


def as_list(value: Any) -> list[Any]:
    """A policy element that may be one value or a list, always as a sorted list."""
    return sorted(value, key=str) if isinstance(value, list) else [value]


def document(policy: str | Mapping[str, Any]) -> dict[str, Any]:
    """A policy document with every action, resource and principal as a sorted list."""
    parsed = json.loads(policy) if isinstance(policy, str) else policy
    statements = parsed.get("Statement", [])
    if isinstance(statements, Mapping):
        statements = [statements]
    return {
        "Version": parsed.get("Version", "2008-10-17"),
        "Statement": sorted((_statement(s) for s in statements), key=canonical),
    }


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(statement)
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in result:
            result[element] = as_list(result[element])
    for element in ("Principal", "NotPrincipal"):
        if isinstance(result.get(element), Mapping):
            result[element] = {kind: as_list(value) for kind, value in result[element].items()}
            # Two spellings of everybody; a service may answer in the other one.
            if result[element] == {"AWS": ["*"]}:
                result[element] = "*"
    if "Condition" in result:
        result["Condition"] = {
            operator: {key: as_list(value) for key, value in wanted.items()}
            for operator, wanted in result["Condition"].items()
        }
    return result


def written(policy: Mapping[str, Any]) -> str:
    """A policy document as the text to send: a list of one in a condition or principal as a value.

    That is how people and the tools that grade policies write it; AWS takes both for the same.
    """
    statements = [_plain(statement) for statement in policy["Statement"]]
    return json.dumps({**policy, "Statement": statements})


def _plain(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _single(value) if key in ("Condition", "Principal", "NotPrincipal") else value
        for key, value in statement.items()
    }


def _single(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _single(inner) for key, inner in value.items()}
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def carries(item: Found, ours: Callable[[dict[str, str]], bool]) -> bool:
    """True for what is ours by its tags, or by its name where AWS knows no tags of it."""
    return "tags" not in item.properties or ours(item.properties["tags"])


def translated(value: Any, words: Mapping[str, str]) -> Any:
    """The same value with every text that is a word of ours replaced: addresses by ids, or back."""
    if isinstance(value, Mapping):
        return {key: translated(inner, words) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [translated(inner, words) for inner in value]
    return words.get(value, value) if isinstance(value, str) else value


def canonical(value: Any) -> str:
    """A text that is equal for equal values: for sorting and for comparing as sets."""
    return json.dumps(value, sort_keys=True, default=str)
