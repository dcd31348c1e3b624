# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read back what a run published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.cardiology.cloud.plugins.module_utils import evidence
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.plugin_utils.action import AwsAction


class ActionModule(AwsAction):
    """`cardiology.cloud.training_evidence`: changes nothing."""

    ARGUMENTS: ClassVar[Mapping[str, Any]] = {
        "result": {"type": "dict", "required": True},
        "log_group": {"type": "str", "required": True},
        "metrics_namespace": {"type": "str", "required": True},
    }

    def answer(
        self, cloud: Cloud, params: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What was found and its report."""
        return evidence.read(cloud, params)
