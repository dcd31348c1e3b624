"""A local cloud of its own for a test session or a program."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOOL = str(Path(sys.executable).with_name("localcloud"))
#: The caller's variables must not select another cloud or configuration, the width of output, or
#: a slower start.
NOT_INHERITED = ("AWS_", "ANSIBLE_", "COLUMNS", "PYTHONDONTWRITEBYTECODE")
#: So that boto3 does not read this machine's own configuration or instance metadata.
NOT_OF_THIS_MACHINE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class LocalCloud:
    """A running local cloud: its port, and the variables that select it."""

    port: int
    env: dict[str, str]

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def local_cloud(*options: str, hosts: str = "none") -> Iterator[LocalCloud]:
    """A local cloud on a free port, stopped and removed at the end."""
    port = free_port()
    where = ("--port", str(port))
    subprocess.run([TOOL, "up", *where, "--hosts", hosts, *options], check=True, env=inherited())
    try:
        printed = subprocess.run(
            [TOOL, "env", *where], check=True, capture_output=True, text=True
        ).stdout.splitlines()
        exports = (line.removeprefix("export ") for line in printed if line.startswith("export "))
        env = dict(line.split("=", 1) for line in exports)
        yield LocalCloud(port, env | NOT_OF_THIS_MACHINE)
    finally:
        subprocess.run([TOOL, "down", *where], check=True, env=inherited())


def inherited() -> dict[str, str]:
    """This process's variables, except NOT_INHERITED."""
    return {k: v for k, v in os.environ.items() if not k.startswith(NOT_INHERITED)}


def free_port() -> int:
    """A TCP port that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
