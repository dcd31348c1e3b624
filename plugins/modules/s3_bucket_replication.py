#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the replication of one S3 bucket."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_replication
short_description: Manage the replication of an S3 bucket
version_added: 0.1.0
description:
  - Makes S3 copy every new object of a bucket to another one, in any region.
  - O(rules) are all rules that the bucket has afterwards. A rule that is not listed is removed.
  - What was in the bucket before its rule is not copied. S3 Batch Replication can do that.
  - Both buckets must exist and keep versions. Where the bucket has object lock, the destination
    must have it too.
options:
  name:
    description: The bucket that is copied.
    type: str
    required: true
  state:
    description: Whether the bucket should be copied. Copies that were made stay.
    type: str
    choices: [present, absent]
    default: present
  role:
    description: The ARN of the role that S3 copies with. Required with O(state=present).
    type: str
  rules:
    description: What goes where. Required with O(state=present).
    type: list
    elements: dict
    suboptions:
      id:
        description: The name of the rule, unique in the bucket.
        type: str
        required: true
      destination:
        description: The ARN of the bucket that gets the copies.
        type: str
        required: true
      replica_kms_key:
        description:
          - The ARN of the KMS key that encrypts the copies, in their region.
          - With it, objects that are encrypted with a KMS key are copied too. S3 leaves them out
            otherwise.
        type: str
        default: ""
      prefix:
        description: Only objects whose keys begin with it. Empty means every object.
        type: str
        default: ""
      priority:
        description: Which rule wins where two rules have the same destination. The highest does.
        type: int
        default: 1
      enabled:
        description: Whether the rule is in force.
        type: bool
        default: true
      delete_markers:
        description: Whether a deletion is copied. A deletion of a version never is.
        type: bool
        default: true
      metrics:
        description: Whether S3 reports what still waits to be copied and what failed.
        type: bool
        default: true
      storage_class:
        description: The storage class of the copies. Empty means that of the object.
        type: str
        default: ""
attributes:
  check_mode:
    description: Says what it would change.
    support: full
  diff_mode:
    description: Returns role and rules before and after.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Copy everything to a bucket in another region
  cardiology.cloud.s3_bucket_replication:
    name: acme-heart-prod-raw-data
    role: arn:aws:iam::123456789012:role/cardiology-optimizer-prod-replication
    rules:
      - id: everything
        destination: arn:aws:s3:::acme-heart-prod-raw-data-replica

- name: Copy no more
  cardiology.cloud.s3_bucket_replication:
    name: acme-heart-prod-raw-data
    state: absent
"""

RETURN = r"""
replication:
  description: Role and rules after the call, empty when there are none.
  returned: success
  type: dict
  sample:
    role: arn:aws:iam::123456789012:role/cardiology-optimizer-prod-replication
    rules:
      everything:
        Priority: 1
        Status: Enabled
        Filter: {Prefix: ""}
        DeleteMarkerReplication: {Status: Enabled}
        Destination:
          Bucket: arn:aws:s3:::acme-heart-prod-raw-data-replica
          Metrics: {Status: Enabled}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.compare import differences
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import (
    bucket_replication,
)

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def wanted_of(params: dict[str, Any]) -> dict[str, Any] | None:
    """The replication that the parameters ask for, None for none."""
    if params["state"] == "absent":
        return None
    rules = {}
    for item in params["rules"]:
        options = {key: value for key, value in item.items() if key not in ("id", "enabled")}
        status = "Enabled" if item["enabled"] else "Disabled"
        rules[item["id"]] = bucket_replication.rule(
            options.pop("destination"), status=status, **options
        )
    return {"role": params["role"], "rules": rules}


def errors_of(params: dict[str, Any]) -> list[str]:
    """What is wrong about the rules together."""
    if params["state"] == "absent":
        return []
    names = [item["id"] for item in params["rules"]]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [
        *(["rules is empty: use state=absent to end the replication."] if not names else []),
        *(f"rules has {name} more than once." for name in twice),
    ]


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Bring the replication to what the parameters ask for, and say what differed."""
    name, wanted = module.params["name"], wanted_of(module.params)
    s3 = cloud.client("s3")
    found = bucket_replication.read(s3, name)
    changed = bool(differences(found, wanted))
    if changed and not module.check_mode:
        bucket_replication.write(s3, name, wanted)
    before, after = found or {}, wanted or {}
    return {"changed": changed, "replication": after, "diff": {"before": before, "after": after}}


def main() -> None:
    rules = {
        "id": {"type": "str", "required": True},
        "destination": {"type": "str", "required": True},
        # An ARN is no secret.
        "replica_kms_key": {"type": "str", "default": "", "no_log": False},
        "prefix": {"type": "str", "default": ""},
        "priority": {"type": "int", "default": 1},
        "enabled": {"type": "bool", "default": True},
        "delete_markers": {"type": "bool", "default": True},
        "metrics": {"type": "bool", "default": True},
        "storage_class": {"type": "str", "default": ""},
    }
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "role": {"type": "str"},
            "rules": {"type": "list", "elements": "dict", "options": rules},
        },
        required_if=[("state", "present", ["role", "rules"])],
        supports_check_mode=True,
    )
    if errors := errors_of(module.params):
        module.fail_json(msg="\n".join(errors))
    try:
        result = ensure(module, cloud_of(module))
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
