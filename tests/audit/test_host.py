"""A host after the role `host_hardening`, graded from outside by lynis and ssh-audit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.hosts import preflight

from ..cloud import inherited

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SSH_AUDIT = ROOT / ".venv-audit/policy/bin/ssh-audit"
POLICY = "Hardened Debian 12 (version 3)"
LYNIS = 80
NAME = "audit"
#: Why no host can run on this machine, or nothing.
NO_HOSTS = preflight.problem()


@dataclass(frozen=True)
class Host:
    """A machine, and how to log in to it."""

    login: dict[str, Any]
    key: Path

    @property
    def options(self) -> list[str]:
        """The options of ssh: its host keys are those that it was created with."""
        known = self.key.with_name("known_hosts")
        keys = (f"{self.login['address']} {key}\n" for key in self.login["host_keys"])
        known.write_text("".join(keys), encoding="utf-8")
        return [
            "-i",
            str(self.key),
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            f"UserKnownHostsFile={known}",
        ]

    def run(self, script: str) -> str:
        """The output of a script run as root."""
        at = f"{self.login['user']}@{self.login['address']}"
        return run("ssh", *self.options, at, "sudo sh -s", given=script)


def run(*command: str, given: str = "") -> str:
    """The output of a command, which must succeed."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, cwd=ROOT, env=inherited()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A bare machine, hardened."""
    if NO_HOSTS:
        pytest.skip(f"no host can run on this machine: {NO_HOSTS}")
    here = tmp_path_factory.mktemp("host")
    key = here / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    localcloud = str(BIN / "localcloud")
    created = run(localcloud, "machine", "create", "--name", NAME, "--authorized-key", f"{key}.pub")
    try:
        host = Host(json.loads(created), key)
        harden(host, here / "harden.yml")
        yield host
    finally:
        run(localcloud, "machine", "destroy", "--name", NAME)


def harden(host: Host, playbook: Path) -> None:
    """Apply the role with its defaults."""
    play = {
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        "roles": ["cardiology.cloud.host_hardening"],
    }
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    run(
        str(BIN / "ansible-playbook"),
        *("-i", f"{host.login['address']},", "-u", host.login["user"]),
        "--ssh-common-args=" + " ".join(host.options),
        str(playbook),
    )


def test_lynis_gives_enough_points(host: Host) -> None:
    report = host.run(
        "apt-get install -y -qq --no-install-recommends lynis >/dev/null 2>&1\n"
        "lynis audit system --quick --no-colors"
    )
    [index] = re.findall(r"Hardening index : (\d+)", report)
    assert int(index) >= LYNIS, report


def test_ssh_is_as_the_policy_of_ssh_audit(host: Host) -> None:
    assert POLICY in run(str(SSH_AUDIT), "-L")
    run(str(SSH_AUDIT), "--policy", POLICY, host.login["address"])


def test_no_unit_of_the_host_has_failed(host: Host) -> None:
    assert host.run("systemctl --failed --no-legend --plain") == ""
