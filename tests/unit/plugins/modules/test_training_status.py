"""News of a run: read whole or not at all, and told as soon as there are some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.modules import training_status as module

UNIT = "cardiology-training@x.service"


class Host:
    """A host whose unit and progress change while time passes by sleeping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.now = 0.0
        self.active = True
        self.fresh_at: float | None = None
        self.ends_at: float | None = None
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(module.time, "sleep", self._sleep)
        monkeypatch.setattr(module, "unit_state", lambda _unit: (self.active, "success"))

    def write(self, updated_at: str) -> None:
        (self.run_dir / "progress.json").write_text(json.dumps({"updated_at": updated_at}))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.fresh_at is not None and self.now >= self.fresh_at:
            self.write("new")
        if self.ends_at is not None and self.now >= self.ends_at:
            self.active = False


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Host:
    return Host(monkeypatch, tmp_path)


def test_progress_not_seen_before_is_told_at_once(host: Host) -> None:
    host.write("new")
    assert module.news(host.run_dir, UNIT, "old", 4)["progress"] == {"updated_at": "new"}
    assert host.now == 0


def test_progress_seen_before_is_waited_on(host: Host) -> None:
    host.write("old")
    host.fresh_at = 2.0
    assert module.news(host.run_dir, UNIT, "old", 4)["progress"] == {"updated_at": "new"}
    assert 2 <= host.now < 3


def test_the_wait_ends(host: Host) -> None:
    host.write("old")
    answer = module.news(host.run_dir, UNIT, "old", 4)
    assert answer["active"]
    assert 4 <= host.now < 5


def test_the_end_of_the_unit_is_news(host: Host) -> None:
    host.write("old")
    host.ends_at = 1.0
    assert not module.news(host.run_dir, UNIT, "old", 4)["active"]
    assert host.now < 2


@pytest.mark.parametrize("text", ["", "{", "[1]", None])
def test_a_file_that_is_no_json_object_counts_as_none(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "progress.json"
    if text is not None:
        path.write_text(text)
    assert module.read_json(path) is None


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("Result=success\nActiveState=active\n", (True, "success")),
        ("Result=success\nActiveState=deactivating\n", (True, "success")),
        ("Result=success\nActiveState=inactive\n", (False, "success")),
        ("Result=oom-kill\nActiveState=failed\n", (False, "oom-kill")),
    ],
)
def test_a_unit_runs_until_it_is_inactive_or_failed(
    monkeypatch: pytest.MonkeyPatch, shown: str, expected: tuple[bool, str]
) -> None:
    monkeypatch.setattr(module, "output", lambda *_command: shown)
    assert module.unit_state(UNIT) == expected
