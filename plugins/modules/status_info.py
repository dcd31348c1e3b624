#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin `status_info`, which runs on the controller only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status_info
short_description: Show the resources, hosts, training runs and cost of an environment
version_added: 0.1.0
description:
  - Reads the hosts, runs, metrics and budget of an environment. Changes nothing.
  - Lists runs that published a model or have a log stream. The progress of an active run and the
    reason of a failed one are available as long as the log group keeps events.
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  estate:
    description: The estate, as returned by M(cardiology.cloud.estate_plan).
    type: dict
    required: true
  present:
    description: Existing resources and their bill, as returned by M(cardiology.cloud.estate_plan).
    type: dict
    required: true
  differences:
    description: The number of resources that differ from the plan.
    type: int
    required: true
  unmanaged:
    description: The number of unmanaged resources.
    type: int
    default: 0
  runs:
    description: The number of newest runs to return.
    type: int
    default: 3
  deploy_command:
    description: The command that the report shows if nothing is deployed.
    type: str
    default: ansible-playbook playbooks/deploy.yml
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the status
  cardiology.cloud.status_info:
    estate: "{{ estate }}"
    present: "{{ estate_plan.present }}"
    differences: "{{ estate_plan.changes | length }}"
  register: status
"""

RETURN = r"""
status:
  description: Resources, hosts, runs with their state, metrics and budget.
  returned: always
  type: dict
report:
  description: The status and its cost, as lines for M(cardiology.cloud.report).
  returned: always
  type: list
  elements: dict
"""
