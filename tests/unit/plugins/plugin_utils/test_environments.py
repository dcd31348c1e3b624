"""The file of an environment is found, or the error names the one to create."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.cardiology.cloud.plugins.plugin_utils import environments as subject


def test_the_file_of_an_environment_is_found_beside_inventory_then_playbook_then_shipped(
    tmp_path: Path,
) -> None:
    inventory, playbooks, shipped = tmp_path / "inventory", tmp_path / "play", tmp_path / "shipped"
    for folder in (inventory / "group_vars", playbooks / "group_vars", shipped):
        folder.mkdir(parents=True)
    own = subject.search_path([str(inventory), str(playbooks)])

    (shipped / "dev.yml").touch()
    assert subject.find("dev", own, shipped) == subject.Environment(shipped / "dev.yml", own=False)
    (playbooks / "group_vars/dev.yml").touch()
    found = subject.find("dev", own, shipped)
    assert found == subject.Environment(playbooks / "group_vars/dev.yml", own=True)
    (inventory / "group_vars/dev.yaml").touch()
    found = subject.find("dev", own, shipped)
    assert found == subject.Environment(inventory / "group_vars/dev.yaml", own=True)


def test_the_files_of_an_installed_collection_are_defaults_and_those_of_a_clone_are_own(
    tmp_path: Path,
) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/dev.yml").touch()
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks/group_vars").symlink_to("../group_vars")
    own = subject.search_path([str(tmp_path / "playbooks")])

    for clone in (False, True):
        found = subject.find("dev", own, tmp_path / "group_vars", clone=clone)
        assert found is not None
        assert found.own is clone


def test_an_environment_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    for name in ("all", "training", "staging"):
        (tmp_path / f"group_vars/{name}.yml").touch()
    own = subject.search_path([str(tmp_path)])

    assert subject.find("all", own) is None
    assert subject.missing("stagin", own) == (
        "There is no environment 'stagin': did you mean staging? "
        f"To add it, create {tmp_path}/group_vars/stagin.yml."
    )
