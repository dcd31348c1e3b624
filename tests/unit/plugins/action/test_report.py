"""The action `report` hands lines and data to whoever writes standard output."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible_collections.cardiology.cloud.plugins.action import report
from ansible_collections.cardiology.cloud.plugins.plugin_utils import console

LINES = [{"text": "  + vpc", "style": "create", "hang": 4}, "Plan", 7]


def run(
    monkeypatch: pytest.MonkeyPatch, callback: str, variables: Any = None, **args: Any
) -> tuple[dict[str, Any], list[Any]]:
    display = MagicMock()
    monkeypatch.setattr(report, "Display", lambda: display)
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    task = MagicMock(args=args, async_val=0, check_mode=False)
    action = report.ActionModule(
        task, MagicMock(), MagicMock(), MagicMock(), MagicMock(), MagicMock()
    )
    result = action.run(task_vars=variables or {})
    return result, [(call.args[0], call.kwargs["color"]) for call in display.display.call_args_list]


@pytest.mark.parametrize("callback", ["ansible.posix.json", "minimal"])
def test_other_callbacks_get_lines_and_data_as_a_result_and_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, callback: str
) -> None:
    result, printed = run(monkeypatch, callback, lines=LINES, data={"plan": {}})

    assert printed == []
    assert result["lines"] == [LINES[0], "Plan", "7"]
    assert result["data"] == {"plan": {}}
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("variables", "data"),
    [
        ({}, {}),
        ({"output": "text"}, {}),
        ({"output": "json"}, {"plan": {}}),
        ({"plan_exit_code": "true"}, {"plan": {}}),
    ],
)
def test_our_callback_gets_data_only_where_it_uses_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], data: dict[str, Any]
) -> None:
    result, printed = run(monkeypatch, console.CALLBACK, variables, lines=[], data={"plan": {}})

    assert printed == []
    assert result["data"] == data


def test_beside_the_default_callback_the_lines_are_printed_in_colour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _result, printed = run(monkeypatch, "default", lines=LINES)

    assert printed == [("  + vpc", "green"), ("Plan", None), ("7", None)]


@pytest.mark.parametrize(
    ("name", "variables"),
    [("output=json", {"output": "json"}), ("plan_exit_code", {"plan_exit_code": "true"})],
)
def test_what_only_our_callback_can_do_is_refused_beside_another_one(
    monkeypatch: pytest.MonkeyPatch, name: str, variables: dict[str, str]
) -> None:
    with pytest.raises(AnsibleActionFail, match=rf"{name} needs .* stdout_callback = cardiology"):
        run(monkeypatch, "default", variables, lines=[])
    run(monkeypatch, "default", {"output": "text", "plan_exit_code": False}, lines=[])


@pytest.mark.parametrize("args", [{"lines": "one line"}, {"lines": [], "data": []}])
def test_anything_but_a_list_and_a_dictionary_is_refused(
    monkeypatch: pytest.MonkeyPatch, args: dict[str, Any]
) -> None:
    with pytest.raises(AnsibleActionFail, match="must be a list"):
        run(monkeypatch, console.CALLBACK, **args)
