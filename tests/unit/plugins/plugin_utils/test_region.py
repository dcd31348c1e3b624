"""The region is chosen once: command line, environment variables, profile, default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible import context
from ansible.parsing.dataloader import DataLoader
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cardiology.cloud.plugins.plugin_utils import region


@pytest.fixture(autouse=True)
def _nothing_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setattr(region, "load_extra_vars", lambda _loader: {})
    region.of_profile.cache_clear()
    yield
    region.of_profile.cache_clear()


def test_the_default_is_documented() -> None:
    assert region.chosen(DataLoader()) == region.DEFAULT == "us-west-2"


def test_the_region_of_the_profile_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[default]\nregion = eu-west-1\n[profile clinic]\nregion = eu-central-1\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "clinic")

    assert region.chosen(DataLoader()) == "eu-central-1"


def test_variables_come_before_the_profile_and_the_command_line_before_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert region.chosen(DataLoader()) == "eu-west-2"
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert region.chosen(DataLoader()) == "eu-west-3"
    monkeypatch.setattr(region, "load_extra_vars", lambda _loader: {"region": "us-east-1"})
    assert region.chosen(DataLoader()) == "us-east-1"


def test_a_profile_that_does_not_exist_is_left_to_whoever_uses_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert region.chosen(DataLoader()) == region.DEFAULT


def test_group_vars_come_before_the_environment_variables_since_the_playbooks_read_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    folder = tmp_path / "group_vars"
    folder.mkdir()
    given = {"args": ("cardiology.cloud.train",), "inventory": (str(tmp_path / "hosts.yml"),)}
    (tmp_path / "hosts.yml").touch()
    monkeypatch.setattr(context, "CLIARGS", CLIArgs(given))
    monkeypatch.setattr(region, "load_extra_vars", lambda _loader: {"env": "staging"})

    for name, text, expected in (
        ("all.yml", "region: \"{{ lookup('x') }}\"", "eu-west-3"),
        ("all.yaml", "owner: me", "eu-west-3"),
        ("staging.yaml", "region: [", "eu-west-3"),
        ("all.yml", "region: eu-central-1", "eu-central-1"),
        ("staging.yml", "region: eu-north-1", "eu-north-1"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        assert region.chosen(DataLoader()) == expected, (name, text)


def test_files_have_the_precedence_that_they_have_in_a_playbook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inventory, playbook = tmp_path / "inventory", tmp_path / "site.yml"
    for folder in (inventory, tmp_path):
        (folder / "group_vars").mkdir(parents=True)
    playbook.touch()
    given = {"args": (str(playbook),), "inventory": (str(inventory),)}
    monkeypatch.setattr(context, "CLIARGS", CLIArgs(given))

    # group_vars/all of the playbook overrides that of the inventory.
    (inventory / "group_vars/all.yml").write_text("region: eu-west-1", encoding="utf-8")
    (tmp_path / "group_vars/all.yml").write_text("region: eu-west-2", encoding="utf-8")
    assert region.chosen(DataLoader()) == "eu-west-2"
    # Only the first file of an environment is read.
    (inventory / "group_vars/dev.yml").write_text("owner: me", encoding="utf-8")
    (tmp_path / "group_vars/dev.yml").write_text("region: eu-west-3", encoding="utf-8")
    assert region.chosen(DataLoader()) == "eu-west-2"
