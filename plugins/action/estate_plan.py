# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compute the estate and compare it with what exists, in Ansible's own process.

A module would have to be packed, unpacked and started. It would also mask every text that equals a
secret argument: with AWS_SECRET_ACCESS_KEY=test, a plan that contains "test" would be changed.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.arguments import (
    PLAN_ARGUMENTS,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.results import result
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.survey import planned
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.saved import read
from ansible_collections.cardiology.cloud.plugins.plugin_utils.action import AwsAction


class ActionModule(AwsAction):
    """`cardiology.cloud.estate_plan`: changes nothing."""

    ARGUMENTS = PLAN_ARGUMENTS

    def answer(
        self, cloud: Cloud, params: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The estate and its plan."""
        # This process is a fork that ends with the task. Collecting garbage would copy the memory
        # that it shares with Ansible.
        gc.disable()
        if file := params["expected_file"]:
            params["expected"] = read(file)
        survey = planned(cloud, params)
        changed = bool(self._task.check_mode) and not survey.plan.empty
        return {"changed": changed, **result(cloud, survey, full=bool(self._task.diff))}
