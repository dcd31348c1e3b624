"""The roles of `deploy_with=modules`: what they create is tagged, and every module here is used."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS

ROOT = Path(__file__).parents[3]
FAMILIES = ("storage", "identity", "network", "compute", "monitoring", "budget", "audit")
#: Kinds that hosts and their hours bring, or that docs/modules.md leaves to the engine.
NOT_IN_ROLES = {
    *("instance", "volume", "budget_stop"),
    *("alarm", "budget_action", "default_network_acl", "s3_account_block"),
}


def tasks() -> list[tuple[str, dict[str, Any]]]:
    """Every task of these roles that calls a module of a collection, with the module's name."""
    files = [file for family in FAMILIES for file in (ROOT / "roles" / family).glob("tasks/*.yml")]
    return [
        (module, task)
        for file in files
        for task in yaml.safe_load(file.read_text(encoding="utf-8"))
        for module in task
        if module.count(".") == 2 and not module.startswith("ansible.builtin.")
    ]


def options(module: str) -> set[str]:
    """The options of a module, by its documentation."""
    namespace, collection, name = module.split(".")
    plugin = f"ansible_collections.{namespace}.{collection}.plugins.modules.{name}"
    documentation = importlib.import_module(plugin).DOCUMENTATION
    return set(yaml.safe_load(documentation)["options"]) | fragments(documentation)


def fragments(documentation: str) -> set[str]:
    """`tags` where the module takes its documentation from the fragment of that name."""
    used = yaml.safe_load(documentation).get("extends_documentation_fragment", [])
    return {"tags"} if any(".tags" in name for name in used) else set()


@pytest.mark.parametrize(
    ("module", "task"), tasks(), ids=lambda v: v if isinstance(v, str) else v["name"]
)
def test_what_can_be_tagged_is_created_with_the_tags_of_the_estate(
    module: str, task: dict[str, Any]
) -> None:
    takes_tags = "tags" in options(module)
    given = {key: value for key, value in task[module].items() if key == "tags"}

    assert [*given] == ["tags"] * takes_tags
    assert all(value.endswith("properties.tags }}") for value in given.values())


def test_each_kind_has_a_task_or_is_documented_as_the_engines() -> None:
    text = "".join(
        file.read_text(encoding="utf-8")
        for family in FAMILIES
        for file in (ROOT / "roles" / family).glob("tasks/*.yml")
    )

    with_task = {kind.name for kind in KINDS if f"of_kind('{kind.name}'" in text}

    assert with_task == {kind.name for kind in KINDS} - NOT_IN_ROLES


def test_every_module_of_ours_is_used_by_a_playbook_or_role() -> None:
    # An action plugin may call a module too.
    places = ("playbooks/*.yml", "roles/*/*/*.yml", "plugins/action/*.py")
    text = "".join(f.read_text(encoding="utf-8") for place in places for f in ROOT.glob(place))
    modules = {file.stem for file in (ROOT / "plugins/modules").glob("*.py")}

    assert {name for name in modules if not re.search(rf"cloud\.{name}\b", text)} == set()
