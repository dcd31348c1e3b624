#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage one dashboard of CloudWatch."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_dashboard
short_description: Manage a dashboard of Amazon CloudWatch
version_added: 0.2.0
description:
  - Creates, replaces or deletes one dashboard.
  - Bodies are compared as data and not as text, so spaces, the order of keys and the order of
    widgets that keep their places are no difference.
options:
  name:
    description: The name, unique in the account.
    type: str
    required: true
  state:
    description: Whether the dashboard should exist.
    type: str
    choices: [present, absent]
    default: present
  body:
    description:
      - What the dashboard shows, as CloudWatch's dashboard body structure has it, with the key
        C(widgets). Required with O(state=present).
    type: dict
attributes:
  check_mode:
    description: Says what it would change.
    support: full
  diff_mode:
    description: Returns the body before and after.
    support: full
seealso:
  - name: Dashboard body structure and syntax
    description: What a body may hold.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: A dashboard with one graph
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

- name: No dashboard any more
  cardiology.cloud.cloudwatch_dashboard:
    name: cardiology-optimizer-dev-dashboard
    state: absent
"""

RETURN = r"""
dashboard:
  description: The dashboard's body after the call, empty when there is none.
  returned: success
  type: dict
  sample:
    widgets: []
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import Cloud, sentence
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.compare import differences
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import dashboard

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Bring the dashboard to what the parameters ask for, and say what differed."""
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
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
