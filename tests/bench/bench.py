"""Measure the speed of the engine, the module-based roles and plain boto3 in one run.

    tests/bench/bench.py [--repeat 3] [--write]

Each contestant creates the same environment, dev, in its own accounts on one local cloud, which
this script starts and stops. Each action is timed as a user experiences it. The contestants take
turns, so that a temporarily busy machine affects all of them. Times are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import boto3

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
DOCUMENT = ROOT / "docs/performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

sys.path[:0] = [str(HERE), str(ROOT)]
import network  # noqa: E402
import values as estate_values  # noqa: E402
from tests.cloud import inherited, local_cloud  # noqa: E402

#: Set explicitly, so that no address service is queried; from a network for documentation.
CALLER = "203.0.113.7/32"

ACTIONS = {
    "deploy": "deploy from nothing",
    "again": "deploy again, nothing to do",
    "plan": "plan (--check), nothing to do",
    "destroy": "destroy",
}
CONTESTANTS = ("engine", "modules", "floor")
#: The engine always does plan and destroy, however the environment was created.
ENGINE_ONLY = ("plan", "destroy")


@dataclass
class Account:
    """An empty account, and the files of the contestant that uses it."""

    env: dict[str, str]
    directory: Path
    values: Path = field(init=False)
    key: Path = field(init=False)

    def __post_init__(self) -> None:
        self.values = self.directory / "values.json"
        self.key = self.directory / "key"


def command(contestant: str, action: str, account: Account) -> tuple[list[str], Path]:
    """The command that a user would type, and its directory."""
    playbook = str(BIN / "ansible-playbook")
    name = "destroy" if action == "destroy" else "deploy"
    check = ["--check"] if action == "plan" else []
    if contestant != "floor":
        given = ["-e", "env=dev", "-e", f"allowed_cidrs={CALLER}"]
        key = ["-e", f"ssh_private_key_file={account.key}"]
        how = ["-e", f"deploy_with={contestant}"] if name == "deploy" else []
        return [playbook, f"playbooks/{name}.yml", *given, *key, *how, *check], ROOT
    # A script without a check mode reads the same for a plan as for a deploy with nothing to do.
    done = "again" if action == "plan" else action
    return [sys.executable, str(HERE / "floor.py"), done, str(account.values)], ROOT


def run(arguments: list[str], where: Path, env: dict[str, str]) -> float:
    """Duration of a command in seconds; a failed command ends the whole run."""
    begin = time.perf_counter()
    done = subprocess.run(
        arguments,
        cwd=where,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(arguments)} failed")
    return seconds


def new_account(env: dict[str, str], directory: Path, raw: dict[str, Any], key: Path) -> Account:
    """A new account, with a key and the values of the resources to create in it."""
    number = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    sts = boto3.session.Session().client(
        "sts",
        region_name=env["AWS_REGION"],
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{number}:role/bench", RoleSessionName="bench")[
        "Credentials"
    ]
    own = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    account = Account({**env, **own}, directory / number)
    account.directory.mkdir()
    # Every contestant gets a copy of an existing key file, so that key creation is not timed.
    shutil.copy(key, account.key)
    wanted = estate_values.values(raw, number, estate_values.public_key(account.key))
    account.values.write_text(json.dumps(wanted), encoding="utf-8")
    return account


def inputs_of_dev(env: dict[str, str], directory: Path) -> dict[str, Any]:
    """The inputs of dev as our playbooks read them from group_vars."""
    file = directory / "inputs.json"
    given = ["env=dev", f"allowed_cidrs={CALLER}", f"inputs_file={file}"]
    extra = [word for value in given for word in ("-e", value)]
    run([str(BIN / "ansible-playbook"), str(HERE / "inputs.yml"), *extra], ROOT, env)
    return dict(json.loads(file.read_text(encoding="utf-8")))


def planned(account: Account, action: str) -> set[tuple[str, str]]:
    """The changes that our playbook would make in an account, by kind and property."""
    file = account.directory / f"{action}.json"
    arguments, where = command("engine", action, account)
    run([*arguments, "--check", "-e", f"plan_file={file}"], where, account.env)
    plan = json.loads(file.read_text(encoding="utf-8"))
    return {
        (change["kind"], re.split(r"[.\[]", fields["path"])[0] if fields else change["action"])
        for change in plan["changes"]
        for fields in change["fields"] or [{}]
    }


def check_work(contestant: str, action: str, account: Account) -> None:
    """Check that a contestant did its work: our plan must be empty afterwards."""
    if action in ("deploy", "destroy") and (wrong := planned(account, action)):
        sys.exit(f"{contestant}: after {action} our plan still has {sorted(wrong)}")


def race(env: dict[str, str], repeat: int, directory: Path) -> dict[tuple[str, str], float]:
    """Median seconds by action and contestant."""
    raw, key = inputs_of_dev(env, directory), directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    times: dict[tuple[str, str], list[float]] = {}
    for number in range(repeat):
        accounts = {name: new_account(env, directory, raw, key) for name in CONTESTANTS}
        # Rotate the order: the cloud may be slower or faster for the first contestant.
        order = [*CONTESTANTS[number % 3 :], *CONTESTANTS[: number % 3]]
        for action in ACTIONS:
            for name in order:
                if name == "modules" and action in ENGINE_ONLY:
                    continue
                account = accounts[name]
                seconds = run(*command(name, action, account), account.env)
                times.setdefault((action, name), []).append(seconds)
                print(
                    f"  {number + 1}/{repeat}  {action:<8} {name:<7} {seconds:6.1f} s", flush=True
                )
                if number == 0:
                    check_work(name, action, account)
    return {which: median(seconds) for which, seconds in times.items()}


def slow_network(env: dict[str, str], repeat: int, directory: Path) -> dict[str, float]:
    """Median seconds with nothing to do: an empty play, our deploy, the same with delayed calls."""
    raw, key = inputs_of_dev(env, directory), directory / "key"
    account = new_account(env, directory, raw, key)
    run(*command("engine", "deploy", account), account.env)
    deploy, _where = command("engine", "again", account)
    return network.measure(run, deploy[0], deploy, account.env, directory, repeat)


def table(times: dict[tuple[str, str], float]) -> str:
    """The medians and their ratios, as Markdown."""
    head = "| | engine | modules | bare boto3 | modules : engine | engine : boto3 |"
    lines = [head, "|---|---:|---:|---:|---:|---:|"]
    for action, title in ACTIONS.items():
        engine, modules, floor = (times.get((action, name)) for name in CONTESTANTS)
        cells = [title, *(f"{t:.1f} s" if t else "" for t in (engine, modules, floor))]
        cells.append(f"**{modules / engine:.1f} x**" if modules else "")
        lines.append(f"| {' | '.join([*cells, f'{engine / floor:.1f} x'])} |")
    return "\n".join(lines)


def circumstances(repeat: int, load: float) -> str:
    """The machine and conditions of the measurement."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {cores} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, median of {repeat}; "
        f"load at the start {load:.1f}."
    )


def write(text: str) -> None:
    """Write the table between the markers in the document."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write to the document if requested."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="how often; the median counts")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    # So that ending this early does not leave a server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended early"))
    load = os.getloadavg()[0]
    if load > 0.5 * len(os.sched_getaffinity(0)):
        print(f"warning: load {load:.1f}: this machine is busy, seconds are too many", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, local_cloud() as cloud:
        env = {**inherited(), **cloud.env}
        times = race(env, options.repeat, Path(directory))
        slow = slow_network(env, options.repeat, Path(directory))
    text = f"{circumstances(options.repeat, load)}\n\n{table(times)}\n\n{network.table(slow)}"
    print(f"\n{text}")
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
