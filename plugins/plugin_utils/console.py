# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print lines to the console: wrapped at the terminal's width, coloured by style."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ansible import constants
from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible.plugins.loader import callback_loader
from ansible.utils.display import Display

#: Our stdout callback, the only one that can print `output=json` or choose the exit code.
CALLBACK = "cardiology.cloud.console"

COLOURS = {
    "create": "green",
    "update": "yellow",
    "replace": "yellow",
    "delete": "red",
    "keep": "cyan",
    "unmanaged": "bright purple",
    "failed": "bright red",
    "warning": "bright purple",
    "heading": "bright blue",
    "good": "green",
}


#: A command in a sentence, and what stands for its spaces while the sentence is wrapped.
COMMAND = re.compile(r"`[^`]+`|(?<=[ ])(?:ansible-playbook|ansible|ssh) [^`]*$")
KEPT = "\0"

#: The width when the playbook started: Ansible's workers print too, and have no terminal.
_at_start: list[int | None] = [None]


def measure() -> None:
    """Remember the terminal's width for the processes that Ansible forks from this one."""
    _at_start[0] = width()


def width() -> int | None:
    """The terminal's columns, or $COLUMNS; None for a file or pipe.

    There, lines are not wrapped, so that searching a log finds whole sentences.
    """
    if not (os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty()):
        return _at_start[0]
    return shutil.get_terminal_size().columns or None


def wrapped(line: Mapping[str, Any] | str, columns: int | None) -> str:
    """A line wrapped between words, with a hanging indent.

    A command stays whole so that it can be copied: one in backticks, or one that ends the line.
    """
    text = line if isinstance(line, str) else str(line["text"])
    if columns is None or len(text) <= columns:
        return text
    text = COMMAND.sub(lambda command: command[0].replace(" ", KEPT), text)
    indent = text[: len(text) - len(text.lstrip())]
    hang = 2 if isinstance(line, str) else int(line.get("hang", 2))
    filled = textwrap.fill(
        text.strip(),
        width=columns,
        initial_indent=indent,
        subsequent_indent=indent + " " * hang,
        # A broken name or address could not be copied.
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(KEPT, " ")


def show(display: Any, lines: Iterable[Mapping[str, Any] | str], *, stderr: bool = False) -> None:
    """Print lines."""
    columns = width()
    for line in lines:
        style = "" if isinstance(line, str) else line.get("style", "")
        display.display(wrapped(line, columns), color=COLOURS.get(style), stderr=stderr)


def callback_is_ours() -> bool:
    """Whether our callback is the stdout callback."""
    return bool(constants.DEFAULT_STDOUT_CALLBACK == CALLBACK)


def progress_goes_to_stderr(variables: Mapping[str, Any]) -> bool:
    """Whether standard output is meant for a program, so that progress must go to standard error.

    Only Ansible's default callback and those derived from it write for people. Any other may write
    a document to standard output, as `ansible.posix.json` does.
    """
    if callback_is_ours():
        return bool(variables.get("output") == "json")
    return not callback_is_for_people()


def callback_is_for_people() -> bool:
    """Whether the stdout callback is Ansible's default or derived from it."""
    chosen = callback_loader.get(constants.DEFAULT_STDOUT_CALLBACK, class_only=True)
    return isinstance(chosen, type) and issubclass(chosen, DefaultCallback)


def progress(variables: Mapping[str, Any], *lines: Mapping[str, Any] | str) -> None:
    """Print lines of a task that is still running."""
    show(Display(), lines, stderr=progress_goes_to_stderr(variables))
