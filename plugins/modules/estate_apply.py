#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply the plan of an environment and verify the result."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_apply
short_description: Create, update or remove the resources of an environment
version_added: 0.1.0
description:
  - Plans like M(cardiology.cloud.estate_plan), applies the plan, and plans again. If the second
    plan is not empty, the module fails and names the differences.
  - Holds a lock in the logs bucket meanwhile, so that two runs do not interfere with each other.
  - Independent changes are made in parallel. A failed change holds up only changes that depend on
    it. Nothing is rolled back; the next run continues.
  - In check mode nothing is changed; C(changed) says whether the plan is empty.
attributes:
  check_mode:
    description: Plans only.
    support: full
  diff_mode:
    description: The plan contains every difference field by field.
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
  description: The desired resources, as returned by M(cardiology.cloud.estate_plan).
  returned: success
  type: dict
plan:
  description: The plan after all changes.
  returned: success
  type: dict
outcomes:
  description: The result of each change.
  returned: when applying has started
  type: list
  elements: dict
done:
  description: The totals as lines for M(cardiology.cloud.report); empty if C(msg) has a failure.
  returned: when applying has started
  type: list
  elements: dict
"""
