"""The inventory: a cloud that cannot be asked costs one line and no playbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory.auto import InventoryModule as AutoInventoryModule
from ansible_collections.cardiology.cloud.plugins.inventory import cloud_hosts as plugin


class Screen:
    """Collects warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


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
    module.parse(None, None, "aws_ec2.yml")
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
    with pytest.raises(TypeError):
        module.parse(None, None, "aws_ec2.yml")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("aws_ec2.yml", True), ("prod.aws_ec2.yaml", True), ("static.yml", False)],
)
def test_only_files_of_aws_ec2_are_read(
    module: plugin.InventoryModule, tmp_path: Path, name: str, expected: bool
) -> None:
    (tmp_path / name).write_text("plugin: amazon.aws.aws_ec2\n")
    assert module.verify_file(str(tmp_path / name)) is expected
