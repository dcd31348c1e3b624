# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Normal forms: one form for policy documents and references, whatever the API returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


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
            # Both mean everyone, and a service may return either form.
            if result[element] == {"AWS": ["*"]}:
                result[element] = "*"
    if "Condition" in result:
        result["Condition"] = {
            operator: {key: as_list(value) for key, value in wanted.items()}
            for operator, wanted in result["Condition"].items()
        }
    return result


def written(policy: Mapping[str, Any]) -> str:
    """A policy document as JSON; single-item lists in conditions and principals become values.

    People and policy linters use this form; for AWS, both forms are equivalent.
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


def translated(value: Any, words: Mapping[str, str]) -> Any:
    """The value with every text found in `words` replaced: addresses by ids, or the reverse."""
    if isinstance(value, Mapping):
        return {key: translated(inner, words) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [translated(inner, words) for inner in value]
    return words.get(value, value) if isinstance(value, str) else value


def canonical(value: Any) -> str:
    """A text that is equal for equal values, for sorting and set comparison."""
    return json.dumps(value, sort_keys=True, default=str)
