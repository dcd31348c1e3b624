"""Which machine is idle, and for how long."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).parents[3] / "roles/idle_shutdown/files/idle_shutdown.py"
SETTINGS = {"minutes": 5, "busy_units": "work-*.service", "busy_percent": 5}
#: As in /proc/net/tcp: one listening socket, one SSH connection to here and one from here.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0A58200A:0016 0158200A:C350 01 00000000:00000000 00:00000000 00000000     0
   2: 0A58200A:C350 0158200A:0016 01 00000000:00000000 00:00000000 00000000     0
   3: 0A58200A:0016 0158200A:C351 06 00000000:00000000 00:00000000 00000000     0
"""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The program on an idle machine."""
    spec = importlib.util.spec_from_file_location("idle_shutdown", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "STATE", tmp_path / "run/state.json")
    monkeypatch.setattr(module, "PROC", tmp_path / "proc")
    monkeypatch.setattr(module.os, "sysconf", lambda _name: 100)
    monkeypatch.setattr(module, "active_units", lambda _pattern: [])
    monkeypatch.setattr(module, "ssh_connections", lambda _tables: 0)
    return module


def process(program: ModuleType, group: str, seconds: float, started: int = 7) -> None:
    """Let a process, with its ended children, have taken this much processor time."""
    folder = program.PROC / "4711"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("cgroup").write_text(f"1:name=systemd:{group}\n0::{group}\n")
    times = f"1 2 {seconds * 100 - 6:.0f} 3"
    rest = f"S 1 4711 4711 0 -1 4194560 1 2 3 4 {times} 20 0 1 0 {started} 1 2"
    folder.joinpath("stat").write_text(f"4711 (a) R 9 9 (b) {rest}\n")


def test_only_established_connections_to_the_ssh_daemon_count(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert program.ssh_connections([TABLE, TABLE]) == 2
    assert program.ssh_connections([TABLE.splitlines()[0], ""]) == 0


def test_a_machine_is_idle_from_the_first_check_that_finds_nothing(program: ModuleType) -> None:
    assert program.check(SETTINGS, 1000) == (False, "Idle for 0 of 5 minutes.")
    assert program.check(SETTINGS, 1299) == (False, "Idle for 4 of 5 minutes.")
    assert program.check(SETTINGS, 1300) == (True, "Idle for 5 of 5 minutes.")


def test_work_starts_the_count_again(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    program.check(SETTINGS, 1000)
    with monkeypatch.context() as work:
        work.setattr(program, "active_units", lambda pattern: [pattern])
        assert program.check(SETTINGS, 1299) == (False, "Busy: work-*.service.")
    assert not program.check(SETTINGS, 1301)[0]
    assert program.check(SETTINGS, 1599)[0]


def test_somebody_who_is_connected_keeps_it_on(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "ssh_connections", lambda _tables: 2)
    program.check(SETTINGS, 0)
    assert program.check(SETTINGS, 9000) == (False, "Busy: 2 SSH connections.")


@pytest.mark.parametrize(
    "group",
    [
        "/user.slice/user-1000.slice/session-3.scope",
        "/machine.slice/machine-a.scope",
        "/system.slice/docker-0a1b.scope",
        "/docker/0a1b",
        "/system.slice/ssh.service",
        "/system.slice/sshd.service",
    ],
)
def test_the_work_of_users_and_containers_keeps_it_on(program: ModuleType, group: str) -> None:
    process(program, group, 50)
    program.check(SETTINGS, 1000)
    process(program, group, 53)
    busy, line = program.check(SETTINGS, 1060)
    assert (busy, line) == (False, "Busy: users and containers take 5 % of a processor.")
    process(program, group, 55.9)
    assert program.check(SETTINGS, 1120)[1].startswith("Idle")


@pytest.mark.parametrize(
    "group", ["/system.slice/cron.service", "/init.scope", "/system.slice/docker.service"]
)
def test_the_work_of_the_system_does_not_count(program: ModuleType, group: str) -> None:
    process(program, group, 1)
    program.check(SETTINGS, 1000)
    process(program, group, 60)
    assert program.check(SETTINGS, 1060)[1].startswith("Idle")


def test_a_process_that_is_new_counts_from_its_start(program: ModuleType) -> None:
    process(program, "/user.slice", 100)
    program.check(SETTINGS, 1000)
    process(program, "/user.slice", 30, started=8)
    assert (
        program.check(SETTINGS, 1060)[1] == "Busy: users and containers take 50 % of a processor."
    )


def test_a_process_that_has_just_ended_is_left_out(program: ModuleType) -> None:
    (program.PROC / "4712").mkdir(parents=True)
    assert program.processor_seconds(program.PROC) == {}


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_state_that_cannot_be_read_is_the_state_after_a_boot(
    program: ModuleType, text: str
) -> None:
    program.check(SETTINGS, 0)
    program.STATE.write_text(text)
    assert program.check(SETTINGS, 9000) == (False, "Idle for 0 of 5 minutes.")


def test_a_machine_whose_units_cannot_be_listed_stays_on(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_pattern: str) -> list[str]:
        raise OSError("no bus")

    program.check(SETTINGS, 0)
    monkeypatch.setattr(program, "active_units", broken)
    with pytest.raises(OSError, match="no bus"):
        program.check(SETTINGS, 9000)


@pytest.mark.parametrize(
    ("words", "orders"), [([], [("systemctl", "poweroff")]), (["--dry-run"], [])]
)
def test_it_powers_off_unless_it_is_a_dry_run(
    program: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    orders: list[tuple[str, str]],
) -> None:
    given: list[tuple[str, str]] = []
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({**SETTINGS, "minutes": 0}))
    monkeypatch.setattr(program.sys, "argv", ["idle-shutdown", *words, str(settings)])
    monkeypatch.setattr(
        program.subprocess, "run", lambda command, **_options: given.append(command)
    )
    assert program.main() == 0
    assert given == orders
    assert "This machine powers off; its disk is kept." in capsys.readouterr().out
