#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the budget action that stops EC2 instances."""

from __future__ import annotations

DOCUMENTATION = r"""
module: budget_stop_hosts
short_description: Let AWS Budgets stop EC2 instances when a budget is spent
version_added: 0.1.0
description:
  - Manages one action on a budget, of the type that stops EC2 instances.
  - AWS requires the ids of the instances and cannot select them by tag. Call this module again
    whenever an instance is launched or terminated.
  - Without instances the action is removed, because AWS rejects an action without instances.
options:
  budget:
    description: The name of the budget.
    type: str
    required: true
  instance_ids:
    description: All instances to stop, at most 100. Empty removes the action.
    type: list
    elements: str
    required: true
  threshold:
    description:
      - C(ACTUAL) or C(FORECASTED) and a percentage of the limit, such as C(ACTUAL 100).
    type: str
    default: ACTUAL 100
  role:
    description: The name or ARN of the role that AWS Budgets uses to stop the instances.
    type: str
    required: true
  subscribers:
    description: Who is notified of the action, up to ten email addresses and one SNS topic ARN.
    type: list
    elements: str
    required: true
  tags:
    description: The tags of the action.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Reports changes without making them.
    support: full
  diff_mode:
    description: Returns the properties before and after.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Stop these hosts when the budget is spent
  cardiology.cloud.budget_stop_hosts:
    budget: cardiology-optimizer-dev-monthly
    instance_ids: [i-0123456789abcdef0]
    role: cardiology-optimizer-dev-budget-action
    subscribers: [someone@example.org]

- name: Remove the action when there are no hosts
  cardiology.cloud.budget_stop_hosts:
    budget: cardiology-optimizer-dev-monthly
    instance_ids: []
    role: cardiology-optimizer-dev-budget-action
    subscribers: [someone@example.org]
"""

RETURN = r"""
action:
  description: The action after the call, empty if there is none.
  returned: success
  type: dict
  sample:
    budget: cardiology-optimizer-dev-monthly
    threshold: ACTUAL 100
    stop: {region: us-west-2, hosts: [i-0123456789abcdef0]}
    approval: AUTOMATIC
    role: cardiology-optimizer-dev-budget-action
    subscribers: [someone@example.org]
    tags: {}
    other: {}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    differences,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    actions as budget_actions,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    api as budget_api,
)


def wanted_of(params: dict[str, Any], region: str) -> dict[str, Any]:
    """The desired action, empty for none."""
    if not params["instance_ids"]:
        return {}
    return {
        "budget": params["budget"],
        "threshold": budget_api.label(budget_api.notification_of(params["threshold"])),
        "stop": {"region": region, "hosts": sorted(params["instance_ids"])},
        "approval": "AUTOMATIC",
        "role": params["role"],
        "subscribers": sorted(params["subscribers"]),
        "tags": params["tags"],
        "other": {},
    }


def ensure(module: AnsibleAWSModule, cloud: Cloud, region: str) -> dict[str, Any]:
    """Create, update or delete the action; return the result with a diff."""
    budget = module.params["budget"]
    cloud.identify()
    wanted = wanted_of(module.params, region)
    there = [
        (action_id, found)
        for action_id, found in budget_actions.actions_of(cloud, budget)
        if found.get("stop", {}).get("region") == region
    ]
    # Keep only one, because AWS would carry out each of them.
    action_id, before = there[0] if there else ("", {})
    changed = len(there) > 1 or bool(differences(before, wanted))
    if changed and not module.check_mode:
        for spare, _unused in there[1 if wanted else 0 :]:
            budget_actions.delete(cloud, budget, spare)
        if wanted and action_id:
            _mend(cloud, action_id, before, wanted)
        elif wanted:
            budget_actions.create(cloud, wanted)
    return {"changed": changed, "action": wanted, "diff": {"before": before, "after": wanted}}


def _mend(cloud: Cloud, action_id: str, before: dict[str, Any], wanted: dict[str, Any]) -> None:
    if before | {"tags": {}} != wanted | {"tags": {}}:
        budget_actions.update(cloud, action_id, wanted)
    if before["tags"] != wanted["tags"]:
        budget_actions.retag(cloud, action_id, before, wanted)


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "budget": {"type": "str", "required": True},
            "instance_ids": {"type": "list", "elements": "str", "required": True},
            "threshold": {"type": "str", "default": "ACTUAL 100"},
            "role": {"type": "str", "required": True},
            "subscribers": {"type": "list", "elements": "str", "required": True},
            "tags": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    try:
        result = ensure(module, cloud_of(module), module.region)
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
