"""Two deploys at once, and a controller that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .snapshot import snapshot

KEY = "locks/deploy.json"


def held(account: Any, **body: Any) -> None:
    """A lock of somebody else, taken just now."""
    now = datetime.now(UTC).isoformat()
    lock = {"run": "other", "who": "ann@laptop", "what": "deploy", "since": now, "token": 7}
    account.client("s3").put_object(
        Bucket=account.bucket("logs"), Key=KEY, Body=json.dumps(lock | body).encode()
    )


def family(pid: int) -> list[int]:
    """A process and all that descends from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    below = [int(child) for child in children.read_text().split()] if children.exists() else []
    return [pid, *(member for child in below for member in family(child))]


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
    deploy = subprocess.Popen(
        account.command("deploy"),
        cwd=account.root,
        env={**variables, **account.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    ec2 = account.client("ec2")
    mine = [{"Name": "tag:Environment", "Values": ["dev"]}]
    deadline = time.monotonic() + 60
    while not ec2.describe_vpcs(Filters=mine)["Vpcs"] and time.monotonic() < deadline:
        time.sleep(0.02)
    # Ansible's workers have sessions of their own: all of them, children first, go at once.
    for pid in reversed(family(deploy.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deploy.wait()
    assert ec2.describe_vpcs(Filters=mine)["Vpcs"]

    # The lock of a process of this machine that is gone is taken over at once.
    account.run_playbook("deploy").ok()

    assert account.run_playbook("deploy").ok().changed == 0
    for call, field in (
        ("describe_vpcs", "Vpcs"),
        ("describe_internet_gateways", "InternetGateways"),
        ("describe_route_tables", "RouteTables"),
        ("describe_launch_templates", "LaunchTemplates"),
    ):
        found = getattr(ec2, call)()[field]
        ours = [f for f in found if {"Key": "Environment", "Value": "dev"} in f.get("Tags", [])]
        assert len(ours) == 1, call
