# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the module of the same name and print its progress while it works."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cardiology.cloud.plugins.action.report import COLOURS

MODULE = "cardiology.cloud.estate_apply"
INTERVAL_SECONDS = 0.3


class ActionModule(ActionBase):
    """`cardiology.cloud.estate_apply`: a line per change as it is made."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return what the module returns."""
        result = super().run(tmp, task_vars)
        ended = threading.Event()
        with tempfile.TemporaryDirectory(prefix="estate-") as directory:
            progress = Path(directory) / "progress"
            progress.touch()
            printer = threading.Thread(target=follow, args=(progress, ended))
            printer.start()
            try:
                result |= self._execute_module(
                    module_name=MODULE,
                    module_args={**self._task.args, "progress_file": str(progress)},
                    task_vars=task_vars,
                )
            finally:
                ended.set()
                printer.join()
        return result


def follow(progress: Path, ended: threading.Event) -> None:
    """Print what is appended to a file until the work has ended."""
    display = Display()
    with progress.open(encoding="utf-8") as stream:
        while True:
            last = ended.wait(INTERVAL_SECONDS)
            for line in stream:
                display.display(line.rstrip("\n"), color=COLOURS.get(line.strip()[:1]))
            if last:
                return
