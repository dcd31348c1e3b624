"""Concurrent deploys, and a killed controller."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..cloud import inherited
from ..faults.proxy import Proxy
from ..faults.script import Fault
from .snapshot import snapshot

KEY = "locks/deploy.json"


def held(account: Any) -> None:
    """Write a fresh lock of another user, with the longest lease: this machine may be slow."""
    now = datetime.now(UTC).isoformat()
    lock = {"run": "other", "who": "ann@laptop", "what": "deploy", "since": now}
    account.client("s3").put_object(
        Bucket=account.bucket("logs"),
        Key=KEY,
        Body=json.dumps(lock | {"lease_seconds": 600}).encode(),
    )


def locked(account: Any) -> bool:
    """Whether anybody holds the lock."""
    listed = account.client("s3").list_objects_v2(Bucket=account.bucket("logs"), Prefix=KEY)
    return "Contents" in listed


class Killer(Proxy):
    """Kills a playbook and all its descendants: Ansible's workers have their own sessions."""

    def kill(self) -> None:
        for pid in frozen(self.victim):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Interrupter(Proxy):
    """Interrupts a playbook like Ctrl-C."""

    def kill(self) -> None:
        os.kill(self.victim, signal.SIGINT)


def frozen(pid: int) -> list[int]:
    """Stop a process and all its descendants, so that none of them sees another one die."""
    try:
        os.kill(pid, signal.SIGSTOP)
        lists = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except (ProcessLookupError, FileNotFoundError):
        return []
    children = [int(child) for line in lists for child in line.split()]
    return [pid, *(member for child in children for member in frozen(child))]


@contextmanager
def interrupted(account: Any, kind: type[Proxy], action: str) -> Iterator[subprocess.Popen[str]]:
    """A deploy whose process is ended as soon as AWS has carried out that call."""
    with kind(account.env["AWS_ENDPOINT_URL"]).serving() as proxy:
        proxy.on(action, Fault.KILL)
        deploy = subprocess.Popen(
            account.command("deploy"),
            cwd=account.root,
            env={**inherited(), **account.env, **account.through(proxy.url)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        proxy.victim = deploy.pid
        yield deploy


#: A VPC, and resources that are created later because they need one.
LISTS = {
    "describe_vpcs": "Vpcs",
    "describe_internet_gateways": "InternetGateways",
    "describe_route_tables": "RouteTables",
    "describe_launch_templates": "LaunchTemplates",
}


def made(account: Any) -> list[int]:
    """The number of resources of each type."""
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


def test_an_interrupted_deploy_releases_its_lock(account: Any) -> None:
    with interrupted(account, Interrupter, "CreateVpc") as deploy:
        output, _unused = deploy.communicate(timeout=1800)
        assert deploy.returncode != 0
        assert "run the same command again to continue" in output
        # Ansible's own process may end before the one that applies.
        patience = iter(range(1800))
        while locked(account) and next(patience, None) is not None:
            time.sleep(0.5)
        assert not locked(account)
    assert made(account)[0] == 1

    account.run_playbook("deploy").ok()


def test_a_killed_controller_leaves_nothing_that_the_next_deploy_cannot_take_up(
    account: Any,
) -> None:
    with interrupted(account, Killer, "CreateVpc") as deploy:
        assert deploy.wait(timeout=1800) == -signal.SIGKILL
    assert made(account) == [1, 0, 0, 0]

    # The lock of a dead process on this machine is taken over at once.
    account.run_playbook("deploy").ok()

    assert account.run_playbook("deploy").ok().changed == 0
    assert made(account) == [1, 1, 1, 1]
