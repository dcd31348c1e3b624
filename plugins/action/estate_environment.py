# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reject unknown inputs and find the environment's file."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.cardiology.cloud.plugins.plugin_utils import environments, inputs


class ActionModule(ActionBase):
    """`cardiology.cloud.estate_environment`: runs on the controller, changes nothing."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return `path` and `own` of the environment's file."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        playbooks = variables.get("playbook_dir", ".")
        _fail(inputs.command_line_faults(self._loader, playbooks))

        env = str(self._task.args.get("env"))
        own = environments.search_path(
            [*(variables.get("ansible_inventory_sources") or ()), playbooks]
        )
        found = environments.find(env, own)
        if found is None:
            raise AnsibleActionFail(environments.missing(env, own))
        _fail(
            inputs.refusals(
                self._loader.load_from_file(str(found.path)) or {},
                where=f" (in {found.path})",
                strict=environments.same(
                    found.path.parent, environments.ROOT / "playbooks/group_vars"
                ),
            )
        )
        return {**result, "changed": False, "path": str(found.path), "own": found.own}


def _fail(faults: list[str]) -> None:
    if faults:
        raise AnsibleActionFail("\n".join(faults))
