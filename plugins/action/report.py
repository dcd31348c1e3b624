# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print lines meant for a person: as they are, coloured on a terminal, never as JSON."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

#: The colour of a line by the sign it begins with.
COLOURS = {
    "+": "green",
    "-": "red",
    "~": "yellow",
    "!": "bright purple",
    "=": "cyan",
    "x": "bright red",
}


class ActionModule(ActionBase):
    """`cardiology.cloud.report`: runs on the controller, changes nothing."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Print `lines` and return nothing worth printing."""
        result = super().run(tmp, task_vars)
        lines = self._task.args.get("lines")
        if not isinstance(lines, list):
            raise AnsibleActionFail("report: `lines` must be a list of texts.")
        display = Display()
        for line in lines:
            display.display(str(line), color=COLOURS.get(str(line).strip()[:1]))
        return {**result, "changed": False}
