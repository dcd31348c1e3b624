# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as lines for a person."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .apply import DONE, Outcome
from .model import UNKNOWN, Change, FieldChange, Plan
from .normal import translated

SIGNS = {
    "create": "+",
    "update": "~",
    "replace": "-/+",
    "delete": "-",
    "keep": "=",
    "unwanted": "!",
}
#: A value longer than this is told by its size; `--diff` shows it whole.
MAX_VALUE = 96


def lines(
    plan: Plan,
    title: str,
    notes: Iterable[str] = (),
    *,
    full: bool = False,
    first: str = "",
    money: Iterable[str] = (),
) -> list[str]:
    """What matters most, title, changes by family, notes, the money, and the sum as last line."""
    result = [first, title] if first else [title]
    family = ""
    for change in _with_ids(plan):
        if change.family != family:
            family = change.family
            result += ["", family]
        result += _change_lines(change, full=full)
    notes = list(notes)
    if notes:
        result += ["", *(f"Note: {note}" for note in notes)]
    money = list(money)
    if money:
        result += ["", *money]
    return [*result, "", summary(plan)]


def _with_ids(plan: Plan) -> list[Change]:
    """The changes by family, each reference with its id where that is known already."""
    ids = {change.address: UNKNOWN for change in plan.of("create")} | {
        address: f"({aws_id})" for address, aws_id in plan.ids.items()
    }
    shown_ids = {address: f"{address} {aws_id}" for address, aws_id in ids.items()}
    order = [change.family for change in plan.changes]
    return [
        replace(
            change,
            fields=[
                FieldChange(f.path, f.before, translated(f.after, shown_ids)) for f in change.fields
            ],
        )
        for change in sorted(plan.changes, key=lambda c: order.index(c.family))
    ]


def summary(plan: Plan) -> str:
    """`Plan: 4 to create, 1 to change, 0 to destroy, 1 not ours to keep`, and any other work."""
    counts = [
        f"{len(plan.of('create'))} to create",
        f"{len(plan.of('update'))} to change",
        f"{len(plan.of('delete'))} to destroy",
        f"{len(plan.of('unwanted'))} not ours to keep",
    ]
    optional = (("replace", "to replace"), ("keep", "kept"))
    counts += [f"{len(plan.of(action))} {words}" for action, words in optional if plan.of(action)]
    return f"Plan: {', '.join(counts)}"


def progress(outcome: Outcome, number: int, total: int) -> str:
    """`  + 12/41 vpc main: created, 0.4 s`."""
    change = outcome.change
    if outcome.status == "failed":
        return f"  x {number}/{total} {change.kind} {change.key}: {outcome.reason}"
    done = f"{DONE[change.action]}, {outcome.seconds:.1f} s"
    return f"  {SIGNS[change.action][-1]} {number}/{total} {change.kind} {change.key}: {done}"


def done(outcomes: Iterable[Outcome]) -> list[str]:
    """`3 created, 1 changed; read again from AWS, nothing differs from the estate any more.`"""
    counts = Counter(DONE[o.change.action] for o in outcomes if o.status == "done")
    what = ", ".join(f"{count} {word}" for word, count in counts.items()) or "Nothing to do"
    return ["", f"{what}; read again from AWS, nothing differs from the estate any more."]


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
        lines = [line for f in fields for line in _value_lines(f.path, f.after, "", full=full)]
        return [head, *lines]
    return [head, *(line for field in change.fields for line in _field_lines(field, full=full))]


def _field_lines(change: FieldChange, *, full: bool) -> list[str]:
    sign = "-" if change.after is None else "+" if change.before is None else "~"
    if not full or not any(_long(value) for value in (change.before, change.after)):
        return [f"      {sign} {field_text(change, full=full)}"]
    before = (
        [] if change.before is None else _value_lines(change.path, change.before, "- ", full=True)
    )
    after = [] if change.after is None else _value_lines(change.path, change.after, "+ ", full=True)
    return [*before, *after]


def _value_lines(path: str, value: Any, sign: str, *, full: bool) -> list[str]:
    """One line, or with `full` a long value as the JSON document that it is."""
    if not full or not _long(value):
        return [f"      {sign}{path}: {shown(value, full=full)}"]
    document = json.dumps(value, indent=2, default=str).splitlines()
    return [f"      {sign}{path}:", *(f"        {sign}{line}" for line in document)]


def _long(value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and len(_text(value)) > MAX_VALUE


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
