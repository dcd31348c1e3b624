#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a VPC flow log."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_flow_log
short_description: Manage a VPC flow log to CloudWatch Logs
version_added: 0.1.0
description:
  - Creates, replaces or deletes one flow log, which is identified by its C(Name) tag.
  - AWS can change only the tags of a flow log. For any other difference, this module deletes and
    recreates the flow log; existing records stay in their log group.
  - Waits until AWS can assume a role that was just created.
options:
  name:
    description: The value of the tag C(Name), unique among the flow logs in the region.
    type: str
    required: true
  state:
    description: Whether the flow log should exist.
    type: str
    choices: [present, absent]
    default: present
  vpc_id:
    description: The VPC whose traffic is recorded. Required with O(state=present).
    type: str
  log_group:
    description: The name of the log group. Required with O(state=present).
    type: str
  role_arn:
    description: The role that AWS uses to write to the log group. Required with O(state=present).
    type: str
  traffic:
    description: Which traffic is recorded.
    type: str
    choices: [ALL, ACCEPT, REJECT]
    default: ALL
  interval:
    description: Seconds of traffic aggregated in one record.
    type: int
    choices: [60, 600]
    default: 600
  format:
    description: The fields of a record, in AWS's format. If omitted, the fields of version 2.
    type: str
  tags:
    description: All other tags of the flow log. Tags that are not listed are removed.
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
- name: Record all traffic of a VPC
  cardiology.cloud.ec2_flow_log:
    name: cardiology-optimizer-prod
    vpc_id: vpc-0123456789abcdef0
    log_group: /aws/cardiology-optimizer/prod/flow-logs
    role_arn: arn:aws:iam::123456789012:role/cardiology-optimizer-prod-flow-logs
    tags:
      Project: cardiology-optimizer

- name: Delete the flow log
  cardiology.cloud.ec2_flow_log:
    name: cardiology-optimizer-prod
    state: absent
"""

RETURN = r"""
flow_log_id:
  description: The flow log's id, empty if there is none.
  returned: success
  type: str
  sample: fl-0123456789abcdef0
flow_log:
  description: The flow log after the call, empty if there is none.
  returned: success
  type: dict
  sample:
    resource: vpc-0123456789abcdef0
    traffic: ALL
    log_group: /aws/cardiology-optimizer/prod/flow-logs
    role: arn:aws:iam::123456789012:role/cardiology-optimizer-prod-flow-logs
    interval: 600
    format: ${version} ${account-id}
    tags: {Name: cardiology-optimizer-prod}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    mend,
    patiently,
    remove,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    differences,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.failures import (
    exists_already,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    EstateError,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network import flow_log

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it


def wanted_of(params: dict[str, Any]) -> Resource | None:
    """The desired flow log, None for none."""
    if params["state"] == "absent":
        return None
    properties = {
        "resource": params["vpc_id"],
        "traffic": params["traffic"],
        "log_group": params["log_group"],
        "role": params["role_arn"],
        "interval": params["interval"],
        "format": params["format"] or flow_log.FORMAT,
        "tags": {**{k: str(v) for k, v in params["tags"].items()}, "Name": params["name"]},
    }
    return Resource("flow_log", params["name"], params["name"], properties)


def find(cloud: Cloud, name: str) -> Found | None:
    """The flow log with this name; raises EstateError if there are several."""
    found = [item for item in flow_log.all_of(cloud) if item.name == name]
    if len(found) > 1:
        ids = ", ".join(sorted(item.id for item in found))
        raise EstateError(f"{len(found)} flow logs are named {name} ({ids}): delete all but one.")
    return found[0] if found else None


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Create, replace or delete the flow log; return the result with a diff."""
    found, wanted = find(cloud, module.params["name"]), wanted_of(module.params)
    before = found.properties if found else {}
    after = wanted.properties if wanted else {}
    changed = bool(differences(before, after))
    flow_log_id = found.id if found else ""
    if changed and not module.check_mode:
        flow_log_id = change(cloud, found, wanted)
    return {
        "changed": changed,
        "flow_log": after,
        "flow_log_id": flow_log_id if wanted else "",
        "diff": {"before": before, "after": after},
    }


def change(cloud: Cloud, found: Found | None, wanted: Resource | None) -> str:
    """Create, update, replace or delete the flow log; return its id afterwards."""
    if found and wanted:
        names = {d.path.split(".")[0] for d in differences(found.properties, wanted.properties)}
        if names == {"tags"}:
            mend(cloud, flow_log.KIND, wanted, found, names)
            return found.id
    if found:
        remove(cloud, flow_log.KIND, found)
    return create(cloud, wanted) if wanted else ""


def create(cloud: Cloud, wanted: Resource) -> str:
    """Create the flow log; adopt one that an earlier request without a response has created."""
    try:
        return patiently(lambda: flow_log.create(cloud, wanted), flow_log.KIND)
    except ClientError as error:
        found = find(cloud, wanted.name) if exists_already(error) else None
        if found is None:
            raise
        return found.id


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "vpc_id": {"type": "str"},
            "log_group": {"type": "str"},
            "role_arn": {"type": "str"},
            "traffic": {"type": "str", "choices": ["ALL", "ACCEPT", "REJECT"], "default": "ALL"},
            "interval": {"type": "int", "choices": [60, 600], "default": 600},
            "format": {"type": "str"},
            "tags": {"type": "dict", "default": {}},
        },
        required_if=[("state", "present", ["vpc_id", "log_group", "role_arn"])],
        supports_check_mode=True,
    )
    try:
        result = ensure(module, cloud_of(module))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
