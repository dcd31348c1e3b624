"""The table of inputs is the only place that names them; what follows from it is up to date."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import (
    TABLE,
    Inputs,
    parse,
    plain,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.table import (
    Expression,
    Input,
)

#: What `parse` adds of its own.
NO_INPUTS = ("replica_note",)

ROOT = Path(__file__).parents[5]


def test_generated_files_are_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/inputs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_field_of_inputs_comes_from_the_table(inputs: Inputs) -> None:
    parsed = [entry.name for entry in TABLE if entry.parsed]

    assert len(parsed) == len(set(parsed)) == len(fields(Inputs)) - len(NO_INPUTS)
    assert list(plain(inputs)) == parsed
    assert plain(inputs)["env"] == inputs.environment


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_every_default_is_accepted(entry: Input) -> None:
    if not isinstance(entry.default, Expression):
        entry.check(entry.name, entry.default)


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_environments_set_only_inputs_and_their_values_are_accepted(
    env: str, raw: dict[str, Any]
) -> None:
    values = yaml.safe_load((ROOT / f"group_vars/{env}.yml").read_text())

    parsed, errors = parse({**raw, **values, "env": env})

    assert set(values) <= {entry.name for entry in TABLE if not entry.typed}
    assert parsed is not None, errors


def test_all_yml_documents_every_input_and_sets_none() -> None:
    text = (ROOT / "group_vars/all.yml").read_text()

    for entry in TABLE:
        assert (f"\n# {entry.name}: " in text) is not entry.typed
    assert yaml.safe_load(text) is None
