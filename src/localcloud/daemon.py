"""Start, query and stop the server process of one port."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from localcloud.environment import endpoint
from localcloud.errors import LocalCloudError
from localcloud.state import State

# Upper limits: every wait ends on success. They are long enough for a busy machine.
_START_SECONDS = 300.0
_STOP_SECONDS = 120.0
_ANSWER_SECONDS = 120.0
_CALL_SECONDS = 30.0


def status(state: State) -> dict[str, Any] | None:
    """The status that the server on this port reports; None if it is not running or not ready."""
    if not state.is_running():
        return None
    url = f"{endpoint(state.port)}/localcloud/status"
    # Bypass the machine's proxy settings: the server is on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_CALL_SECONDS) as answer:
            document: dict[str, Any] = json.load(answer)
    except (urllib.error.URLError, OSError):
        return None
    return document


def found(state: State) -> dict[str, Any] | None:
    """Like `status`, but waits for a running server to answer.

    Raises LocalCloudError if it does not answer: a caller that treated it as absent would remove
    the machines of a running cloud.
    """
    deadline = time.monotonic() + _ANSWER_SECONDS
    while state.is_running():
        document = status(state)
        if document:
            return document
        if time.monotonic() > deadline:
            raise LocalCloudError(
                f"the server of port {state.port} does not answer: "
                f"run `localcloud down --port {state.port}` first"
            )
        time.sleep(0.1)
    return None


def start(state: State, hosts: str, enforce_iam: bool = False) -> None:
    """Start the server and wait until it answers.

    Raises LocalCloudError with the end of its log if it does not.
    """
    state.prepare()
    with state.log.open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "localcloud.server"),
                *(f"--port={state.port}", f"--hosts={hosts}"),
                *(["--enforce-iam"] if enforce_iam else []),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_server_environment(),
            start_new_session=True,
        )
    try:
        _wait_for_start(state, process)
    except KeyboardInterrupt:
        process.terminate()
        raise


def _wait_for_start(state: State, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while status(state) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise LocalCloudError(
                f"the server did not start; {state.log} ends:\n{_tail(state.log)}"
            )
        time.sleep(0.05)


def stop(state: State) -> bool:
    """Stop the server; returns False if none was running."""
    if not state.is_running():
        return False
    info = state.info()
    if info is None:  # it is just starting or stopping
        found(state)
        info = state.info()
    if info is None:
        return False
    os.kill(info.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while state.is_running():
        if time.monotonic() > deadline:
            os.kill(info.pid, signal.SIGKILL)
        time.sleep(0.02)
    return True


def require_free_port(port: int) -> None:
    """Raise LocalCloudError if another program listens on the port."""
    with socket.socket() as probe:
        # As the server does: leftover connections of a stopped server do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise LocalCloudError(
                f"port {port} is in use by another program: choose another with --port"
            ) from None


def _server_environment() -> dict[str, str]:
    """This process's environment without AWS variables, with this package on PYTHONPATH."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    paths = [str(Path(__file__).resolve().parents[1]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return environment


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
