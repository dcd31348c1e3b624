"""The region that a playbook sets once reaches every module that talks to AWS."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
GROUP = "cardiology.cloud."
#: `amazon.aws.ec2_instance:` as the module of a task.
MODULE = re.compile(r"^\s+((?:amazon|community)\.aws\.\w+):", re.MULTILINE)


def members() -> set[str]:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    return {name if "." in name else GROUP + name for name in runtime["action_groups"]["aws"]}


def test_every_module_of_others_that_is_used_is_in_the_group() -> None:
    files = [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("roles/*/*/*.yml")]
    used = {name for file in files for name in MODULE.findall(file.read_text(encoding="utf-8"))}

    assert "amazon.aws.ec2_instance" in used
    assert {name for name in members() if not name.startswith(GROUP)} == used


def test_every_module_of_ours_that_takes_a_region_is_in_the_group() -> None:
    files = (ROOT / "plugins/modules").glob("*.py")
    taking = {
        GROUP + file.stem
        for file in files
        if "amazon.aws.region.modules" in file.read_text("utf-8")
    }

    assert taking == {name for name in members() if name.startswith(GROUP)}
