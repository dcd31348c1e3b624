"""One guest: a podman container that boots systemd in a network namespace made before it."""

import logging
import os
import select
import tempfile
from collections.abc import Mapping
from importlib import resources

from localcloud import host_network, network, profile
from localcloud.podman import SCOPE_LABEL, podman, remove
from localcloud.shell import CommandError, run

log = logging.getLogger(__name__)

STOP_SECONDS = 30
CONSOLE_BYTES = 65536  # as much as EC2 keeps

_EXIT_REBOOT = 129  # what a container's init ends with on reboot(2), see profile.py


class Machine:
    """A guest's container; the methods return when podman has acted."""

    def __init__(
        self,
        scope: str,
        name: str,
        hostname: str,
        endpoint: network.Endpoint,
        image: str,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.container = f"lc-{scope}.{name}"
        self.endpoint = endpoint
        self._hostname, self._image = hostname, image
        self._monitor: int | None = None  # a pidfd
        self._labels = {**(labels or {}), SCOPE_LABEL: scope}

    def create(self, files: Mapping[str, str] | None = None) -> None:
        """Make the container, with `files` (path in the guest → text) in it; nothing runs yet."""
        podman(
            "create",
            f"--name={self.container}",
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
        """Boot; returns the pid of the guest's init.

        Raises CommandError when it does not start.
        """
        self._await_end_of_monitor()
        podman("init", self.container)
        pid, monitor = map(int, self._inspect("{{.State.Pid}} {{.State.ConmonPid}}").split())
        self._monitor = os.pidfd_open(monitor)
        self._prepare(pid)
        podman("start", self.container)
        return pid

    def _await_end_of_monitor(self) -> None:
        """Wait until conmon, which watched over the last boot, is gone.

        After a container's end conmon becomes `podman container cleanup`. That would take a
        container initialised meanwhile for the old one, and clean it away.
        """
        if self._monitor is None:
            return
        with os.fdopen(self._monitor, "rb") as descriptor:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(STOP_SECONDS * 1000):
                raise CommandError(f"{self.container}: its last boot is not cleaned up")
        self._monitor = None

    def _prepare(self, pid: int) -> None:
        """Run guest/prepare.sh inside, between the container's set-up and its init."""
        script = resources.files("localcloud.guest").joinpath("prepare.sh").read_text("utf-8")
        inside = ["nsenter", f"--target={pid}", "--mount", "--pid", "--net"]
        arguments = [self._hostname, *host_network.nameservers()]
        run(
            [*inside, "sh", "-c", script, "prepare", *arguments],
            stdin=profile.pip_configuration(os.environ),
        )

    def stop(self) -> None:
        """Shut the guest down in order; by force after STOP_SECONDS."""
        podman("stop", f"--time={STOP_SECONDS}", self.container)

    def remove(self) -> None:
        """Remove the container and its volumes."""
        try:
            remove(self.container)
        except CommandError as error:
            log.warning("%s", error)
        if self._monitor is not None:
            os.close(self._monitor)
            self._monitor = None

    def wants_reboot(self) -> bool:
        """Whether the guest, which has ended by itself, asked for a reboot and not to be off."""
        podman("wait", self.container)
        return self._inspect("{{.State.ExitCode}}") == str(_EXIT_REBOOT)

    def console(self) -> str:
        """The last of what the guest wrote to its console."""
        return podman("logs", self.container)[-CONSOLE_BYTES:]

    def _write(self, path: str, text: str) -> None:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            podman("cp", file.name, f"{self.container}:{path}")

    def _inspect(self, template: str) -> str:
        return podman("inspect", f"--format={template}", self.container)
