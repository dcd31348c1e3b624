"""Lines are wrapped at the terminal's width between words, and coloured by what they are."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
from ansible import constants
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text import line
from ansible_collections.cardiology.cloud.plugins.plugin_utils import console


def test_a_long_line_is_cut_between_words_and_goes_on_further_in() -> None:
    text = line.line("  + alarm errors: acme-heart-dev-errors-of-raw-data", hang=4)

    assert console.wrapped(text, 40).splitlines() == [
        "  + alarm errors:",
        "      acme-heart-dev-errors-of-raw-data",
    ]


def test_a_note_is_aligned_below_its_first_word() -> None:
    assert console.wrapped(line.note("one two three four"), 16) == (
        "Note: one two\n      three four"
    )


def test_a_name_that_does_not_fit_is_not_cut() -> None:
    name = "arn:aws:iam::123456789012:role/a-very-long-name"

    assert name in console.wrapped(f"  role: {name}", 20)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            "Run `ansible-playbook deploy.yml -e env=dev` first.",
            "`ansible-playbook deploy.yml -e env=dev`",
        ),
        (
            "  next  ansible-playbook ingest.yml -e env=dev",
            "ansible-playbook ingest.yml -e env=dev",
        ),
        ("  log in: ssh -i key admin@203.0.113.7", "ssh -i key admin@203.0.113.7"),
    ],
)
def test_a_command_is_not_cut_so_that_it_can_be_copied(text: str, command: str) -> None:
    assert command in console.wrapped(text, 20).replace("\n", "|")


@pytest.mark.parametrize("columns", [None, 200])
def test_what_fits_is_left_as_it_is(columns: int | None) -> None:
    text = "  a   table    row  " + "x" * 100

    assert console.wrapped(text, columns) == text


def test_columns_decide_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")

    assert console.width() == 72


def test_a_pipe_has_no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.stdout", MagicMock(isatty=lambda: False))

    assert console.width() is None


def test_a_process_without_the_terminal_has_the_width_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console, "_at_start", [None])
    monkeypatch.setenv("COLUMNS", "72")
    console.measure()
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr("sys.stdout", MagicMock(isatty=lambda: False))

    assert console.width() == 72


def test_each_style_has_a_colour() -> None:
    assert set(console.COLOURS) == set(line.STYLES)


def test_a_style_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown style"):
        line.line("text", "blinking")


def test_a_line_has_the_colour_of_its_style_whatever_it_begins_with() -> None:
    display = MagicMock()

    console.show(display, [line.line("- a list item"), line.line("gone", "delete"), "plain"])

    printed = [(call.args[0], call.kwargs["color"]) for call in display.display.call_args_list]
    assert printed == [("- a list item", None), ("gone", "red"), ("plain", None)]


@pytest.mark.parametrize(
    ("callback", "variables", "stderr"),
    [
        (console.CALLBACK, {}, False),
        (console.CALLBACK, {"output": "json"}, True),
        ("default", {}, False),
        ("minimal", {}, True),
        ("ansible.posix.json", {}, True),
    ],
)
def test_progress_stays_off_standard_output_where_a_program_reads_it(
    monkeypatch: pytest.MonkeyPatch, callback: str, variables: dict[str, str], stderr: bool
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)

    assert console.progress_goes_to_stderr(variables) is stderr
