#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin `identify`, which runs on the controller only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: identify
short_description: Print the cloud, account, region and environment of a run
version_added: 0.1.0
description:
  - Calls STS to identify the caller and prints one line, the header of every playbook.
  - Fails with one sentence, within a minute, if that is not possible.
  - Before the call, rejects endpoints of different clouds, a profile that requires an MFA code, and
    a boto3 that is too old.
  - Runs on the controller, in Ansible's own process.
options:
  environment:
    description: The name of the environment.
    type: str
    required: true
attributes:
  check_mode:
    description: Never changes anything.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Show the account and region of this run
  cardiology.cloud.identify:
    environment: dev
    region: us-west-2
"""

RETURN = r"""
account_id:
  description: The account id.
  returned: success
  type: str
arn:
  description: The ARN of the user or role.
  returned: success
  type: str
"""
