# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pass report lines, and their data, to the stdout callback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cardiology.cloud.plugins.plugin_utils import console


class ActionModule(ActionBase):
    """`cardiology.cloud.report`: runs on the controller, changes nothing."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return `lines` and `data`: our callback prints them, a JSON callback includes them.

        Ansible's default callback does not print them, so with it they are printed here.
        """
        result = super().run(tmp, task_vars)
        lines, data = self._task.args.get("lines", []), self._task.args.get("data", {})
        if not isinstance(lines, list) or not isinstance(data, dict):
            raise AnsibleActionFail("report: `lines` must be a list and `data` a dictionary.")
        lines = [item if isinstance(item, dict) else str(item) for item in lines]
        if console.callback_is_ours():
            # Ansible copies a result several times, and the data of a plan are large.
            data = data if any(read_by_a_program(task_vars or {}).values()) else {}
        else:
            refuse_what_only_ours_can(task_vars or {})
            if console.callback_is_for_people():
                console.show(Display(), lines)
        more = {key: self._task.args[key] for key in ("interrupt",) if key in self._task.args}
        return {**result, "changed": False, "lines": lines, "data": data, **more}


def read_by_a_program(variables: Mapping[str, Any]) -> dict[str, bool]:
    """The inputs with which our callback uses `data`, and whether each is set."""
    return {
        "output=json": variables.get("output") == "json",
        "plan_exit_code": boolean(variables.get("plan_exit_code") or False, strict=False),
    }


def refuse_what_only_ours_can(variables: Mapping[str, Any]) -> None:
    """Raise when an input needs our callback, but another one is set."""
    for name in (name for name, is_set in read_by_a_program(variables).items() if is_set):
        raise AnsibleActionFail(
            f"{name} needs the callback of this collection: set "
            f"stdout_callback = {console.CALLBACK} in ansible.cfg."
        )
