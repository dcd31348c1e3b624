"""The action `report` prints lines for a person and nothing else."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.cardiology.cloud.plugins.action import report


def run(monkeypatch: pytest.MonkeyPatch, lines: Any) -> tuple[dict[str, Any], list[Any]]:
    display = MagicMock()
    monkeypatch.setattr(report, "Display", lambda: display)
    task = MagicMock(args={"lines": lines}, async_val=0, check_mode=False)
    action = report.ActionModule(
        task, MagicMock(), MagicMock(), MagicMock(), MagicMock(), MagicMock()
    )
    return action.run(task_vars={}), [
        (call.args[0], call.kwargs["color"]) for call in display.display.call_args_list
    ]


def test_each_line_is_printed_with_the_colour_of_its_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result, printed = run(monkeypatch, ["Plan", "  + vpc", "  - vpc", "  ~ vpc", "", 7])

    assert printed == [
        ("Plan", None),
        ("  + vpc", "green"),
        ("  - vpc", "red"),
        ("  ~ vpc", "yellow"),
        ("", None),
        ("7", None),
    ]
    assert result["changed"] is False
    assert "lines" not in result


def test_anything_but_a_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleActionFail, match="list of texts"):
        run(monkeypatch, "one line")
