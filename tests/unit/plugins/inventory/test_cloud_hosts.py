"""The inventory: a cloud that cannot be asked costs one line and no playbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory.auto import InventoryModule as AutoInventoryModule
from ansible_collections.cardiology.cloud.plugins.inventory import cloud_hosts as plugin


class Screen:
    """Collects warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


class Loader:
    """Reads an inventory file without settings."""

    def load_from_file(self, *_arguments: object, **_options: object) -> dict[str, str]:
        return {"plugin": "amazon.aws.aws_ec2"}


@pytest.fixture
def module() -> plugin.InventoryModule:
    inventory = plugin.InventoryModule()
    inventory.display = Screen()
    return inventory


def test_a_cloud_that_cannot_be_asked_is_one_line(
    module: plugin.InventoryModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(*_arguments: object) -> None:
        raise AnsibleParserError("Failed to describe instances: Unable to locate credentials")

    monkeypatch.setattr(AutoInventoryModule, "parse", parse)
    monkeypatch.setattr(plugin, "check", lambda _settings: None)
    module.parse(None, Loader(), "aws_ec2.yml")
    assert module.display.warnings == [
        "The inventory has no running hosts. "
        "Failed to describe instances: Unable to locate credentials"
    ]


def test_a_mistake_of_ours_is_not_hidden(
    module: plugin.InventoryModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(*_arguments: object) -> None:
        raise TypeError("a bug")

    monkeypatch.setattr(AutoInventoryModule, "parse", parse)
    monkeypatch.setattr(plugin, "check", lambda _settings: None)
    with pytest.raises(TypeError):
        module.parse(None, Loader(), "aws_ec2.yml")


def test_the_cloud_is_checked_before_the_plugin_waits_for_it(
    module: plugin.InventoryModule, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile clinic]\nrole_arn = arn:aws:iam::123456789012:role/x\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\nsource_profile = keys\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "clinic")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(AutoInventoryModule, "parse", lambda *_: pytest.fail("asked"))

    module.parse(None, Loader(), "aws_ec2.yml")

    [warning] = module.display.warnings
    assert warning.startswith("The inventory has no running hosts. The profile clinic wants an MFA")


PLAYBOOKS = Path(__file__).parents[4] / "playbooks"


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ({"args": (str(PLAYBOOKS / "deploy.yml"),)}, False),
        ({"args": ("cardiology.cloud.status",)}, False),
        # It refreshes the inventory once it has a host.
        ({"args": (str(PLAYBOOKS / "train.yml"),)}, False),
        ({"args": (str(PLAYBOOKS / "deploy.yml"), "site.yml")}, True),
        ({"args": (str(PLAYBOOKS / "deploy.yml"),), "subset": "i-1"}, True),
        ({"args": ("site.yml",)}, True),
        # ansible, ansible-inventory
        ({"args": "training"}, True),
        ({"args": None}, True),
        ({}, True),
    ],
)
def test_ec2_is_asked_only_where_hosts_are_needed(
    arguments: dict[str, object], needed: bool
) -> None:
    assert plugin.hosts_are_needed(arguments, DataLoader()) is needed


def test_a_playbook_of_ours_that_works_on_hosts_needs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    playbook = tmp_path / "patch.yml"
    playbook.write_text("- hosts: localhost\n- hosts: training:&dev\n")
    monkeypatch.setattr(plugin, "own_playbook", lambda _name: playbook)

    assert plugin.hosts_are_needed({"args": ("patch.yml",)}, DataLoader())


def test_a_refreshed_inventory_asks_whatever_runs(
    module: plugin.InventoryModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(plugin, "hosts_are_needed", lambda *_: False)
    monkeypatch.setattr(plugin, "check", lambda _settings: asked.append(True))
    monkeypatch.setattr(AutoInventoryModule, "parse", lambda *_: None)

    module.parse(None, Loader(), "aws_ec2.yml", cache=True)
    assert asked == []
    module.parse(None, Loader(), "aws_ec2.yml", cache=False)
    assert asked == [True]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("aws_ec2.yml", True), ("prod.aws_ec2.yaml", True), ("static.yml", False)],
)
def test_only_files_of_aws_ec2_are_read(
    module: plugin.InventoryModule, tmp_path: Path, name: str, expected: bool
) -> None:
    (tmp_path / name).write_text("plugin: amazon.aws.aws_ec2\n")
    assert module.verify_file(str(tmp_path / name)) is expected
