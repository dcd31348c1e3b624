# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line of a report as data: modules return it, the control machine wraps and colours it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: `text`, with an optional `style` (one of STYLES) and `hang` (extra indent of wrapped lines).
Line = dict[str, Any]

#: The styles of lines; `plugins/plugin_utils/console.py` has a colour for each.
STYLES = frozenset(
    {
        "create",
        "update",
        "replace",
        "delete",
        "keep",
        "unmanaged",
        "failed",
        "warning",
        "heading",
        "good",
    }
)


def line(text: str, style: str = "", *, hang: int = 2) -> Line:
    """A line; wrapped text is indented by `hang` more spaces."""
    if style and style not in STYLES:
        raise ValueError(f"unknown style {style!r}")
    return {"text": text, "style": style, "hang": hang}


def heading(text: str) -> Line:
    """The title of a block."""
    return line(text, "heading")


def warning(text: str) -> Line:
    """A warning."""
    return line(text, "warning", hang=6)


def note(text: str) -> Line:
    """A note."""
    return line(f"Note: {text}", hang=6)


BLANK: Line = line("")


def texts(lines: Iterable[Line | str]) -> list[str]:
    """The lines without their styles."""
    return [str(item["text"]) if isinstance(item, Mapping) else item for item in lines]
