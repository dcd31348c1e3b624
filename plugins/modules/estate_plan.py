#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compute the estate and compare it with what exists. Changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_plan
short_description: Compare what should exist of an environment with what does
version_added: 0.1.0
description:
  - Checks the inputs, computes everything that should exist (the estate), reads what exists of it,
    all in one process and concurrently, and returns the differences field by field.
  - Works on an empty account, because resources refer to each other by key and not by id.
  - Never changes anything, on AWS or on this machine.
    In check mode it reports C(changed) when the plan is not empty.
options:
  refuse:
    description:
      - Fail when the plan could not be carried out, as with an instance type that does not exist or
        a change that AWS makes in a new resource only. Without it the estate is read all the same,
        for what has to work whatever was configured since.
    type: bool
    default: true
attributes:
  check_mode:
    description: Only ever reads.
    support: full
  diff_mode:
    description: With diff mode the report shows whole documents.
    support: full
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

- name: Show it
  cardiology.cloud.report:
    lines: "{{ plan.plan.report }}"
"""

RETURN = r"""
estate:
  description: What should exist, as plain data; references are C(kind/key) and never ids.
  returned: success
  type: dict
  contains:
    names: {description: The names other parts need., type: dict, returned: success}
    tags: {description: The tags that everything carries., type: dict, returned: success}
    resources: {description: Every resource by C(kind/key)., type: dict, returned: success}
    account_id: {description: The account., type: str, returned: success}
plan:
  description: How that differs from what exists.
  returned: success
  type: dict
  contains:
    empty: {description: True when there is nothing to do., type: bool, returned: success}
    changes: {description: Every change with its fields., type: list, returned: success}
    document: {description: "The plan, to be applied later.", type: dict, returned: success}
    ids: {description: Ids of what exists by C(kind/key)., type: dict, returned: success}
    report: {description: The plan as lines for a person., type: list, returned: success}
    money:
      description:
        - What the estate costs in US dollars at list price; null where a price is not known.
        - C(standing_month) without training, C(training_hour), hosts forgotten for a C(weekend),
          the C(month) with the expected training, and the lines whose price is C(unknown).
      type: dict
      returned: success
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.arguments import ARGUMENTS
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    EstateError,
    sentence,
)
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
        argument_spec={**ARGUMENTS, "refuse": {"type": "bool", "default": True}},
        supports_check_mode=True,
    )
    try:
        cloud = cloud_of(module)
        survey = planned(cloud, module.params)
    except (EstateError, BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    changed = module.check_mode and not survey.plan.empty
    module.exit_json(changed=changed, **result(survey, full=module._diff))


if __name__ == "__main__":
    main()
