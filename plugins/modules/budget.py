#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a cost budget in AWS Budgets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: budget
short_description: Manage a cost budget in AWS Budgets
version_added: 0.1.0
description:
  - Creates, changes in place or deletes one cost budget with its notifications and tags.
  - Notifications and tags that are not listed in O(notifications) and O(tags) are removed from the
    budget, as are settings without an option here, such as limits per month or automatic
    adjustment.
options:
  name:
    description: The name of the budget, unique in the account.
    type: str
    required: true
  state:
    description: Whether the budget should exist.
    type: str
    choices: [present, absent]
    default: present
  limit_usd:
    description:
      - The amount in US dollars per O(time_unit), rounded to cents. Required with O(state=present).
    type: float
  time_unit:
    description: The period after which spending is reset to zero.
    type: str
    choices: [DAILY, MONTHLY, QUARTERLY, ANNUALLY]
    default: MONTHLY
  filter_tags:
    description:
      - Only costs of resources with all of these tags are counted. Empty means all costs.
      - Each key must be activated as a cost allocation tag in the billing console.
    type: dict
    default: {}
  notifications:
    description:
      - Alert thresholds and their subscribers. Each key is C(ACTUAL) or C(FORECASTED) and a
        percentage of the limit, such as C(ACTUAL 80). Each value is a list of up to ten email
        addresses and one SNS topic ARN.
    type: dict
    default: {}
  tags:
    description: The tags of the budget.
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
- name: Create a monthly budget for all resources with two tags
  cardiology.cloud.budget:
    name: cardiology-optimizer-dev-monthly
    limit_usd: 25
    filter_tags:
      Project: cardiology-optimizer
      Environment: dev
    notifications:
      ACTUAL 80: [someone@example.org, "arn:aws:sns:us-west-2:123456789012:alarms"]
      FORECASTED 100: [someone@example.org]

- name: Delete the budget
  cardiology.cloud.budget:
    name: cardiology-optimizer-dev-monthly
    state: absent
"""

RETURN = r"""
budget:
  description: The budget after the call, empty if there is none.
  returned: success
  type: dict
  sample:
    limit_usd: 25.0
    time_unit: MONTHLY
    filter_tags: {Project: cardiology-optimizer}
    notifications: {ACTUAL 80: [someone@example.org]}
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
    api as budget_api,
)

FIELDS = ("limit_usd", "time_unit", "filter_tags", "notifications", "tags")


def wanted_of(params: dict[str, Any]) -> dict[str, Any] | None:
    """The desired properties, None for no budget."""
    if params["state"] == "absent":
        return None
    wanted = {field: params[field] for field in FIELDS} | {"other": {}}
    wanted["limit_usd"] = round(wanted["limit_usd"], 2)
    # Normalize the labels to the form in which they are read back.
    wanted["notifications"] = {
        budget_api.label(budget_api.notification_of(text)): sorted(addresses)
        for text, addresses in params["notifications"].items()
    }
    return wanted


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Create, update or delete the budget; return the result with a diff."""
    name = module.params["name"]
    client = cloud.client("budgets")
    cloud.identify()
    found = budget_api.describe(client, cloud.account_id, cloud.partition, name)
    wanted = wanted_of(module.params)
    changed = bool(differences(found, wanted))
    if changed and not module.check_mode:
        if wanted is None:
            client.delete_budget(AccountId=cloud.account_id, BudgetName=name)
        elif found is None:
            budget_api.create(client, cloud.account_id, name, wanted)
        else:
            budget_api.update(client, cloud.account_id, cloud.partition, name, found, wanted)
    before, after = found or {}, wanted or {}
    return {"changed": changed, "budget": after, "diff": {"before": before, "after": after}}


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "limit_usd": {"type": "float"},
            "time_unit": {
                "type": "str",
                "choices": ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"],
                "default": "MONTHLY",
            },
            "filter_tags": {"type": "dict", "default": {}},
            "notifications": {"type": "dict", "default": {}},
            "tags": {"type": "dict", "default": {}},
        },
        required_if=[("state", "present", ["limit_usd"])],
        supports_check_mode=True,
    )
    try:
        result = ensure(module, cloud_of(module))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
