#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin `estate_plan`, which runs on the controller only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_plan
short_description: Compare the desired and actual resources of an environment
version_added: 0.1.0
description:
  - Checks the inputs, computes the desired resources (the estate), reads the existing ones, all
    concurrently in one process, and returns the differences field by field.
  - Runs on the controller, in Ansible's own process.
  - Works on an empty account, because resources refer to each other by key, not by id.
  - Never changes anything, on AWS or on this machine.
    In check mode it reports C(changed) if the plan is not empty.
options:
  expected_file:
    description: A file with a saved plan, to be used instead of O(expected).
    type: path
  refuse:
    description:
      - Fail if the plan cannot be applied, for example because an instance type does not exist or
        AWS cannot make a change in place. If V(false), the estate is returned anyway, for tasks
        that must work with any configuration.
    type: bool
    default: true
  count_objects:
    description:
      - Count the objects in each bucket, so that RV(plan.present) has the actual storage price.
        This is slow for many objects. A teardown always counts them.
    type: bool
    default: false
attributes:
  check_mode:
    description: Never changes anything.
    support: full
  diff_mode:
    description: In diff mode the report shows the fields of created resources and whole documents.
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
  description: The desired resources as plain data; references are C(kind/key), never ids.
  returned: success
  type: dict
  contains:
    names: {description: The names that other roles need., type: dict, returned: success}
    tags: {description: The tags of every resource., type: dict, returned: success}
    resources: {description: All resources by C(kind/key)., type: dict, returned: success}
    account_id: {description: The account., type: str, returned: success}
plan:
  description: The differences between desired and existing resources.
  returned: success
  type: dict
  contains:
    empty: {description: True if there is nothing to do., type: bool, returned: success}
    changes: {description: All changes with their fields., type: list, returned: success}
    document: {description: "The plan, to apply it later.", type: dict, returned: success}
    ids: {description: Ids of existing resources by C(kind/key)., type: dict, returned: success}
    report: {description: The plan as printable lines., type: list, returned: success}
    changes_report:
      description: The report without notes and cost.
      type: list
      returned: success
    notes: {description: The notes in the report., type: list, returned: success}
    summary: {description: The last line of the report., type: str, returned: success}
    outputs: {description: Names and addresses to use., type: dict, returned: success}
    outputs_report: {description: The outputs as printable lines., type: list, returned: success}
    present:
      description: The number of existing resources by C(kinds), and their monthly C(bill).
      type: dict
      returned: success
    receipt: {description: "What a teardown leaves, as lines.", type: list, returned: success}
    left: {description: "What a teardown leaves, as data.", type: dict, returned: success}
    money:
      description:
        - The cost of the estate in US dollars at list prices; null if a price is unknown.
        - C(standing_month) is the month without training, with the rows in C(baseline).
          C(training_hour) is an hour of training, C(longest) a host that runs until it powers
          off, and C(month) the month with the expected training. C(unknown) lists items without a
          price.
      type: dict
      returned: success
"""
