"""A local cloud's pid, log and working files, and the check whether it is running.

A server holds a file lock for its whole lifetime. The kernel releases the lock however the server
ends, so the check does not rely on a pid that another process may have reused.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.leases import Leases


@dataclass(frozen=True)
class ServerInfo:
    """The facts that a running server records in its state directory."""

    pid: int
    port: int
    hosts: str
    started_at: str
    enforce_iam: bool = False


class State:
    """The files of the local cloud on one port."""

    def __init__(self, port: int, base: Path | None = None) -> None:
        self.port = port
        base = base or base_directory()
        self.directory = base / str(port)
        self.leases = Leases(base / "leases", str(port))
        self.log = self.directory / "server.log"
        self.amis = self.directory / "amis.json"
        self._info = self.directory / "server.json"
        self._lock = self.directory / "lock"

    def prepare(self) -> None:
        """Create the directory, readable only by its owner: it names live credentials' host."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def is_running(self) -> bool:
        """Whether a server holds this port's lock."""
        if not self._lock.exists():
            return False
        with self._lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; raise BlockingIOError if another server holds it."""
        with self._locked():
            # Written by the last server: another process may have its pid now.
            self._info.unlink(missing_ok=True)
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        while True:
            self.prepare()
            with self._lock.open("wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not self._is_the_lock(file.fileno()):
                    continue  # `remove` deleted the file between our open and lock
                yield
                return

    def _is_the_lock(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._lock.stat())
        except FileNotFoundError:
            return False

    def remove(self, *, keep_log: bool) -> None:
        """Remove the files of a stopped server; those of a new server are kept."""
        if not self.directory.exists():
            return
        # The directory stays if it is not empty: it has our log, or a new server's files.
        with suppress(OSError), self._locked():
            for file in self.directory.iterdir():
                if file != self.log or not keep_log:
                    file.unlink()
            self.directory.rmdir()

    def logged_errors(self) -> bool:
        """Whether the log contains an error."""
        if not self.log.exists():
            return False
        return " ERROR " in self.log.read_text(encoding="utf-8", errors="replace")

    def write_info(self, info: ServerInfo) -> None:
        """Replace server.json atomically."""
        draft = self._info.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(info)), encoding="utf-8")
        draft.replace(self._info)

    def info(self) -> ServerInfo | None:
        """The running server's record; None if no server is running."""
        if not self.is_running() or not self._info.exists():
            return None
        return ServerInfo(**json.loads(self._info.read_text(encoding="utf-8")))


def base_directory() -> Path:
    """`/run/localcloud` for root, `$XDG_STATE_HOME/localcloud` for other users."""
    if os.geteuid() == 0:
        return Path("/run/localcloud")
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "localcloud"
