"""A podman container that boots systemd in an existing network namespace."""

import logging
import os
import select
import tempfile
from collections.abc import Mapping
from importlib import resources

from localcloud.hosts import host_network, network, profile
from localcloud.hosts.podman import SCOPE_LABEL, podman, remove
from localcloud.shell import CommandError, run

log = logging.getLogger(__name__)

STOP_SECONDS = 30
CONSOLE_BYTES = 65536  # the size that EC2 keeps

_EXIT_REBOOT = 129  # exit code of a container's init on reboot(2), see profile.py


class Container:
    """The container of a guest or a plain machine; methods return when podman is done."""

    def __init__(
        self,
        scope: str,
        name: str,
        hostname: str,
        endpoint: network.Endpoint,
        image: str,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.name = f"lc-{scope}.{name}"
        self.endpoint = endpoint
        self._hostname, self._image = hostname, image
        self._monitor: int | None = None  # a pidfd
        self._labels = {**(labels or {}), SCOPE_LABEL: scope}

    def create(self, files: Mapping[str, str] | None = None) -> None:
        """Create the container with `files` (path in the guest → text); nothing runs yet."""
        podman(
            "create",
            f"--name={self.name}",
            f"--hostname={self._hostname}",
            f"--network=ns:{self.endpoint.path}",
            *(f"--label={name}={value}" for name, value in self._labels.items()),
            f"--stop-timeout={STOP_SECONDS}",
            *profile.guest_options(),
            self._image,
            "/sbin/init",
        )
        for path, text in (files or {}).items():
            self._write(path, text)

    def start(self) -> int:
        """Boot the guest; returns the pid of its init.

        Raises CommandError if it does not start.
        """
        self._await_end_of_monitor()
        podman("init", self.name)
        pid, monitor = map(int, self._inspect("{{.State.Pid}} {{.State.ConmonPid}}").split())
        self._monitor = os.pidfd_open(monitor)
        self._prepare(pid)
        podman("start", self.name)
        return pid

    def _await_end_of_monitor(self) -> None:
        """Wait until the conmon process of the last boot has exited.

        When a container ends, conmon becomes `podman container cleanup`. This would mistake a
        container that was initialised meanwhile for the old one and clean it up.
        """
        if self._monitor is None:
            return
        with os.fdopen(self._monitor, "rb") as descriptor:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(STOP_SECONDS * 1000):
                raise CommandError(f"{self.name}: its last boot is not cleaned up")
        self._monitor = None

    def _prepare(self, pid: int) -> None:
        """Run guest/prepare.sh in the guest, after the container's set-up and before its init."""
        script = resources.files("localcloud.hosts.guest").joinpath("prepare.sh").read_text("utf-8")
        inside = ["nsenter", f"--target={pid}", "--mount", "--pid", "--net"]
        arguments = [self._hostname, *host_network.nameservers()]
        run(
            [*inside, "sh", "-c", script, "prepare", *arguments],
            stdin=profile.pip_configuration(os.environ),
        )

    def stop(self) -> None:
        """Shut the guest down cleanly; kill it after STOP_SECONDS."""
        podman("stop", f"--time={STOP_SECONDS}", self.name)

    def remove(self) -> None:
        """Remove the container and its volumes."""
        try:
            remove(self.name)
        except CommandError as error:
            log.warning("%s", error)
        if self._monitor is not None:
            os.close(self._monitor)
            self._monitor = None

    def wants_reboot(self) -> bool:
        """Whether a guest that ended by itself asked for a reboot rather than power-off."""
        podman("wait", self.name)
        return self._inspect("{{.State.ExitCode}}") == str(_EXIT_REBOOT)

    def console(self) -> str:
        """The last CONSOLE_BYTES of the guest's console output."""
        return podman("logs", self.name)[-CONSOLE_BYTES:]

    def _write(self, path: str, text: str) -> None:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            podman("cp", file.name, f"{self.name}:{path}")

    def _inspect(self, template: str) -> str:
        return podman("inspect", f"--format={template}", self.name)
