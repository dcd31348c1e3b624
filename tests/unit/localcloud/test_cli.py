"""The commands, with the APIs alone: no root and no podman needed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import cli, daemon, state
from localcloud.hosts import preflight, reap


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(state, "base_directory", lambda: tmp_path / "localcloud")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


def test_env_is_for_eval_and_hides_real_credentials(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["env", "--port", str(port)]) == 0

    lines = capsys.readouterr().out
    shell = subprocess.run(
        ["sh", "-c", f"{lines}\nenv"],
        env={"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "real", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"AWS_ENDPOINT_URL=http://127.0.0.1:{port}" in shell
    assert "AWS_REGION=us-west-2" in shell
    assert not re.search("AWS_PROFILE|AWS_SESSION_TOKEN", shell)


def test_env_unset_removes_everything_that_env_exports(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["env", "--port", str(port)])
    cli.main(["env", "--unset", "--port", str(port)])

    lines = capsys.readouterr().out
    shell = subprocess.run(
        ["sh", "-c", f"{lines}\nenv"],
        env={"PATH": os.environ["PATH"], "AWS_CA_BUNDLE": "own"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.findall("^AWS_.*", shell, re.MULTILINE) == ["AWS_CA_BUNDLE=own"]


def test_status_of_nothing(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--port", str(port)]) == 1

    assert "not running" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["localcloud status", "localcloud env", "localcloud --help", "cardiology --help"]
)
def test_a_closed_pipe_is_quiet(port: int, command: str) -> None:
    """What `localcloud status | head -0` does."""
    program, argument = command.split()
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", f"{program}.cli", argument]
        + (["--port", str(port)] if argument != "--help" else []),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    # argparse itself ignores that its help cannot be written.
    assert done.returncode == (0 if argument == "--help" else 128 + signal.SIGPIPE)
    assert not re.search("Traceback|BrokenPipe", done.stderr)


def test_closed_standard_error_does_not_stop_the_work(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_words: object, **_options: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", closed)
    assert cli.main(["down", "--port", str(port)]) == 0


def test_ctrl_c_is_one_line(
    port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_state: state.State) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(daemon, "found", interrupted)
    assert cli.main(["status", "--port", str(port)]) == 128 + signal.SIGINT
    assert capsys.readouterr().err == "localcloud: interrupted\n"


def test_ctrl_c_during_the_start_leaves_no_server(
    real_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def interrupted(_state: state.State, process: subprocess.Popen[bytes]) -> None:
        begun.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(daemon, "_wait_for_start", interrupted)
    cli.main(["up", "--hosts", "none", "--port", str(real_port)])
    begun[0].wait(600)
    assert not state.State(real_port).is_running()


def test_a_port_that_something_else_has(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", port)):
        assert cli.main(["up", "--hosts", "none", "--port", str(port)]) == 1

    assert capsys.readouterr().err == (
        f"localcloud: port {port} is in use by another program: choose another with --port\n"
    )


def test_hosts_without_root_are_one_clear_sentence(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["up", "--port", str(port)]) == 1

    words = capsys.readouterr().err
    assert "need root" in words
    assert "--hosts none" in words
    assert words.count("\n") == 1


def test_what_is_missing_is_named_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(preflight.shutil, "which", lambda tool: None)

    assert "apt-get install podman iproute2 nftables util-linux runc" in str(preflight.problem())

    monkeypatch.setattr(preflight.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    assert preflight.problem() is None


@pytest.mark.parametrize(("unified", "enough"), [(True, True), (False, False)])
def test_crun_alone_will_do_where_it_works(
    unified: bool, enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(preflight, "unified_cgroups", lambda: unified)
    monkeypatch.setattr(preflight.shutil, "which", lambda tool: None if tool == "runc" else tool)

    assert (preflight.problem() is None) is enough


def test_a_server_that_is_there_but_does_not_answer_is_left_alone(
    port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(daemon, "_ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(cli, "_require_hosts", lambda options: None)
    monkeypatch.setattr(cli, "_remove_leftovers", lambda state: pytest.fail("reaped a live cloud"))

    with state.State(port).held():
        assert cli.main(["up", "--port", str(port)]) == 1

    assert "does not answer" in capsys.readouterr().err


def test_ports_out_of_range_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["status", "--port", "80"])

    assert "not between 1024 and 65535" in capsys.readouterr().err


@pytest.fixture
def real_port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    yield number
    files = state.State(number)
    daemon.stop(files)
    files.remove(keep_log=False)


def test_up_status_down(real_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    port = ["--port", str(real_port)]
    assert cli.main(["up", "--hosts", "none", *port]) == 0
    assert cli.main(["status", *port]) == 0
    words = capsys.readouterr().out
    assert "every AMI boots Debian 12" in words
    assert "instances are only records" in words
    assert "no instances" not in words

    assert cli.main(["up", "--hosts", "none", *port]) == 0
    assert "already up" in capsys.readouterr().err

    assert cli.main(["down", *port]) == 0
    assert not state.State(real_port).directory.exists()
    assert cli.main(["down", *port]) == 0
    assert "see " not in capsys.readouterr().err
    assert cli.main(["status", *port]) == 1


def test_the_log_of_a_server_that_died_is_kept(
    real_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    port, files = ["--port", str(real_port)], state.State(real_port)
    assert cli.main(["up", "--hosts", "none", *port]) == 0
    info = files.info()
    assert info
    os.kill(info.pid, signal.SIGKILL)
    while files.is_running():
        time.sleep(0.01)

    assert cli.main(["down", *port]) == 0

    assert list(files.directory.iterdir()) == [files.log]
    assert f"see {files.log}" in capsys.readouterr().err
    shutil.rmtree(files.directory)


@pytest.mark.parametrize("command", ["up", "down"])
def test_leftovers_are_removed_whatever_hosts_are_wanted_now(
    real_port: int, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaped: list[str] = []
    monkeypatch.setattr(preflight, "problem", lambda: None)
    monkeypatch.setattr(reap, "reap", lambda scope: reaped.append(scope) or 0)
    hosts = ["--hosts", "none"] if command == "up" else []

    assert cli.main([command, *hosts, "--port", str(real_port)]) == 0

    assert reaped == [str(real_port)]


def test_a_killed_server_is_seen_and_replaced(real_port: int) -> None:
    port = ["--port", str(real_port)]
    assert cli.main(["up", "--hosts", "none", *port]) == 0
    info = state.State(real_port).info()
    assert info
    os.kill(info.pid, signal.SIGKILL)

    assert cli.main(["up", "--hosts", "none", *port]) == 0

    after = state.State(real_port).info()
    assert after
    assert after.pid != info.pid
