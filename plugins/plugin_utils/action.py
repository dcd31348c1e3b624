# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base class of action plugins that call AWS."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_for
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    sentence,
)

#: What is reported as one sentence; anything else is an error in the code.
REPORTED: tuple[type[Exception], ...] = (*FAILURES, OSError)


class AwsAction(ActionBase):
    """Calls AWS from Ansible's own process, on the controller.

    A module would be packed and started as a new process, and Ansible would mask every text in its
    result that equals a secret argument.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    #: The arguments besides those of every AWS module.
    ARGUMENTS: ClassVar[Mapping[str, Any]] = {}

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The result, in JSON types as a module would return it.

        An AWS error, or an error that the user can correct, fails the task with one sentence.
        """
        returned: dict[str, Any] = super().run(tmp, task_vars)
        variables: dict[str, str] = {}
        self._compute_environment_string(variables)
        # Ansible forks a process per task, so these variables affect only this task.
        os.environ.update({name: str(value) for name, value in variables.items()})
        _result, given = self.validate_argument_spec(
            argument_spec={**aws_argument_spec(), **self.ARGUMENTS}
        )
        # Convert to plain values: task arguments may be templates that are evaluated when read.
        params = json.loads(json.dumps(given))
        try:
            answer = self.answer(cloud_for(params), params, task_vars or {})
        except REPORTED as error:
            raise AnsibleActionFail(sentence(error)) from None
        return {**returned, "changed": False, **json.loads(json.dumps(answer, default=str))}

    def answer(
        self, cloud: Cloud, params: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The task's own part of the result."""
        raise NotImplementedError
