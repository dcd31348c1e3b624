"""Whether a server runs is told by its lock, not by a pid."""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from localcloud.state import ServerInfo, State

INFO = ServerInfo(pid=1, port=5700, hosts="none", started_at="2026-01-01T00:00:00+00:00")


def test_running_is_while_the_lock_is_held(tmp_path: Path) -> None:
    state = State(5700, tmp_path)
    assert not state.is_running()

    with state.held():
        state.write_info(INFO)
        assert state.is_running()
        assert state.info() == INFO

    assert not state.is_running()
    assert state.info() is None, "what a dead server wrote is not believed"


def test_a_server_that_has_not_spoken_yet_is_not_taken_for_the_last_one(tmp_path: Path) -> None:
    state = State(5700, tmp_path)
    with state.held():
        state.write_info(INFO)

    with state.held():
        assert state.is_running()
        assert state.info() is None


def test_only_one_server_at_a_time(tmp_path: Path) -> None:
    with State(5700, tmp_path).held(), pytest.raises(BlockingIOError):
        State(5700, tmp_path).held().__enter__()


def test_ports_do_not_meet(tmp_path: Path) -> None:
    with State(5700, tmp_path).held():
        assert not State(5701, tmp_path).is_running()


def test_the_directory_is_its_owners(tmp_path: Path) -> None:
    state = State(5700, tmp_path)
    state.prepare()

    assert state.directory.stat().st_mode & 0o077 == 0


def test_nothing_stays_of_a_server_that_ended_well(tmp_path: Path) -> None:
    state = State(5700, tmp_path)
    with state.held():
        state.write_info(INFO)
        state.log.write_text("12:00 INFO MainThread stopped\n")

    assert not state.logged_errors()
    state.remove(keep_log=False)

    assert list(tmp_path.iterdir()) == []


def test_the_log_alone_stays_where_it_is_wanted(tmp_path: Path) -> None:
    state = State(5700, tmp_path)
    with state.held():
        state.write_info(INFO)
        state.log.write_text("12:00 ERROR machines_0 i-1 does not start\n")

    assert state.logged_errors()
    state.remove(keep_log=True)

    assert list(state.directory.iterdir()) == [state.log]


def test_a_new_servers_files_are_left_alone(tmp_path: Path) -> None:
    state = State(5700, tmp_path)
    with state.held():
        state.write_info(INFO)

        State(5700, tmp_path).remove(keep_log=False)

        assert state.info() == INFO


def test_a_lock_that_was_removed_before_it_was_taken_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, take = State(5700, tmp_path), fcntl.flock

    def take_late(file: Any, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", take)
        State(5700, tmp_path).remove(keep_log=False)
        take(file, how)

    monkeypatch.setattr(fcntl, "flock", take_late)
    with state.held():
        assert State(5700, tmp_path).is_running()
