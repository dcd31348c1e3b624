#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a CloudWatch dashboard."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_dashboard
short_description: Manage an Amazon CloudWatch dashboard
version_added: 0.1.0
description:
  - Creates, replaces or deletes one dashboard.
  - Bodies are compared as data, not as text. White space, the order of keys and the order of
    widgets with the same position are ignored.
options:
  name:
    description: The name of the dashboard, unique in the account.
    type: str
    required: true
  state:
    description: Whether the dashboard should exist.
    type: str
    choices: [present, absent]
    default: present
  body:
    description:
      - The content of the dashboard, in CloudWatch's dashboard body structure, with the key
        C(widgets). Required with O(state=present).
    type: dict
attributes:
  check_mode:
    description: Reports changes without making them.
    support: full
  diff_mode:
    description: Returns the body before and after.
    support: full
seealso:
  - name: Dashboard body structure and syntax
    description: The structure of a dashboard body.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Create a dashboard with one graph
  cardiology.cloud.cloudwatch_dashboard:
    name: cardiology-optimizer-dev-dashboard
    body:
      widgets:
        - type: metric
          x: 0
          y: 0
          width: 12
          height: 6
          properties:
            title: Training loss
            region: us-west-2
            metrics: [[cardiology-optimizer/dev, TrainingLoss, Model, graphsage]]

- name: Delete the dashboard
  cardiology.cloud.cloudwatch_dashboard:
    name: cardiology-optimizer-dev-dashboard
    state: absent
"""

RETURN = r"""
dashboard:
  description: The dashboard's body after the call, empty if there is none.
  returned: success
  type: dict
  sample:
    widgets: []
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
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.monitoring import (
    dashboard,
)


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Create, replace or delete the dashboard; return the result with a diff."""
    name, body = module.params["name"], module.params["body"]
    client = cloud.client("cloudwatch")
    found = dashboard.describe(client, name)
    wanted = dashboard.normal(body) if module.params["state"] == "present" else None
    changed = bool(differences(found, wanted))
    if changed and not module.check_mode:
        if wanted is None:
            dashboard.remove(client, name)
        else:
            dashboard.put(client, name, wanted)
    before = dashboard.document(found) if found else {}
    after = dashboard.document(wanted) if wanted else {}
    return {"changed": changed, "dashboard": after, "diff": {"before": before, "after": after}}


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "body": {"type": "dict"},
        },
        required_if=[("state", "present", ["body"])],
        supports_check_mode=True,
    )
    try:
        result = ensure(module, cloud_of(module))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
