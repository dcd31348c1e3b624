"""Two deploys at once, and a controller that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..faults.proxy import Proxy
from ..faults.script import Fault
from .snapshot import snapshot

KEY = "locks/deploy.json"


def held(account: Any, **body: Any) -> None:
    """A lock of somebody else, taken just now."""
    now = datetime.now(UTC).isoformat()
    lock = {"run": "other", "who": "ann@laptop", "what": "deploy", "since": now}
    account.client("s3").put_object(
        Bucket=account.bucket("logs"), Key=KEY, Body=json.dumps(lock | body).encode()
    )


class Killer(Proxy):
    """Kills a playbook and all that descends from it: Ansible's workers have own sessions."""

    def kill(self) -> None:
        for pid in frozen(self.victim):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def frozen(pid: int) -> list[int]:
    """A process and all that descends from it, stopped: none of them sees another one die."""
    try:
        os.kill(pid, signal.SIGSTOP)
        lists = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except (ProcessLookupError, FileNotFoundError):
        return []
    children = [int(child) for line in lists for child in line.split()]
    return [pid, *(member for child in children for member in frozen(child))]


#: A VPC, and what is made later because it needs one.
LISTS = {
    "describe_vpcs": "Vpcs",
    "describe_internet_gateways": "InternetGateways",
    "describe_route_tables": "RouteTables",
    "describe_launch_templates": "LaunchTemplates",
}


def made(account: Any) -> list[int]:
    """How many there are of each."""
    found = [getattr(account.client("ec2"), call)()[field] for call, field in LISTS.items()]
    dev = {"Key": "Environment", "Value": "dev"}
    return [sum(dev in one.get("Tags", []) for one in things) for things in found]


def test_a_second_deploy_is_told_who_is_at_work_and_changes_nothing(account: Any) -> None:
    account.run_playbook("deploy").ok()
    account.client("logs").delete_log_group(logGroupName="/aws/cardiology-optimizer/dev")
    held(account)
    before = snapshot(account)

    result = account.run_playbook("deploy")

    assert result.rc != 0
    assert "ann@laptop" in result.stdout
    assert snapshot(account) == before


def test_a_killed_controller_leaves_nothing_that_the_next_deploy_cannot_take_up(
    account: Any,
) -> None:
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ANSIBLE_"))}
    with Killer(account.env["AWS_ENDPOINT_URL"]).serving() as proxy:
        proxy.on("CreateVpc", Fault.KILL)
        deploy = subprocess.Popen(
            account.command("deploy"),
            cwd=account.root,
            env={**variables, **account.env, "AWS_ENDPOINT_URL": proxy.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        proxy.victim = deploy.pid
        assert deploy.wait(timeout=120) == -signal.SIGKILL
    assert made(account) == [1, 0, 0, 0]

    # The lock of a process of this machine that is gone is taken over at once.
    account.run_playbook("deploy").ok()

    assert account.run_playbook("deploy").ok().changed == 0
    assert made(account) == [1, 1, 1, 1]
