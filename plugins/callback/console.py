# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Standard output for people, or one JSON document for a program."""

from __future__ import annotations

DOCUMENTATION = r"""
name: console
type: stdout
short_description: Reports for people, or one JSON document for a program
version_added: 0.1.0
description:
  - Prints reports, what was changed and each error once, and every ten seconds what is being
    waited for.
  - Tasks that changed nothing, argument validation and included files are hidden. C(-v) shows
    everything that C(ansible.builtin.default) shows.
  - Wraps words at the width of the terminal, or at E(COLUMNS). Output to a file or pipe is not
    wrapped unless E(COLUMNS) is set.
  - With C(-e output=json), prints exactly one JSON document on standard output, when the playbook
    has ended. Progress and errors go to standard error.
  - With C(--check -e plan_exit_code=true), ends with 0 when the plan is empty, 2 when it is not,
    and 1 after an error, as C(terraform plan -detailed-exitcode) does.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - set as stdout_callback in ansible.cfg
author: cardiology.cloud contributors (@cardiology-cloud)
"""

import atexit
import json
import sys
import threading
import time
from typing import Any

from ansible import context
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible_collections.cardiology.cloud.plugins.plugin_utils.command import own_playbook
from ansible_collections.cardiology.cloud.plugins.plugin_utils.console import (
    COLOURS,
    measure,
    show,
)
from ansible_collections.cardiology.cloud.plugins.plugin_utils.preload import preload

REPORT = "cardiology.cloud.report"
#: Actions that print their own progress.
PRINT_PROGRESS = frozenset(
    {"cardiology.cloud.estate_apply", "cardiology.cloud.training_follow", "ansible.builtin.pause"}
)
#: A report follows these actions, so their changes are not printed separately.
REPORTED = frozenset(
    {
        REPORT,
        "cardiology.cloud.estate_plan",
        "cardiology.cloud.estate_apply",
        "ansible.builtin.meta",
    }
)
WAIT_SECONDS = 10
#: How many lines of a failed command's output are printed.
OUTPUT_LINES = 12


def short(name: str) -> str:
    """The name of a task without role and file: `Add Python` in `role : Install | Add Python`."""
    return name.rpartition(" : ")[2].rpartition(" | ")[2].strip()


class _OnStderr:
    """A display whose every line goes to standard error."""

    def __init__(self, display: Any) -> None:
        self._display = display

    def __getattr__(self, name: str) -> Any:
        return getattr(self._display, name)

    def display(self, msg: str, **options: Any) -> None:
        """Print a line."""
        self._display.display(msg, **{**options, "stderr": True})

    def banner(self, msg: str, **_unused: Any) -> None:
        """Print a heading."""
        self.display(f"\n{msg}")


class _Waits:
    """Prints every ten seconds which task is still running."""

    def __init__(self, say: Any) -> None:
        self._say = say
        self._task: tuple[str, float] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, name: str) -> None:
        """Start timing a task."""
        self._task = (name, time.monotonic())
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        """Stop timing."""
        self._task = None

    def _run(self) -> None:
        said = 0
        while True:
            time.sleep(0.5)
            task = self._task
            if task is None:
                continue
            seconds = int(time.monotonic() - task[1]) // WAIT_SECONDS * WAIT_SECONDS
            if seconds < WAIT_SECONDS:
                said = 0
            elif seconds != said and task is self._task:
                said = seconds
                self._say(f"  ... {task[0]} ({seconds} s)")


class CallbackModule(DefaultCallback):
    """`cardiology.cloud.console`."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "cardiology.cloud.console"

    def __init__(self) -> None:
        super().__init__()
        self._display: Any
        self._stdout: Any = self._display
        self._json = False
        self._exit_code = False
        self._document: dict[str, Any] = {}
        self._errors: list[dict[str, str]] = []
        self._waits = _Waits(lambda text: show(self._display, [text]))
        #: What is printed when the playbook is interrupted.
        self._interrupt: list[str] = []
        atexit.register(self._interrupted)

    # Beginning and end

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Start the JSON document."""
        measure()
        if own_playbook(str(playbook._file_name)):
            preload()
        self._document = {
            "playbook": str(playbook._file_name).rpartition("/")[2],
            "check": bool(context.CLIARGS.get("check")),
        }
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Read this callback's inputs and print the name of the play."""
        given = play.get_variable_manager().extra_vars
        self._json = given.get("output") == "json"
        self._exit_code = boolean(given.get("plan_exit_code", False), strict=False)
        self._display = _OnStderr(self._stdout) if self._json else self._stdout
        if self._verbose:
            super().v2_playbook_on_play_start(play)
            return
        self._play = play
        if not self._json:
            checked = " (check mode: nothing is changed)" if play.check_mode else ""
            self._display.display(f"\n{play.get_name().strip()}{checked}", color=COLOURS["heading"])

    def _interrupted(self) -> None:
        """Print what is still running after Ctrl-C: Ansible then exits without any callback."""
        if self._interrupt:
            show(self._display, ["", *self._interrupt])

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the totals or the document, and choose the exit code."""
        self._interrupt = []
        self._waits.stop()
        failed = bool(stats.failures or stats.dark)
        if self._verbose:
            super().v2_playbook_on_stats(stats)
        elif not self._json:
            self._recap(stats)
        if self._json:
            document = {**self._document, "failed": failed, "errors": self._errors}
            self._stdout.display(json.dumps(document, indent=2, default=str, ensure_ascii=False))
        if self._exit_code and self._document["check"]:
            empty = self._document.get("plan", {}).get("empty", True)
            # Ansible exits with 2 for a failed host; here 2 means changes, and 1 an error.
            sys.stdout.flush()
            raise SystemExit(1 if failed else 0 if empty else 2)

    def _recap(self, stats: Any) -> None:
        self._display.display("")
        for host in sorted(stats.processed):
            counts = stats.summarize(host)
            numbers = {"ok": "ok", "changed": "changed", "unreachable": "unreachable"}
            numbers |= {"failures": "failed", "skipped": "skipped"}
            text = " ".join(f"{word}={counts[key]}" for key, word in numbers.items())
            bad = counts["failures"] or counts["unreachable"]
            self._display.display(f"{host} : {text}", color=COLOURS["failed"] if bad else None)

    # Tasks

    @property
    def _verbose(self) -> bool:
        return bool(self._display.verbosity)

    def _task_start(self, task: Any, prefix: str | None = None) -> None:
        if task.action in PRINT_PROGRESS:
            self._waits.stop()
        else:
            self._waits.start(short(task.get_name()))
        if self._verbose:
            super()._task_start(task, prefix)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        """Included files are hidden."""
        if self._verbose:
            super().v2_playbook_on_include(included_file)

    def v2_runner_retry(self, result: Any) -> None:
        """Retries are hidden: what is being waited for is printed anyway."""
        if self._verbose:
            super().v2_runner_retry(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Skipped tasks are hidden."""
        if self._verbose:
            super().v2_runner_on_skipped(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Skipped items are hidden."""
        if self._verbose:
            super().v2_runner_item_on_skipped(result)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Print a report, or what was changed."""
        if result.task.action == REPORT:
            self._report(result)
        elif self._verbose:
            super().v2_runner_on_ok(result)
        else:
            self._warnings(result)
            if result.is_changed() and result.task.action not in REPORTED:
                self._changed(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Items are hidden; their task is printed when one changed something."""
        if self._verbose:
            super().v2_runner_item_on_ok(result)
        else:
            self._warnings(result)

    def _warnings(self, result: Any) -> None:
        """Print warnings. Reading `result.result` copies all of it, and a plan is large."""
        if result.warnings or result.deprecations:
            self._handle_warnings(result.result)

    def _changed(self, result: Any) -> None:
        word = "would change" if result.task.check_mode else "changed"
        host = self.host_label(result)
        show(self._display, [{"text": f"  {word}: [{host}] {short(result.task.get_name())}"}])

    def _report(self, result: Any) -> None:
        self._document.update(result.result.get("data", {}))
        self._interrupt = list(result.result.get("interrupt", self._interrupt))
        self._handle_warnings(result.result)
        if self._json:
            return
        if self._verbose:
            self._print_task_banner(result.task)
        show(self._display, result.result.get("lines", []))

    # Errors

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Print the error of a task."""
        if self._verbose:
            super().v2_runner_on_failed(result, ignore_errors)
        else:
            self._handle_warnings(result.result)
        looped = result.task.loop and "results" in result.result
        if not ignore_errors and not looped:
            self._error(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Print the error of an item."""
        if self._verbose:
            super().v2_runner_item_on_failed(result)
        if not result.task.ignore_errors:
            self._error(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Print why a host cannot be reached."""
        if self._verbose:
            super().v2_runner_on_unreachable(result)
        if not result.task.ignore_unreachable:
            self._error(result, "cannot be reached: ")

    def _error(self, result: Any, begin: str = "") -> None:
        """Print an error once: a rescue section may raise the same error again."""
        host = self.host_label(result)
        message = begin + str(result.result.get("msg", "the task failed")).strip()
        error = {"host": host, "task": short(result.task.get_name()), "message": message}
        known = [(old["host"], old["message"]) for old in self._errors]
        if (host, message) in known:
            return
        self._errors.append(error)
        if self._verbose:
            return
        where = "" if host == "localhost" else f" on {host}"
        first, *rest = message.splitlines() or [""]
        lines = [f"Error{where}: {first}", *(f"  {text}" for text in rest)]
        lines += [f"  | {text}" for text in _output(result.result)]
        lines.append(f"  Task: {error['task']}")
        show(self._display, [{"text": text, "style": "failed"} for text in lines])


def _output(result: Any) -> list[str]:
    """The last lines that a failed command or module printed."""
    for name in ("stderr", "module_stderr", "stdout", "module_stdout"):
        text = result.get(name)
        if isinstance(text, str) and text.strip() and text.strip() not in str(result.get("msg")):
            return text.strip().splitlines()[-OUTPUT_LINES:]
    return []
