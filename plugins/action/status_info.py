# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what exists, runs and costs in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.cardiology.cloud.plugins.module_utils import status, status_facts
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.plugin_utils.action import AwsAction


class ActionModule(AwsAction):
    """`cardiology.cloud.status_info`: changes nothing."""

    ARGUMENTS: ClassVar[Mapping[str, Any]] = {
        "estate": {"type": "dict", "required": True},
        "present": {"type": "dict", "required": True},
        "differences": {"type": "int", "required": True},
        "unmanaged": {"type": "int", "default": 0},
        "runs": {"type": "int", "default": 3},
        "deploy_command": {"type": "str", "default": "ansible-playbook playbooks/deploy.yml"},
    }

    def answer(
        self, cloud: Cloud, params: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The status and its report."""
        found = status_facts.read(cloud, params, datetime.now(UTC))
        return {"status": found, "report": status.report(found)}
