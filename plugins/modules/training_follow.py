#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin `training_follow`, which runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: training_follow
short_description: Follow a training run live until it ends
version_added: 0.1.0
description:
  - Prints a line whenever the run makes progress (split, seed, epoch, loss, accuracy, time left).
  - Returns the run's result, or prints the journal's last lines and fails with one sentence.
  - The run does not depend on being followed. If the connection is lost, it is retried.
options:
  run_id:
    description: The run's id.
    type: str
    required: true
  run_dir:
    description: The run's directory on the host.
    type: path
    required: true
  unit:
    description: The run's systemd unit.
    type: str
    required: true
  interval:
    description: Minimum number of seconds between two lines.
    type: float
    default: 2
  timeout:
    description: Seconds after which the module stops following and fails.
    type: int
    default: 21600
attributes:
  check_mode:
    description: Does nothing in check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Follow the run
  cardiology.cloud.training_follow:
    run_id: 20261122t163000z-ab12
    run_dir: /var/lib/cardiology/runs/20261122t163000z-ab12
    unit: cardiology-training@20261122t163000z-ab12.service
  register: followed
"""

RETURN = r"""
ended:
  description: Whether the run has ended. Absent if the module stopped following before that.
  returned: when the run ended
  type: bool
result:
  description: The run's result, as written by the job.
  returned: when the run ended
  type: dict
"""
