"""How fast is it? Ours against a plain playbook and against bare boto3, side by side in one run.

    tests/bench/bench.py [--repeat 3] [--write]

Everybody makes the same estate, dev, in accounts of their own on one local cloud that this starts
and stops. Each action is timed from outside, as a person would wait for it; the contestants take
turns, so that a machine that is busy for a while is so for all of them. Times are medians.
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
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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

sys.path.insert(0, str(HERE))
import values as estate_values  # noqa: E402

#: Nothing of whoever runs this may decide where it goes.
NOT_INHERITED = ("AWS_", "ANSIBLE_")
#: No address service is asked, and the documentation's own network is nobody's.
CALLER = "203.0.113.7/32"

#: Where a plain playbook makes something else, by kind and property; docs/performance.md says why.
PLAIN_DIFFERS = {
    ("bucket", "encryption"),
    ("bucket", "acl_grants"),
    ("alarm", "tags"),
}

ACTIONS = {
    "deploy": "deploy from nothing",
    "again": "deploy again, nothing to do",
    "plan": "plan (--check), nothing to do",
    "destroy": "destroy",
}
CONTESTANTS = ("ours", "plain", "floor")


@dataclass
class Account:
    """An empty account, and the files of the contestant that works in it."""

    env: dict[str, str]
    directory: Path
    values: Path = field(init=False)
    key: Path = field(init=False)

    def __post_init__(self) -> None:
        self.values = self.directory / "values.json"
        self.key = self.directory / "key"


def command(contestant: str, action: str, account: Account) -> tuple[list[str], Path]:
    """What a person would type, and where."""
    playbook = str(BIN / "ansible-playbook")
    name = "destroy" if action == "destroy" else "deploy"
    check = ["--check"] if action == "plan" else []
    if contestant == "ours":
        given = ["-e", "env=dev", "-e", f"allowed_cidrs={CALLER}"]
        key = ["-e", f"ssh_private_key_file={account.key}"]
        return [playbook, f"playbooks/{name}.yml", *given, *key, *check], ROOT
    if contestant == "plain":
        return [playbook, f"{name}.yml", "-e", f"@{account.values}", *check], HERE / "plain"
    # A script without a check mode reads the same for a plan as for nothing to do.
    done = "again" if action == "plan" else action
    return [sys.executable, str(HERE / "floor.py"), done, str(account.values)], ROOT


def run(arguments: list[str], where: Path, env: dict[str, str]) -> float:
    """Seconds that a command takes; one that fails ends the whole run."""
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


@contextmanager
def local_cloud() -> Iterator[dict[str, str]]:
    """The environment of a local cloud of our own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    tool = str(BIN / "localcloud")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(NOT_INHERITED)}
    subprocess.run([tool, "up", "--port", port, "--hosts", "none"], check=True, env=inherited)
    try:
        lines = subprocess.run(
            [tool, "env", "--port", port], check=True, capture_output=True, text=True
        ).stdout.splitlines()
        exported = dict(
            line.removeprefix("export ").split("=", 1)
            for line in lines
            if line.startswith("export ")
        )
        nobodys = {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield {**inherited, **exported, **nobodys}
    finally:
        subprocess.run([tool, "down", "--port", port], check=True, env=inherited)


def new_account(env: dict[str, str], directory: Path, raw: dict[str, Any], key: Path) -> Account:
    """An account nobody used before, with a key and the values of what is to be made in it."""
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
    # Everybody has a key file already, and each a copy of it: none is made within the time.
    shutil.copy(key, account.key)
    wanted = estate_values.values(raw, number, estate_values.public_key(account.key))
    account.values.write_text(json.dumps(wanted), encoding="utf-8")
    return account


def inputs_of_dev(env: dict[str, str], directory: Path) -> dict[str, Any]:
    """The inputs of dev as our playbooks take them from group_vars."""
    file = directory / "inputs.json"
    given = ["env=dev", f"allowed_cidrs={CALLER}", f"inputs_file={file}"]
    extra = [word for value in given for word in ("-e", value)]
    run([str(BIN / "ansible-playbook"), str(HERE / "inputs.yml"), *extra], ROOT, env)
    return dict(json.loads(file.read_text(encoding="utf-8")))


def planned(account: Account, action: str) -> set[tuple[str, str]]:
    """By kind and property, what our own playbook would change in an account."""
    file = account.directory / f"{action}.json"
    arguments, where = command("ours", action, account)
    run([*arguments, "--check", "-e", f"plan_file={file}"], where, account.env)
    plan = json.loads(file.read_text(encoding="utf-8"))
    return {
        (change["kind"], re.split(r"[.\[]", fields["path"])[0] if fields else change["action"])
        for change in plan["changes"]
        for fields in change["fields"] or [{}]
    }


def check_work(contestant: str, action: str, account: Account) -> None:
    """Insist that a contestant did what it is timed for: our plan finds nothing more to do."""
    known = PLAIN_DIFFERS if contestant == "plain" and action == "deploy" else set()
    if action in ("deploy", "destroy") and (wrong := planned(account, action) - known):
        sys.exit(f"{contestant} did another {action}, our plan has more: {sorted(wrong)}")


def race(env: dict[str, str], repeat: int, directory: Path) -> dict[tuple[str, str], float]:
    """Median seconds by action and contestant."""
    raw, key = inputs_of_dev(env, directory), directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    times: dict[tuple[str, str], list[float]] = {}
    for number in range(repeat):
        accounts = {name: new_account(env, directory, raw, key) for name in CONTESTANTS}
        # Another one begins each time: the cloud may be slower or faster for the first.
        order = [*CONTESTANTS[number % 3 :], *CONTESTANTS[: number % 3]]
        for action in ACTIONS:
            for name in order:
                account = accounts[name]
                seconds = run(*command(name, action, account), account.env)
                times.setdefault((action, name), []).append(seconds)
                print(
                    f"  {number + 1}/{repeat}  {action:<8} {name:<6} {seconds:6.1f} s", flush=True
                )
                if number == 0:
                    check_work(name, action, account)
    return {which: median(seconds) for which, seconds in times.items()}


def table(times: dict[tuple[str, str], float]) -> str:
    """The medians and their ratios, as Markdown."""
    head = "| | ours | plain playbook | bare boto3 | plain : ours | ours : boto3 |"
    lines = [head, "|---|---:|---:|---:|---:|---:|"]
    for action, title in ACTIONS.items():
        ours, plain, floor = (times[action, name] for name in CONTESTANTS)
        lines.append(
            f"| {title} | {ours:.1f} s | {plain:.1f} s | {floor:.1f} s "
            f"| **{plain / ours:.1f} x** | {ours / floor:.1f} x |"
        )
    return "\n".join(lines)


def circumstances(repeat: int, load: float) -> str:
    """On what this was measured."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {cores} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, median of {repeat}; "
        f"load at the start {load:.1f}."
    )


def write(text: str) -> None:
    """Put the table between the markers of the document."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="how often; the median counts")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    # So that whoever ends this early leaves no server behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended early"))
    load = os.getloadavg()[0]
    if load > 0.5 * len(os.sched_getaffinity(0)):
        print(f"warning: load {load:.1f}: this machine is busy, seconds are too many", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, local_cloud() as env:
        times = race(env, options.repeat, Path(directory))
    text = f"{circumstances(options.repeat, load)}\n\n{table(times)}"
    print(f"\n{text}")
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
