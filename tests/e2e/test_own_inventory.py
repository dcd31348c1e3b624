"""The collection, installed from its tarball next to a user's own inventory."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..cloud import inherited
from .conftest import BIN, ROOT

INVENTORY = """
all:
  hosts:
    localhost:
      ansible_connection: local
      ansible_python_interpreter: "{{ ansible_playbook_python }}"
  vars:
    owner: heart-team
    budget_limit_usd: 77
    allowed_cidrs: 203.0.113.7/32
"""

OWN_PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  vars:
    my_team: heart
  tasks:
    - ansible.builtin.import_role:
        name: cardiology.cloud.estate
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the installed collection, an inventory and a playbook of its own."""
    folder = tmp_path_factory.mktemp("project")
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    subprocess.run([*galaxy, "build", "--output-path", folder, ROOT], check=True)
    [tarball] = folder.glob("*.tar.gz")
    install = ["install", "--no-deps", "-p", folder / "collections", tarball]
    # Run there: with the clone's ansible.cfg, the collection would count as installed.
    subprocess.run([*galaxy, *install], check=True, cwd=folder, env=inherited())
    (folder / "hosts.yml").write_text(INVENTORY)
    (folder / "own.yml").write_text(OWN_PLAYBOOK)
    return folder


def play(folder: Path, account: Any, playbook: str, *args: str) -> str:
    """The output of a dry run in that directory."""
    command = [str(BIN / "ansible-playbook"), playbook, "--check", *args]
    done = subprocess.run(
        command,
        cwd=folder,
        env={
            **inherited(),
            **account.env,
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("playbook", ["cardiology.cloud.deploy", "own.yml"])
def test_values_of_the_own_inventory_win(installed: Path, account: Any, playbook: str) -> None:
    plan = play(installed, account, playbook, "-i", "hosts.yml", "-e", "env=prod", "--diff")

    assert "Plan for cardiology-optimizer prod" in plan
    assert "$77.00" in plan
    # Inputs that are not set come from the collection's own prod.yml.
    assert "nat_gateway" in plan


def test_a_playbook_of_the_clone_runs_from_any_directory(tmp_path: Path, account: Any) -> None:
    plan = play(
        tmp_path, account, str(ROOT / "playbooks/deploy.yml"), "-e", "allowed_cidrs=203.0.113.7/32"
    )

    assert "Plan for cardiology-optimizer dev" in plan
