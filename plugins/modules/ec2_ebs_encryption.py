#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage EBS encryption by default."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_ebs_encryption
short_description: Manage EBS encryption by default
version_added: 0.1.0
description:
  - Turns EBS encryption by default on or off, for the whole account in one region.
  - This affects new volumes and snapshot copies. Existing volumes are not changed.
options:
  state:
    description: Whether new volumes should be encrypted by default.
    type: str
    choices: [enabled, disabled]
    default: enabled
  kms_key_id:
    description:
      - The default KMS key for encryption, as an ARN, an id or an alias.
      - If omitted, the account's default key is not changed.
    type: str
attributes:
  check_mode:
    description: Reports changes without making them.
    support: full
  diff_mode:
    description: Returns the setting before and after.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Encrypt new volumes by default
  cardiology.cloud.ec2_ebs_encryption:

- name: Encrypt new volumes by default with a customer managed key
  cardiology.cloud.ec2_ebs_encryption:
    kms_key_id: arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111
"""

RETURN = r"""
ebs_encryption:
  description: The setting after the call.
  returned: success
  type: dict
  contains:
    enabled:
      description: Whether new volumes are encrypted by default.
      type: bool
      sample: true
    kms_key:
      description: The default KMS key.
      type: str
      sample: alias/aws/ebs
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.audit import (
    ebs_encryption,
)


def is_key(found: str, wanted: str) -> bool:
    """Whether the key returned by AWS matches the given ARN, id or alias."""
    return wanted == found or found.endswith((f":key/{wanted}", f":{wanted}"))


def ensure(module: AnsibleAWSModule, cloud: Cloud) -> dict[str, Any]:
    """Set encryption by default and its key; return the result with a diff."""
    ec2 = cloud.client("ec2")
    enabled, key = module.params["state"] == "enabled", module.params["kms_key_id"]
    before = {
        "enabled": ebs_encryption.enabled(ec2),
        "kms_key": ec2.get_ebs_default_kms_key_id()["KmsKeyId"],
    }
    other_key = bool(key) and not is_key(before["kms_key"], key)
    after = {"enabled": enabled, "kms_key": key if other_key else before["kms_key"]}
    if not module.check_mode:
        if other_key:
            # Set the key first, so that no volume is encrypted with the wrong one meanwhile.
            after["kms_key"] = ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"]
        if enabled != before["enabled"]:
            ebs_encryption.set_enabled(ec2, enabled)
    return {
        "changed": before != after,
        "ebs_encryption": after,
        "diff": {"before": before, "after": after},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "state": {"type": "str", "choices": ["enabled", "disabled"], "default": "enabled"},
            "kms_key_id": {"type": "str", "no_log": False},
        },
        supports_check_mode=True,
    )
    try:
        result = ensure(module, cloud_of(module))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
