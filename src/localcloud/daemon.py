"""Start, look at and stop the server of one port, from outside it."""

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

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 30.0


def status(state: State) -> dict[str, Any] | None:
    """What the server of this port says; None when it does not run, or not yet."""
    if not state.is_running():
        return None
    url = f"{endpoint(state.port)}/localcloud/status"
    # A proxy of the machine's must not come between us and our own loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            document: dict[str, Any] = json.load(answer)
    except (urllib.error.URLError, OSError):
        return None
    return document


def found(state: State) -> dict[str, Any] | None:
    """As `status`, but a server that is there is given time to answer.

    Raises LocalCloudError when it does not: whoever takes it for absent would reap a live cloud.
    """
    deadline = time.monotonic() + _ANSWER_SECONDS
    while state.is_running():
        document = status(state)
        if document:
            return document
        if time.monotonic() > deadline:
            raise LocalCloudError(
                f"the server of port {state.port} does not answer: `localcloud down` first"
            )
        time.sleep(0.1)
    return None


def start(state: State, hosts: str, enforce_iam: bool = False) -> None:
    """Start the server and wait until it answers.

    Raises LocalCloudError with the end of its log when it does not.
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
    deadline = time.monotonic() + _START_SECONDS
    while status(state) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise LocalCloudError(
                f"the server did not start; {state.log} ends:\n{_tail(state.log)}"
            )
        time.sleep(0.05)


def stop(state: State) -> bool:
    """Stop the server; False when none ran."""
    if not state.is_running():
        return False
    info = state.info()
    if info is None:  # it came up or went away just now
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
    """Raise LocalCloudError when something else listens on the port."""
    with socket.socket() as probe:
        # As the server itself does: connections of a server just stopped are no obstacle.
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
    """This process's environment, able to import this package from anywhere, without AWS's own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    paths = [str(Path(__file__).resolve().parents[1]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return environment


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
