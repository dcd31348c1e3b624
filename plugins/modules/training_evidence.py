#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin `training_evidence`, which runs on the controller only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: training_evidence
short_description: Verify the artifact, metrics and logs of a training run
version_added: 0.1.0
description:
  - Reads every file of the run's artifact back from S3 and compares size and SHA-256.
  - Looks for the metrics that the run itself sent to CloudWatch, and counts its log events.
  - Fails if a file of the artifact is missing or differs. Missing metrics are reported but are not
    a failure, because CloudWatch may show new data only after some minutes.
options:
  result:
    description: The run's result, as returned by M(cardiology.cloud.training_follow).
    type: dict
    required: true
  log_group:
    description: The environment's log group.
    type: str
    required: true
  metrics_namespace:
    description: The environment's metrics namespace.
    type: str
    required: true
attributes:
  check_mode:
    description: Never changes anything.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: cardiology.cloud contributors (@cardiology-cloud)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Verify what the run published
  cardiology.cloud.training_evidence:
    result: "{{ followed.result }}"
    log_group: "{{ estate.names.log_group }}"
    metrics_namespace: "{{ estate.names.metrics_namespace }}"
  register: evidence
"""

RETURN = r"""
files:
  description: The number of files of the artifact that were read back and verified.
  returned: success
  type: int
metrics:
  description: The unique names of metrics with data since the run began.
  returned: success
  type: list
  elements: str
log_events:
  description: The number of log events of the run, at most one page.
  returned: success
  type: int
report:
  description: The run's outcome as printable lines.
  returned: success
  type: list
  elements: dict
"""
