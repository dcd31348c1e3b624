#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the replication of an S3 bucket."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_replication
short_description: Manage the replication of an S3 bucket
version_added: 0.1.0
description:
  - Makes S3 copy every new object in a bucket to another bucket, in any region.
  - The bucket has exactly the rules in O(rules) afterwards. Rules that are not listed are removed.
  - Objects that existed before a rule are not copied. S3 Batch Replication can do that.
  - Both buckets must exist with versioning enabled. If the bucket has object lock, the destination
    must have it too.
options:
  name:
    description: The source bucket.
    type: str
    required: true
  state:
    description: Whether the bucket should be replicated. Existing copies are kept.
    type: str
    choices: [present, absent]
    default: present
  role:
    description: The ARN of the role that S3 uses to copy. Required with O(state=present).
    type: str
  rules:
    description:
      - The rules by ID, in S3's format. Required with O(state=present).
    type: dict
attributes:
  check_mode:
    description: Reports changes without making them.
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
      everything:
        Priority: 1
        Status: Enabled
        Filter: {Prefix: ""}
        DeleteMarkerReplication: {Status: Enabled}
        Destination: {Bucket: "arn:aws:s3:::acme-heart-prod-raw-data-replica"}

- name: Stop the replication
  cardiology.cloud.s3_bucket_replication:
    name: acme-heart-prod-raw-data
    state: absent
"""

RETURN = r"""
replication:
  description: Role and rules after the call, empty if there are none.
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
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket import (
    replication as bucket_replication,
)


def wanted_of(params: dict[str, Any]) -> dict[str, Any] | None:
    """The desired replication, None for none."""
    if params["state"] == "absent":
        return None
    return {"role": params["role"], "rules": params["rules"]}


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Set or remove the replication; return the result with a diff."""
    name, wanted = module.params["name"], wanted_of(module.params)
    s3 = cloud.client("s3")
    found = bucket_replication.read(s3, name)
    changed = bool(differences(found, wanted))
    if changed and not module.check_mode:
        bucket_replication.write(s3, name, wanted)
    before, after = found or {}, wanted or {}
    return {"changed": changed, "replication": after, "diff": {"before": before, "after": after}}


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "role": {"type": "str"},
            "rules": {"type": "dict"},
        },
        required_if=[("state", "present", ["role", "rules"])],
        supports_check_mode=True,
    )
    if module.params["state"] == "present" and not module.params["rules"]:
        module.fail_json(msg="rules is empty: use state=absent to end the replication.")
    try:
        result = ensure(module, cloud_of(module))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
