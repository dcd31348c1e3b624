# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply the plan of an environment in Ansible's own process; print each change as it is made."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.arguments import (
    ARGUMENTS,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.converge import (
    converge,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.results import result
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.survey import planned
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.plugin_utils.action import AwsAction
from ansible_collections.cardiology.cloud.plugins.plugin_utils.command import next_command
from ansible_collections.cardiology.cloud.plugins.plugin_utils.console import progress

QUIET_SECONDS = 10.0


class ActionModule(AwsAction):
    """`cardiology.cloud.estate_apply`: prints a line per change as it is made."""

    ARGUMENTS = ARGUMENTS

    def answer(
        self, cloud: Cloud, params: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The state afterwards and what was done."""
        if self._task.check_mode:
            survey = planned(cloud, params)
            return {"changed": not survey.plan.empty, **result(cloud, survey, full=False)}
        with News(variables) as news, interruptible():
            done = converge(cloud, params | {"command": next_command()}, news.tell)
        changed = any(one["status"] == "done" for one in done["outcomes"])
        failure = done.pop("failure")
        return {**done, "changed": changed, **({"failed": True, "msg": failure} if failure else {})}


class News:
    """Prints the lines of a run, and what it waits for after ten seconds without one."""

    def __init__(self, variables: Mapping[str, Any], quiet: float = QUIET_SECONDS) -> None:
        self._variables, self._quiet = variables, quiet
        self._waiting, self._printed = "planning and taking the lock", time.monotonic()
        self._began, self._ended = self._printed, threading.Event()
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> News:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._ended.set()
        self._thread.join()

    def tell(self, line: Mapping[str, Any]) -> None:
        """Print a line, or remember what the run waits for."""
        if "waiting" in line:
            self._waiting = line["waiting"]
        else:
            progress(self._variables, line)
            self._printed = time.monotonic()

    def _wait(self) -> None:
        while not self._ended.wait(max(0.0, self._printed + self._quiet - time.monotonic())):
            now = time.monotonic()
            if now - self._printed >= self._quiet:
                self._printed = now
                progress(self._variables, f"  ... {self._waiting} ({now - self._began:.0f} s)")


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt when Ansible ends this process, so that the lock is released.

    Calls in progress are completed first. Without it the process ends at once, and the next run
    waits until the lock expires.
    """
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_number: int, _frame: object) -> NoReturn:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the release
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
