"""This machine's properties, and how to start a guest that runs systemd on it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CAP_SYS_RESOURCE = 24

# Required by systemd, a nested docker and `ansible.builtin.reboot`, without --privileged.
# SYS_BOOT distinguishes power-off (exit code 130) from reboot (129).
_GUEST = (
    "--systemd=always",
    "--tty",  # the guest's console, for GetConsoleOutput
    "--cgroupns=private",
    "--no-hosts",
    "--cap-add=SYS_BOOT,SYS_ADMIN,NET_ADMIN",
    "--device-cgroup-rule=c 5:1 rwm",
    "--device-cgroup-rule=c 10:200 rwm",
    "--volume=/var/lib/docker",  # docker needs a real directory: overlay on overlay does not work
    "--shm-size=1g",
    "--log-driver=k8s-file",
)


@dataclass(frozen=True)
class HostProfile:
    """The host properties that determine how a guest is started."""

    unified_cgroups: bool
    may_raise_limits: bool
    has_runc: bool

    def containers_conf(self) -> str:
        """Our own containers.conf, so that the machine's file does not affect guests."""
        lines = ["[containers]"]
        if not self.may_raise_limits:
            # podman's defaults exceed what a machine without CAP_SYS_RESOURCE may set.
            lines.append('default_ulimits=["nofile=4096:4096","nproc=8192:8192"]')
        lines += ["[engine]", 'events_logger="file"']
        if self.has_runc and not self.unified_cgroups:
            lines.append('runtime="runc"')  # crun does not support hybrid cgroups
        return "\n".join(lines) + "\n"


def detect() -> HostProfile:
    """Detect this machine's properties."""
    return HostProfile(
        unified_cgroups=unified_cgroups(),
        may_raise_limits=has_capability(
            Path("/proc/self/status").read_text(encoding="ascii"), _CAP_SYS_RESOURCE
        ),
        has_runc=shutil.which("runc") is not None,
    )


def unified_cgroups() -> bool:
    """Whether the machine has only cgroup v2, not v1 or both."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def has_capability(status: str, number: int) -> bool:
    """Whether the bounding set in the text of /proc/<pid>/status includes a capability."""
    line = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    return bool(int(line.split()[1], 16) >> number & 1)


def guest_options() -> list[str]:
    """The `podman create` options for a guest on this machine."""
    options = list(_GUEST)
    for directory in wheel_directories(os.environ):
        options.append(f"--volume={directory}:{directory}:ro")
    return options


def wheel_directories(environment: Mapping[str, str]) -> list[Path]:
    """The local directories in PIP_FIND_LINKS; guests see them at the same path."""
    named = environment.get("PIP_FIND_LINKS", "").split()
    paths = [Path(one.removeprefix("file://")) for one in named]
    return [path for path in paths if path.is_absolute() and path.is_dir()]


def pip_configuration(environment: Mapping[str, str]) -> str:
    """A guest's /etc/pip.conf: the machine's wheel directories and the system's CAs.

    pip has its own list of CAs, without those that were added to this machine.
    """
    lines = ["[global]", "cert = /etc/ssl/certs/ca-certificates.crt"]
    directories = wheel_directories(environment)
    if directories:
        lines.append("find-links = " + " ".join(map(str, directories)))
    return "\n".join(lines) + "\n"
