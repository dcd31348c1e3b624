"""One fault at one AWS call: the run still converges, and there are no duplicates.

Each test is one environment, direction and kind of fault. It counts the calls of a clean run, and
repeats the run once per call that should fail. `make torture` (`TORTURE=all`) tests every call in
turn. `make test` tests a seeded sample and, for lost replies and killed processes in prod, also the
first call of each creation. `TORTURE_ONLY=ec2.CreateVpc.1` tests only that call.
"""

from __future__ import annotations

import gc
import os
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from botocore.exceptions import BotoCoreError, ClientError

from ..faults.calls import Call
from ..faults.hooks import Killed
from ..faults.script import Fault
from .apart import apart
from .world import Process, World, world

ALL = os.environ.get("TORTURE") == "all"
ONLY = os.environ.get("TORTURE_ONLY", "")
#: Calls per test in a sample, besides creations.
SAMPLE = 1
SEED = 20261122
#: Attempts per call. Calls run in parallel, so which one is, say, the seventh of its action differs
#: between runs, and sometimes there is none.
TRIES = 3
NOT_MADE = "was not made in any of several runs"


@dataclass(frozen=True)
class At:
    """One call of a run."""

    service: str
    action: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.service}.{self.action}.{self.occurrence}"

    @property
    def reads(self) -> bool:
        return Call(self.service, self.action).reads

    @property
    def creates(self) -> bool:
        return self.action.startswith(("Create", "Allocate", "Run", "ImportKeyPair"))


@dataclass(frozen=True)
class Clean:
    """The calls and result of a run without faults, and its process."""

    calls: tuple[At, ...]
    leaves: list[str]
    process: Process


@cache
def clean(env: str, state: str, folder: Path) -> Clean:
    with world(env, folder) as account:
        if state == "absent":
            done(account.run("present"))
            account.process.faults.forget()
        done(account.run(state))
        log = account.process.faults.log
        calls = tuple(At(r.call.service, r.call.action, r.occurrence) for r in log)
        return Clean(calls, account.inventory(), account.process)


def done(result: dict[str, Any]) -> None:
    assert not result["failure"], result["failure"]
    assert result["plan"]["empty"]


def chosen(calls: tuple[At, ...], env: str, state: str, fault: Fault) -> list[At]:
    """The calls that fail in turn."""
    if ONLY:
        return [call for call in calls if str(call) == ONLY]
    if fault is Fault.LOSE:
        # A read changes nothing: losing its reply is the same as RESET.
        calls = tuple(call for call in calls if not call.reads)
    if ALL:
        return list(calls)
    # Duplicates come from creations with a lost reply; prod has every resource that dev has.
    makes = (env, state) == ("prod", "present") and fault in (Fault.LOSE, Fault.KILL)
    firsts = [call for call in calls if makes and call.creates and call.occurrence == 1]
    others = sorted({*calls} - {*firsts}, key=str)
    return firsts + random.Random(f"{SEED} {env} {state} {fault}").sample(others, SAMPLE)


def survived(
    account: World, state: str, fault: Fault, at: At, folder: Path, leaves: list[str]
) -> str:
    """Run with one fault, and again after a kill; returns "" or the problem."""
    account.move_to(folder)
    faults = account.process.faults
    faults.forget()
    faults.on(at.action, fault, at.occurrence, at.service)
    try:
        result = account.run(state)
    except Killed:
        account.process = Process()
        account.let_the_lock_expire()
        result = account.run(state)
    except (EstateError, BotoCoreError, ClientError) as error:
        return f"ended with {type(error).__name__}: {error}"
    if result["failure"]:
        return str(result["failure"])
    if not result["plan"]["empty"]:
        return "the plan is not empty afterwards"
    return difference(account.inventory(), leaves) or ("" if faults.hits else NOT_MADE)


def difference(found: list[str], wanted: list[str]) -> str:
    """The additional and the missing lines."""
    more, less = list(found), []
    for line in wanted:
        if line in more:
            more.remove(line)
        else:
            less.append(line)
    return "\n".join(
        [f"+ {_told(line, less)}" for line in more] + [f"- {line[:200]}" for line in less]
    )


def _told(line: str, others: list[str]) -> str:
    """A line, shown from where it differs from the most similar one."""
    same = max((_alike(line, other) for other in others), default=0)
    return f"{line[:60]} ... {line[max(same - 100, 0) : same + 300]}"


def _alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clean")


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("env", ["dev", "prod"])
def test_a_run_survives(
    env: str, state: str, fault: Fault, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    without = clean(env, state, folder)
    calls = chosen(without.calls, env, state, fault)
    if not calls:
        pytest.skip(f"{ONLY} is not called here")
    wrong = {}
    with world(env, tmp_path_factory.mktemp("start"), without.process) as account:
        if state == "absent":
            done(account.run("present"))
        gc.freeze()
        for at in calls:
            for _ in range(TRIES):
                home = tmp_path_factory.mktemp("run")
                problem = apart(
                    lambda at=at, home=home: survived(
                        account, state, fault, at, home, without.leaves
                    )
                )
                if problem != NOT_MADE:
                    break
            if problem:
                wrong[str(at)] = problem

    assert not wrong, "\n".join(f"{fault} at {at}: {problem}" for at, problem in wrong.items())
