# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, and the results of applying it, as printable lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ..engine.apply import DONE, Outcome
from ..engine.model import UNKNOWN, Change, FieldChange, Plan
from ..engine.normal import translated
from .line import BLANK, Line, heading, line, note, warning
from .values import field_text, is_long, is_nothing, shown

SIGNS = {
    "create": "+",
    "update": "~",
    "replace": "-/+",
    "delete": "-",
    "keep": "=",
    "unwanted": "!",
    "unmanaged": "!",
    "ending": "!",
    "conflict": "!",
}
#: The style of a change; other actions have a style of the same name.
STYLES = {"unwanted": "unmanaged", "ending": "unmanaged", "conflict": "failed"}
#: What the summary counts besides changes, and the actions that each covers.
BESIDES = {
    "unmanaged": ("unwanted", "unmanaged"),
    "kept": ("keep",),
    "soon deleted by AWS": ("ending",),
}
#: How many of the changes in progress are named.
NAMED = 3


def lines(
    plan: Plan,
    title: str,
    notes: Iterable[str] = (),
    *,
    full: bool = False,
    first: str = "",
    money: Iterable[Line] = (),
    last: str = "",
) -> list[Line]:
    """A warning, the title, changes by family, notes, the cost, and `last` or the totals.

    The fields of created resources are shown only with `full`, those of changed ones always.
    """
    result = [warning(first)] if first else []
    result.append(heading(title))
    family = ""
    for change in _with_ids(plan):
        if change.family != family:
            family = change.family
            result += [BLANK, heading(family)]
        result += change_lines(change, full=full)
    for block in ([note(text) for text in notes], list(money)):
        if block:
            result += [BLANK, *block]
    return [*result, BLANK, line(last or summary(plan), "heading")]


def _with_ids(plan: Plan) -> list[Change]:
    """The changes by family, with the ids of references where known."""
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
    """`Plan: 4 to add, 1 to change, 0 to destroy, 1 unmanaged.`, as in Terraform."""
    counts = [
        f"{len(plan.of('create'))} to add",
        f"{len(plan.of('update'))} to change",
        f"{len(plan.of('delete'))} to destroy",
    ]
    if plan.of("replace"):
        counts.append(f"{len(plan.of('replace'))} to replace")
    return f"Plan: {', '.join([*counts, *_besides(plan)])}."


def _besides(plan: Plan) -> list[str]:
    """`1 unmanaged`, `2 kept`: counts of what the plan lists but does not change."""
    return [
        f"{len(plan.of(*actions))} {words}"
        for words, actions in BESIDES.items()
        if plan.of(*actions)
    ]


def verdict(plan: Plan, environment: str, *, absent: bool = False) -> str:
    """The last line of a plan: the summary, or that there is nothing to do."""
    if not plan.empty:
        return summary(plan)
    what = f"{environment} is as planned"
    if absent:
        what = f"{environment} has nothing to destroy"
    others = _besides(plan)
    besides = f" ({', '.join(others)})" if others else ""
    return f"Nothing to do: {what}{besides}."


def progress(outcome: Outcome, number: int, total: int) -> Line:
    """`  + 12/41 vpc main: created (0.4 s)`."""
    change = outcome.change
    label = f"{number}/{total} {change.kind} {change.key}"
    if outcome.status == "failed":
        return line(f"  x {label}: {outcome.reason}", "failed", hang=4)
    done = f"{DONE[outcome.action]} ({outcome.seconds:.1f} s)"
    return line(f"  {SIGNS[outcome.action][-1]} {label}: {done}", outcome.action, hang=4)


def waiting(changes: Sequence[Change]) -> Line:
    """The changes in progress: `vpc main, nat_gateway a and 3 more`."""
    named = [f"{change.kind} {change.key}" for change in changes]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return waiting_for(", ".join(named[:NAMED]) + more)


def waiting_for(what: str) -> Line:
    """What is being waited for; printed every ten seconds until the next such line."""
    return {"waiting": what}


def done(outcomes: Iterable[Outcome]) -> list[Line]:
    """`3 created, 1 changed. Verified: everything matches the plan.`"""
    counts = Counter(DONE[o.action] for o in outcomes if o.status == "done")
    what = ", ".join(f"{count} {word}" for word, count in counts.items()) or "Nothing to do"
    return [BLANK, line(f"{what}. Verified: everything matches the plan.", "good")]


def change_lines(change: Change, *, full: bool) -> list[Line]:
    """One line for a resource, followed by its fields."""
    label = f"{change.kind} {change.key}" if change.key != change.id else change.kind
    name = change.name if change.id in ("", change.name) else f"{change.name} ({change.id})".strip()
    head = f"  {SIGNS[change.action]} {label}: {name}"
    head += f": {change.reason}" if change.reason else ""
    first = line(head, STYLES.get(change.action, change.action), hang=4)
    if change.action == "create":
        fields = [f for f in change.fields if f.path != "tags" and not is_nothing(f.after)]
        return [first, *(text for f in fields if full for text in _value_lines(f.path, f.after))]
    return [first, *(text for field in change.fields for text in _field_lines(field, full=full))]


def _field_lines(change: FieldChange, *, full: bool) -> list[Line]:
    style = "delete" if change.after is None else "create" if change.before is None else "update"
    if not full or not any(is_long(value) for value in (change.before, change.after)):
        return [line(f"      {SIGNS[style]} {field_text(change, full=full)}", style, hang=4)]
    both = (("delete", change.before), ("create", change.after))
    return [
        text
        for kind, value in both
        if value is not None
        for text in _value_lines(change.path, value, kind)
    ]


def _value_lines(path: str, value: Any, style: str = "") -> list[Line]:
    """One line, or a long value as a JSON document."""
    sign = f"{SIGNS[style]} " if style else ""
    if not is_long(value):
        return [line(f"      {sign}{path}: {shown(value, full=True)}", style, hang=4)]
    document = json.dumps(value, indent=2, default=str).splitlines()
    return [
        line(f"      {sign}{path}:", style),
        *(line(f"        {sign}{text}", style, hang=4) for text in document),
    ]
