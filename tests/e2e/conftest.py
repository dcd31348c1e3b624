"""A local cloud for the session, and the project's own playbooks run against it.

`cloud` is the local cloud's default account; `account` is a new, empty account per test. Both read
AWS through boto3, so that no test depends on what a playbook prints.
"""

from __future__ import annotations

import re
import secrets
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

from localcloud.hosts import preflight

from ..cloud import inherited, local_cloud

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RECAP = re.compile(r"^localhost +: .*?changed=(\d+).*? failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """The result of a playbook run."""

    rc: int
    stdout: str
    #: Changed tasks on localhost according to the recap; -1 if there was no recap.
    changed: int

    def ok(self) -> Result:
        """Assert that the playbook succeeded; returns the result."""
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
        """The twelve-digit account id."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client for this account."""
        return _client(
            service,
            region or self.env["AWS_REGION"],
            self.env["AWS_ENDPOINT_URL"],
            self.env["AWS_ACCESS_KEY_ID"],
            self.env["AWS_SECRET_ACCESS_KEY"],
            self.env.get("AWS_SESSION_TOKEN"),
        )

    def bucket(self, key: str, env: str = "dev") -> str:
        """The name of a bucket with the default prefix."""
        return f"cardiology-optimizer-{self.account_id}-{env}-{key}"

    def key_file(self, env: str = "dev") -> Path:
        """The key file for logging in to this account's hosts."""
        return self.keys / env

    @property
    def root(self) -> Path:
        """The checkout."""
        return ROOT

    def command(
        self, name: str, *args: str, env: str = "dev", elsewhere: bool = False
    ) -> list[str]:
        """The command line of a playbook as a user would type it, in the checkout or elsewhere."""
        return [
            str(BIN / "ansible-playbook"),
            f"{ROOT}/playbooks/{name}.yml" if elsewhere else f"playbooks/{name}.yml",
            *("-e", f"env={env}"),
            *("-e", f"ssh_private_key_file={self.key_file(env)}"),
            # The test must not depend on whether this machine finds its own address.
            *("-e", "allowed_cidrs=203.0.113.7/32"),
            *args,
        ]

    def through(self, url: str) -> dict[str, str]:
        """The variables to reach this account through a proxy at `url`."""
        # S3 Control prefixes the host with the account id, unless there is already a prefix.
        own = {"AWS_ENDPOINT_URL_S3_CONTROL": url.replace("://", "://local@")}
        return {"AWS_ENDPOINT_URL": url, **own}

    def variables(self, environ: Mapping[str, str | None]) -> dict[str, str]:
        """The environment of a command in this account; None removes a variable."""
        # Ignore prices that were refreshed by a user of this machine.
        prices = {"XDG_CONFIG_HOME": str(self.keys)}
        variables = {**inherited(), **prices, **self.env, **environ}
        return {k: v for k, v in variables.items() if v is not None}

    def run_playbook(
        self,
        name: str,
        *args: str,
        env: str = "dev",
        timeout: float = 1800,
        environ: Mapping[str, str | None] | None = None,
        cwd: Path = ROOT,
        stderr: bool = True,
    ) -> Result:
        """Run `playbooks/<name>.yml` as a user would; None in `environ` removes a variable.

        `stdout` of the result includes standard error, unless `stderr` is False.
        """
        done = subprocess.run(
            self.command(name, *args, env=env, elsewhere=cwd != ROOT),
            cwd=cwd,
            env=self.variables(environ or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if stderr else subprocess.DEVNULL,
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


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud on a free port, with real hosts if this machine can run them."""
    # Skip hosts only if this machine cannot run them: a broken cloud must fail the tests.
    with local_cloud(hosts="none" if preflight.problem() else "podman") as running:
        yield Cloud(running.env, tmp_path_factory.mktemp("keys"))


@pytest.fixture
def playbook(cloud: Cloud) -> Callable[..., Result]:
    """`playbook("deploy", "--check")` in the session's account."""
    return cloud.run_playbook


@pytest.fixture(scope="session")
def new_account(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Cloud]:
    """Creates empty accounts on the same local cloud."""

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
    """An empty account for this test."""
    return new_account()
