# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saved plans: detect whether the plan has changed between showing it and applying it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..inputs import Inputs
from .model import WORK, Change, Plan
from .normal import canonical
from .sentences import EstateError

FORMAT = 1


def document(place: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """A plan as plain data, which `refuse_moved` compares with a later one."""
    return {**place, "changes": [plain(change) for change in plan.of(*WORK)]}


def place_of(inputs: Inputs, account_id: str, state: str) -> dict[str, Any]:
    """What a plan is for, as plain data."""
    return {
        "format": FORMAT,
        "project": inputs.project,
        "environment": inputs.environment,
        "account_id": account_id,
        "region": inputs.region,
        "state": state,
    }


def creates(expected: Mapping[str, Any] | None, address: str) -> bool:
    """Whether the expected plan creates this resource."""
    changes = expected.get("changes", []) if expected else []
    return any(c["address"] == address and c["action"] == "create" for c in changes)


def read(path: str) -> dict[str, Any]:
    """The plan in a file; raises EstateError if there is none."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EstateError(f"There is no saved plan in {path}: {error}") from None
    if not isinstance(found, dict):
        raise EstateError(f"There is no saved plan in {path}.")
    return found


def plain(change: Change) -> dict[str, Any]:
    """A change with only JSON types."""
    text = json.dumps(asdict(change) | {"address": change.address}, default=str)
    return dict(json.loads(text))


def refuse_moved(
    expected: Mapping[str, Any] | None, now: Mapping[str, Any], besides: str = ""
) -> None:
    """Raise EstateError with the differences if `now` is not the expected plan.

    `besides` is an address whose change is ignored.
    """
    if expected is None:
        return
    reasons = [*_other_place(expected, now), *_moved(expected, now, besides)]
    if reasons:
        raise EstateError(
            "This is not the plan any more, so nothing was changed: "
            + "; ".join(reasons)
            + ". Plan again."
        )


def _other_place(expected: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if expected.get("format") != FORMAT:
        yield f"it has format {expected.get('format')!r} and {FORMAT} is read here"
        return
    for word in ("project", "environment", "account_id", "region", "state"):
        if expected.get(word) != now[word]:
            yield f"it is for {word} {expected.get(word)!r}, and this is {now[word]!r}"


def _moved(expected: Mapping[str, Any], now: Mapping[str, Any], besides: str) -> Iterator[str]:
    before = {change["address"]: change for change in expected.get("changes", [])}
    after = {change["address"]: change for change in now["changes"]}
    for address in sorted({*before, *after} - {besides}):
        if address not in after:
            yield f"{address} needs no {before[address]['action']} any more"
        elif address not in before:
            yield f"{address} needs {after[address]['action']} now"
        elif _essence(before[address]) != _essence(after[address]):
            yield f"{address} needs another {after[address]['action']} than planned"


def _essence(change: Mapping[str, Any]) -> Any:
    # The reason of a bucket's deletion states how much it holds, which changes between plan and
    # apply as services write logs. The user confirmed the deletion by typing the bucket prefix.
    reason = "" if change["action"] == "delete" else change["reason"]
    return change["action"], change["id"], reason, _unordered(change["fields"])


def _unordered(value: Any) -> Any:
    """The value with sorted lists, since AWS may return a list in any order."""
    if isinstance(value, Mapping):
        return {key: _unordered(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((_unordered(inner) for inner in value), key=canonical)
    return value
