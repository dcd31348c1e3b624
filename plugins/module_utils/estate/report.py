# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .model import Change, FieldChange, Plan

SIGNS = {
    "create": "+",
    "update": "~",
    "replace": "!",
    "delete": "-",
    "keep": "=",
    "unwanted": "!",
}
#: A value longer than this is told by its size; `--diff` shows it whole.
MAX_VALUE = 96


def lines(plan: Plan, title: str, notes: Iterable[str] = (), *, full: bool = False) -> list[str]:
    """Title, changes by family, notes, and the sum as the last line."""
    result = [title]
    family = ""
    for change in sorted(plan.changes, key=lambda c: _family_order(plan, c.family)):
        if change.family != family:
            family = change.family
            result += ["", family]
        result += _change_lines(change, full=full)
    notes = list(notes)
    if notes:
        result += ["", *(f"Note: {note}" for note in notes)]
    return [*result, "", summary(plan)]


def _family_order(plan: Plan, family: str) -> int:
    return [change.family for change in plan.changes].index(family)


def summary(plan: Plan) -> str:
    """`Plan: 4 to create, 1 to change, 0 to destroy`, and what is left alone if anything is."""
    counts = [
        f"{len(plan.of('create'))} to create",
        f"{len(plan.of('update'))} to change",
        f"{len(plan.of('delete'))} to destroy",
    ]
    optional = (
        ("replace", "that cannot be changed in place"),
        ("keep", "kept"),
        ("unwanted", "ours but not wanted"),
    )
    counts += [f"{len(plan.of(action))} {words}" for action, words in optional if plan.of(action)]
    return f"Plan: {', '.join(counts)}"


def receipt(plan: Plan, account_id: str) -> list[str]:
    """What is left after a teardown, as it was just read."""
    left = plan.of("keep", "delete")
    if not left:
        return [f"Nothing of it is left in account {account_id}."]
    lines = [f"Left in account {account_id}:"]
    for change in left:
        lines += _change_lines(change, full=False)
    return lines


def _change_lines(change: Change, *, full: bool) -> list[str]:
    label = f"{change.kind} {change.key}" if change.key != change.id else change.kind
    name = change.name if change.id in ("", change.name) else f"{change.name} ({change.id})".strip()
    head = f"  {SIGNS[change.action]} {label}: {name}"
    head += f": {change.reason}" if change.reason else ""
    if change.action == "create":
        fields = [f for f in change.fields if f.path != "tags"]
        return [head, *(f"      {f.path}: {shown(f.after, full=full)}" for f in fields)]
    return [head, *(_field_line(field, full=full) for field in change.fields)]


def _field_line(change: FieldChange, *, full: bool) -> str:
    sign = "-" if change.after is None else "+" if change.before is None else "~"
    return f"      {sign} {field_text(change, full=full)}"


def field_text(change: FieldChange, *, full: bool = False) -> str:
    """`path: before -> after`, or `path: value` where the value only goes or only comes."""
    values = [shown(v, full=full) for v in (change.before, change.after) if v is not None]
    return f"{change.path}: {' -> '.join(values)}"


def shown(value: Any, *, full: bool = False) -> str:
    """A value in few words: `proto=tcp from_port=22`, `[a, b]`, `none`."""
    text = _text(value)
    if full or len(text) <= MAX_VALUE:
        return text
    if isinstance(value, Mapping) and isinstance(value.get("Statement"), list):
        return "policy with " + ", ".join(str(s.get("Sid", "?")) for s in value["Statement"])
    return text[: MAX_VALUE - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key}={_inner(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_inner(inner) for inner in value)}]" if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):  # dollars: 25, 0.5, 1000000, never 1e+06
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "none" if value is None else str(value)


def _inner(value: Any) -> str:
    return f"({_text(value)})" if isinstance(value, Mapping) else _text(value)
