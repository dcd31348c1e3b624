"""A local cloud for the session, and the project's own playbooks run against it.

`cloud` is the account that the local cloud gives its callers; `account` is a fresh, empty one per
test. Both read AWS through boto3, so that no test has to believe what a playbook prints.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud import preflight

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RECAP = re.compile(r"^localhost +: .*?changed=(\d+).*? failed=(\d+)", re.MULTILINE)

#: Nothing of whoever runs the tests may decide where they go.
NOT_INHERITED = ("AWS_", "ANSIBLE_")


@dataclass(frozen=True)
class Result:
    """How a playbook ended."""

    rc: int
    stdout: str
    #: Tasks that changed something on localhost, by the recap; -1 when there was none.
    changed: int

    def ok(self) -> Result:
        """Itself, after insisting that the playbook succeeded."""
        assert self.rc == 0, self.stdout
        return self


@dataclass(frozen=True)
class Cloud:
    """One account on the local cloud."""

    env: Mapping[str, str]
    keys: Path
    extra: tuple[str, ...] = field(default=())

    @property
    def account_id(self) -> str:
        """The account's twelve digits."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of this account."""
        return _client(
            service,
            region or self.env["AWS_REGION"],
            self.env["AWS_ENDPOINT_URL"],
            self.env["AWS_ACCESS_KEY_ID"],
            self.env["AWS_SECRET_ACCESS_KEY"],
            self.env.get("AWS_SESSION_TOKEN"),
        )

    def bucket(self, key: str, env: str = "dev") -> str:
        """The name of a bucket under the default prefix."""
        return f"cardiology-optimizer-{self.account_id}-{env}-{key}"

    def key_file(self, env: str = "dev") -> Path:
        """The key file that this account's hosts are logged in to with."""
        return self.keys / env

    @property
    def root(self) -> Path:
        """The checkout."""
        return ROOT

    def command(self, name: str, *args: str, env: str = "dev") -> list[str]:
        """The command line of a playbook, as a person would give it."""
        return [
            str(BIN / "ansible-playbook"),
            f"playbooks/{name}.yml",
            *("-e", f"env={env}"),
            *("-e", f"ssh_private_key_file={self.key_file(env)}"),
            # Whether this machine finds its own address must not decide a test.
            *("-e", "allowed_cidrs=203.0.113.7/32"),
            *args,
        ]

    def run_playbook(
        self,
        name: str,
        *args: str,
        env: str = "dev",
        timeout: float = 300,
        environ: Mapping[str, str | None] | None = None,
    ) -> Result:
        """Run `playbooks/<name>.yml` as a person would; a None in `environ` removes a variable."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(NOT_INHERITED)}
        # Where prices would be that somebody read on this machine.
        prices = {"XDG_CONFIG_HOME": str(self.keys)}
        variables = {**inherited, **prices, **self.env, **(environ or {})}
        done = subprocess.run(
            self.command(name, *args, env=env),
            cwd=ROOT,
            env={k: v for k, v in variables.items() if v is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=timeout,
            check=False,
        )
        recap = RECAP.search(done.stdout)
        changed = int(recap.group(1)) if recap else -1
        return Result(done.returncode, done.stdout, changed)


@lru_cache(maxsize=128)
def _client(service: str, region: str, url: str, key: str, secret: str, token: str | None) -> Any:
    return boto3.session.Session().client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _localcloud(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "localcloud"), *args], capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud on a free port, with real hosts where this machine can run them."""
    port = str(_free_port())
    # Only a machine that cannot run hosts may go without: a cloud that breaks must fail the tests.
    up = _localcloud("up", "--port", port, "--hosts", "none" if preflight.problem() else "podman")
    assert up.returncode == 0, up.stdout + up.stderr
    try:
        lines = _localcloud("env", "--port", port).stdout.splitlines()
        exported = dict(
            line.removeprefix("export ").split("=", 1)
            for line in lines
            if line.startswith("export ")
        )
        # boto3 asks these first of all, or asks the machine that the tests run on.
        exported |= {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield Cloud(exported, tmp_path_factory.mktemp("keys"))
    finally:
        down = _localcloud("down", "--port", port)
        assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture
def playbook(cloud: Cloud) -> Callable[..., Result]:
    """`playbook("deploy", "--check")` in the session's account."""
    return cloud.run_playbook


@pytest.fixture(scope="session")
def new_account(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Cloud]:
    """Makes empty accounts on the same local cloud."""

    def make() -> Cloud:
        number = f"{secrets.randbelow(9 * 10**11) + 10**11}"
        credentials = cloud.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{number}:role/tests", RoleSessionName="tests"
        )["Credentials"]
        keys = {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        }
        return Cloud({**cloud.env, **keys}, tmp_path_factory.mktemp("keys"))

    return make


@pytest.fixture
def account(new_account: Callable[[], Cloud]) -> Cloud:
    """An empty account of this test's own."""
    return new_account()
