# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow a training run live: print a line for each step of progress, then the result."""

from __future__ import annotations

import time
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cardiology.cloud.plugins.module_utils.runs import SPLITS, duration
from ansible_collections.cardiology.cloud.plugins.plugin_utils.console import progress

STATUS_MODULE = "cardiology.cloud.training_status"
#: A host is unreachable while it reboots or its network changes; the run continues.
RECONNECT_TRIES = 12
RECONNECT_SECONDS = 5


def describe(progress: dict[str, Any]) -> str:
    """One line on the progress of a run; unknown fields are left out."""
    if progress.get("phase") != "training" or progress.get("epoch") is None:
        return f"{progress.get('phase', 'starting'):<10} {progress.get('message') or ''}".rstrip()
    split = str(progress.get("split", ""))
    parts = [f"{SPLITS.get(split, split)}, seed {progress.get('seed')}"]
    parts.append(f"epoch {progress['epoch']:>3}/{progress.get('epochs')}")
    for name in ("loss", "accuracy"):
        if progress.get(name) is not None:
            parts.append(f"{name} {progress[name]:.3f}")
    if progress.get("steps_total"):
        parts.append(f"{100 * progress.get('steps_done', 0) // progress['steps_total']:>3} %")
    if progress.get("eta_seconds") is not None:
        parts.append(f"{duration(progress['eta_seconds'])} left")
    return f"{'training':<10} " + "  ".join(parts)


def lines(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The lines to print when the progress of a run was `before` and is `now`.

    The host is asked every few seconds, in which a short run can train and end. The state of a
    later phase keeps the figures of the last epoch: they are printed if nobody has seen them yet.
    """
    ended_unseen = (
        now.get("phase") != "training"
        and now.get("epoch") is not None
        and any(now.get(name) != before.get(name) for name in ("split", "seed", "epoch"))
    )
    last_epoch = [describe({**now, "phase": "training"})] if ended_unseen else []
    return [*last_epoch, describe(now)]


def failure(run_id: str, answer: dict[str, Any]) -> str:
    """One sentence on why a run failed: the run's own error, else systemd's result."""
    result = answer.get("result") or {}
    if result.get("error"):
        return f"Training run {run_id} failed: {str(result['error']).rstrip('.')}."
    how = {"oom-kill": "the host had too little memory: choose a larger training_instance_type"}
    reason = answer.get("unit_result") or "unknown"
    ended = how.get(reason, f"its unit ended with '{reason}'")
    return f"Training run {run_id} ended without a result: {ended}."


class ActionModule(ActionBase):
    """`cardiology.cloud.training_follow`: polls the host and prints new progress."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Follow until the unit has ended; return the result or fail with one sentence."""
        returned = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(
            argument_spec={
                "run_id": {"type": "str", "required": True},
                "run_dir": {"type": "path", "required": True},
                "unit": {"type": "str", "required": True},
                "interval": {"type": "float", "default": 2},
                "timeout": {"type": "int", "default": 21600},
            }
        )
        if self._task.check_mode:
            return {**returned, "changed": False, "skipped": True}
        answer = self._follow(args, task_vars or {})
        result = answer.get("result") or {}
        if result.get("status") == "succeeded":
            return {**returned, "changed": False, "ended": True, "result": result}
        progress(task_vars or {}, *(f"  | {line}" for line in answer.get("journal", [])))
        message = failure(args["run_id"], answer)
        return {**returned, "failed": True, "ended": True, "msg": message, "result": result}

    def _follow(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Print progress until the unit has ended; return the last status."""
        deadline = time.monotonic() + args["timeout"]
        seen: dict[str, Any] = {}
        while True:
            asked = time.monotonic()
            answer = self._ask(args, seen.get("updated_at", ""), task_vars)
            now = answer.get("progress") or {}
            if now.get("updated_at", "") != seen.get("updated_at", ""):
                progress(task_vars, *(f"  {line}" for line in lines(seen, now)))
                seen = now
            if not answer["active"]:
                return answer
            if time.monotonic() >= deadline:
                raise AnsibleActionFail(
                    f"Training run {args['run_id']} is still going after "
                    f"{duration(args['timeout'])}, and goes on: raise training_run_timeout."
                )
            time.sleep(max(0.0, args["interval"] - (time.monotonic() - asked)))

    def _ask(self, args: dict[str, Any], seen: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        """One status from the host; retries while it is unreachable."""
        question = {"run_dir": args["run_dir"], "unit": args["unit"], "since": seen}
        tries = 0
        while True:
            try:
                answer = self._execute_module(
                    module_name=STATUS_MODULE, module_args=question, task_vars=task_vars
                )
                break
            except AnsibleConnectionFailure:
                tries += 1
                if tries >= RECONNECT_TRIES:
                    raise
                Display().warning("The host does not answer; the run goes on. Trying again.")
                self._connection.reset()
                time.sleep(RECONNECT_SECONDS)
        if answer.get("failed"):
            raise AnsibleActionFail(answer.get("msg", "The host could not say how it does."))
        return dict(answer)
