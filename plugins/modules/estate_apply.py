#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring an environment to what its estate says, and prove it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_apply
short_description: Create, mend or remove what an environment is made of
version_added: 0.2.0
description:
  - Plans as M(cardiology.cloud.estate_plan) does, carries the plan out, and plans again. The second
    plan must be empty, or the module fails and names the difference.
  - Holds a lock in the logs bucket meanwhile, so that two runs do not work against each other.
  - Changes that do not need each other are made side by side. One that fails holds up only what
    needs it; nothing is undone, and the next run goes on.
  - In check mode nothing is changed; C(changed) says whether the plan is empty.
options:
  progress_file:
    description: A file that gets a line per change; the action plugin of this module prints them.
    type: path
attributes:
  check_mode:
    description: Plans only.
    support: full
  diff_mode:
    description: The plan holds every difference field by field.
    support: none
extends_documentation_fragment:
  - cardiology.cloud.estate
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Plan
  cardiology.cloud.estate_plan:
    inputs: "{{ estate_inputs }}"
  register: plan

- name: Apply exactly that plan
  cardiology.cloud.estate_apply:
    inputs: "{{ estate_inputs }}"
    expected: "{{ plan.plan.document }}"
"""

RETURN = r"""
estate:
  description: What should exist, as M(cardiology.cloud.estate_plan) returns it.
  returned: success
  type: dict
plan:
  description: The plan after all was done.
  returned: success
  type: dict
outcomes:
  description: What became of each change.
  returned: always when something was begun
  type: list
  elements: dict
done:
  description: The sum as lines for a person; empty where something failed, which C(msg) then tells.
  returned: always when something was begun
  type: list
  elements: str
"""

from pathlib import Path

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.arguments import ARGUMENTS
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    EstateError,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.converge import converge
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.survey import (
    planned,
    result,
)

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={**ARGUMENTS, "progress_file": {"type": "path"}},
        supports_check_mode=True,
    )

    def tell(line: str) -> None:
        if module.params["progress_file"]:
            with Path(module.params["progress_file"]).open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")

    try:
        cloud = cloud_of(module)
        if module.check_mode:
            survey = planned(cloud, module.params)
            module.exit_json(changed=not survey.plan.empty, **result(survey, full=False))
        answer = converge(cloud, module.params, tell)
    except (EstateError, OSError, BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    changed = any(outcome["status"] == "done" for outcome in answer["outcomes"])
    if answer["failure"]:
        module.fail_json(msg=answer["failure"], changed=changed, **answer)
    module.exit_json(changed=changed, **answer)


if __name__ == "__main__":
    main()
