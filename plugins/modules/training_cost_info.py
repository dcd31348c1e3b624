#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the cost of a training run before a host is launched."""

from __future__ import annotations

DOCUMENTATION = r"""
module: training_cost_info
short_description: Show the cost of a training run before a host is launched
version_added: 0.1.0
description:
  - Reads the budget and reports the price of an hour, the price of a run of maximum length, and the
    remaining budget. Changes nothing.
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  estate:
    description: The estate, as returned by M(cardiology.cloud.estate_plan).
    type: dict
    required: true
  hour:
    description:
      - The price of an hour in US dollars, as returned by M(cardiology.cloud.estate_plan) in
        C(plan.money.training_hour). Empty if it is unknown.
    type: float
  hours:
    description: The maximum duration of the run, in hours.
    type: float
    required: true
attributes:
  check_mode:
    description: Never changes anything.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the cost of the run
  cardiology.cloud.training_cost_info:
    estate: "{{ estate }}"
    hour: "{{ estate_plan.money.training_hour }}"
    hours: 6
  register: cost
"""

RETURN = r"""
budget:
  description: The limit and the actual spend of the month in US dollars.
  returned: when there is a budget
  type: dict
report:
  description: The cost and the budget as printable lines.
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils import launch
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.status import read_budget


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "estate": {"type": "dict", "required": True},
            "hour": {"type": "float"},
            "hours": {"type": "float", "required": True},
        },
        supports_check_mode=True,
    )
    estate = module.params["estate"]
    try:
        budget = read_budget(cloud_of(module), estate["account_id"], estate["names"]["budget"])
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    lines = launch.report(estate["inputs"], module.params["hour"], module.params["hours"], budget)
    end = launch.end(estate["inputs"])
    module.exit_json(changed=False, budget=budget, report=lines, end=end)


if __name__ == "__main__":
    main()
