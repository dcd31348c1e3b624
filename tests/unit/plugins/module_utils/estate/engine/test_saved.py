"""Whether a plan still is the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    FieldChange,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.saved import (
    document,
    place_of,
    read,
    refuse_moved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs


def saved(inputs: Inputs, *changes: Change) -> dict[str, Any]:
    place = place_of(inputs, "123456789012", "present")
    return document(place, Plan(list(changes), {}, {}))


def update(*fields: FieldChange) -> Change:
    return Change("update", "role", "training", "r", "identity", "r", fields=list(fields))


def delete(reason: str) -> Change:
    return Change("delete", "bucket", "logs", "b", "storage", "b", reason)


@pytest.mark.parametrize(
    ("planned", "now"),
    [
        (update(FieldChange("a", None, ["x", "y"])), update(FieldChange("a", None, ["y", "x"]))),
        (
            update(FieldChange("a", "x", None), FieldChange("a", "y", None)),
            update(FieldChange("a", "y", None), FieldChange("a", "x", None)),
        ),
        # The trail goes on writing into the bucket until it goes.
        (delete("holds 12 object versions"), delete("holds 13 object versions")),
    ],
)
def test_what_moves_by_itself_is_the_same_plan(
    inputs: Inputs, planned: Change, now: Change
) -> None:
    refuse_moved(saved(inputs, planned), saved(inputs, now))


def test_another_value_is_another_plan(inputs: Inputs) -> None:
    planned, now = update(FieldChange("a", 1, 2)), update(FieldChange("a", 1, 3))

    with pytest.raises(EstateError, match="role/training needs another update than planned"):
        refuse_moved(saved(inputs, planned), saved(inputs, now))


def test_a_bucket_that_is_kept_now_is_another_plan(inputs: Inputs) -> None:
    with pytest.raises(EstateError, match="bucket/logs needs no delete any more"):
        refuse_moved(saved(inputs, delete("")), saved(inputs))


@pytest.mark.parametrize("text", [None, "no JSON", "[1]", "\x00"])
def test_a_file_without_a_plan_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(EstateError, match=rf"^There is no saved plan in {file}[:.]"):
        read(str(file))


def test_a_plan_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format": 1}', encoding="utf-8")

    assert read(str(tmp_path / "plan.json")) == {"format": 1}
