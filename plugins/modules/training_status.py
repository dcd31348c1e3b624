#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return the status of a training run on this host, as soon as it changes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: training_status
short_description: Return the status of a training run on a host, as soon as it changes
version_added: 0.1.0
description:
  - Reads the progress that the job writes and the state of its systemd unit.
  - With O(since), returns when the progress is newer, when the unit has ended, or after O(wait)
    seconds, whichever comes first.
options:
  run_dir:
    description: The run's directory.
    type: path
    required: true
  unit:
    description: The run's systemd unit.
    type: str
    required: true
  since:
    description: The C(updated_at) of the RV(progress) that the caller has already seen.
    type: str
    default: ""
  wait:
    description: Seconds to wait for new progress.
    type: float
    default: 4
  journal_lines:
    description: How many of the journal's last lines to return if the unit has failed.
    type: int
    default: 20
attributes:
  check_mode:
    description: Never changes anything.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Read the status of a run
  cardiology.cloud.training_status:
    run_dir: /var/lib/cardiology/runs/20261122t163000z-ab12
    unit: cardiology-training@20261122t163000z-ab12.service
"""

RETURN = r"""
active:
  description: Whether the unit is running.
  returned: always
  type: bool
unit_result:
  description: The unit's result as reported by systemd; V(success) while it runs.
  returned: always
  type: str
progress:
  description: The job's C(progress.json), null if there is none yet.
  returned: always
  type: dict
result:
  description: The job's C(result.json), null while the unit runs or if there is none.
  returned: always
  type: dict
journal:
  description: The journal's last lines, if the unit has ended without success.
  returned: always
  type: list
  elements: str
"""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

POLL_SECONDS = 0.3
ENDED = ("inactive", "failed")


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object that another process replaces atomically; None if there is none."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def output(*command: str) -> str:
    """The output of a command."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout


def unit_state(unit: str) -> tuple[bool, str]:
    """Whether a unit is running, and its result as reported by systemd."""
    shown = output("systemctl", "show", "--property=ActiveState,Result", unit)
    fields = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    return fields.get("ActiveState") not in ENDED, fields.get("Result", "unknown")


def news(run_dir: Path, unit: str, since: str, wait: float) -> dict[str, Any]:
    """Progress and unit state, as soon as either changes or the time is up."""
    deadline = time.monotonic() + wait
    while True:
        # Read the unit first: once it has ended, the job's last files exist.
        active, result = unit_state(unit)
        progress = read_json(run_dir / "progress.json")
        fresh = progress is not None and progress.get("updated_at") != since
        if fresh or not active or time.monotonic() >= deadline:
            return {"active": active, "unit_result": result, "progress": progress}
        time.sleep(POLL_SECONDS)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "run_dir": {"type": "path", "required": True},
            "unit": {"type": "str", "required": True},
            "since": {"type": "str", "default": ""},
            "wait": {"type": "float", "default": 4},
            "journal_lines": {"type": "int", "default": 20},
        },
        supports_check_mode=True,
    )
    params = module.params
    run_dir = Path(params["run_dir"])
    answer = news(run_dir, params["unit"], params["since"], params["wait"])
    ended = not answer["active"]
    answer["result"] = read_json(run_dir / "result.json") if ended else None
    answer["journal"] = []
    if ended and answer["unit_result"] != "success":
        lines = str(params["journal_lines"])
        command = ("journalctl", "--no-pager", "--output=cat", "--lines", lines)
        answer["journal"] = output(*command, "--unit", params["unit"]).splitlines()
    module.exit_json(changed=False, **answer)


if __name__ == "__main__":
    main()
