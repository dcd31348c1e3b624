# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short texts for the values of properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.model import FieldChange

#: Longer values are cut, and policies are shown by their Sids; `--diff` shows everything.
MAX_VALUE = 96


def field_text(change: FieldChange, *, full: bool = False) -> str:
    """`path: before -> after`, or `path: value` for a value that is added or removed."""
    values = [shown(v, full=full) for v in (change.before, change.after) if v is not None]
    return f"{change.path}: {' -> '.join(values)}"


def shown(value: Any, *, full: bool = False) -> str:
    """A value as a short text: `proto=tcp from_port=22`, `[a, b]`, `none`."""
    text = _text(value)
    if full or len(text) <= MAX_VALUE:
        return text
    if isinstance(value, Mapping) and isinstance(value.get("Statement"), list):
        return "policy with " + ", ".join(str(s.get("Sid", "?")) for s in value["Statement"])
    return text[: MAX_VALUE - 1] + "…"


def is_long(value: Any) -> bool:
    """Whether a value is easier to read as a document."""
    return isinstance(value, (Mapping, list)) and len(_text(value)) > MAX_VALUE


def is_nothing(value: Any) -> bool:
    """Whether a value is None or empty; False, 0 and "no" are values."""
    return value is None or (isinstance(value, (Mapping, list, tuple, str)) and not value)


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
