"""What to type next is what was typed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.plugin_utils import command
from ansible_collections.cardiology.cloud.plugins.plugin_utils.command import next_command

ROOT = Path(__file__).parents[4]
DEPLOY = "playbooks/deploy.yml"


@pytest.fixture(autouse=True)
def _in_the_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(command.shutil, "which", lambda _name: "/usr/bin/ansible-playbook")


def after(typed: str, playbook: str = "") -> str:
    argv = shlex.split(typed)
    playbooks = [word for word in argv if word.endswith(".yml") and not word.startswith("@")]
    playbooks += [word for word in argv if word.startswith("cardiology.cloud.")]
    return next_command(playbook, ["/venv/bin/ansible-playbook", *argv[1:]], playbooks)


@pytest.mark.parametrize(
    "typed",
    [
        f"ansible-playbook {DEPLOY}",
        f"ansible-playbook {DEPLOY} -e project=lim",
        "ansible-playbook playbooks/destroy.yml -e project=lim -e destroy_data=lim -e @own.json",
        f"ansible-playbook -i hosts.ini -i other {DEPLOY} -e env=prod -e prune=true --diff -v",
        f'ansible-playbook {DEPLOY} -e \'{{"public_subnet_cidrs": ["10.0.0.0/20"]}}\'',
        f"ansible-playbook {DEPLOY} -e \"owner='heart team'\"",
        f"ansible-playbook {DEPLOY} -e s3_bucket_prefix=",
        "ansible-playbook cardiology.cloud.deploy -e env=prod",
        "ansible-playbook site.yml -e env=prod",
    ],
)
def test_the_same_command_is_repeated_with_all_inputs(typed: str) -> None:
    assert shlex.split(after(typed)) == shlex.split(typed)


@pytest.mark.parametrize(
    ("typed", "playbook", "expected"),
    [
        ("playbooks/train.yml -e project=lim", "deploy", f"{DEPLOY} -e project=lim"),
        ("playbooks/train.yml --extra-vars=env=prod", "deploy", f"{DEPLOY} -e env=prod"),
        ("playbooks/train.yml -eenv=prod", "deploy", f"{DEPLOY} -e env=prod"),
        ("cardiology.cloud.train -e env=prod", "deploy", "cardiology.cloud.deploy -e env=prod"),
        ("site.yml -e env=prod", "deploy", "cardiology.cloud.deploy -e env=prod"),
        (f"{DEPLOY} --check -C -e env=prod", "", f"{DEPLOY} -e env=prod"),
        (f"{DEPLOY} -e apply_plan=p.json -e env=prod", "", f"{DEPLOY} -e env=prod"),
        (f"{DEPLOY} -e 'plan_file=p.json env=prod'", "", f"{DEPLOY} -e env=prod"),
        (f'{DEPLOY} -e \'{{"plan_file": "p.json"}}\'', "", DEPLOY),
        (
            "playbooks/destroy.yml -e env=prod -e destroy_data=x",
            "deploy",
            f"{DEPLOY} -e env=prod",
        ),
    ],
)
def test_another_playbook_gets_the_inputs_that_concern_it(
    typed: str, playbook: str, expected: str
) -> None:
    assert after(f"ansible-playbook {typed}", playbook) == f"ansible-playbook {expected}"


@pytest.mark.parametrize(
    "given",
    [
        "-e db_password=hunter2",
        "-e 'env=dev api_key=hunter2'",
        "--extra-vars=slack_token=hunter2",
        '-e \'{"nested": {"AWS_SECRET_ACCESS_KEY": "hunter2"}}\'',
        "-e 'smtp_secret: hunter2'",
        "-e '{broken hunter2'",
    ],
)
def test_no_secret_is_printed(given: str) -> None:
    assert "hunter2" not in after(f"ansible-playbook {DEPLOY} {given}")


def test_inputs_that_only_sound_secret_to_a_fool_are_kept() -> None:
    given = "-e ssh_private_key_file=~/.ssh/id -e customer_managed_key=true"

    assert after(f"ansible-playbook {DEPLOY} {given}").count("***") == 0


def test_without_ansible_on_the_path_the_one_that_runs_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command.shutil, "which", lambda _name: None)

    assert after(f"ansible-playbook {DEPLOY}") == f"/venv/bin/ansible-playbook {DEPLOY}"
