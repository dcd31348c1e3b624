"""What this machine is, and how a guest that runs systemd must be started on it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CAP_SYS_RESOURCE = 24

# What systemd, a nested docker and `ansible.builtin.reboot` need, short of --privileged:
# SYS_BOOT tells power-off (exit code 130) from reboot (129).
_GUEST = (
    "--systemd=always",
    "--tty",  # the guest's console, which GetConsoleOutput shows
    "--cgroupns=private",
    "--no-hosts",
    "--cap-add=SYS_BOOT,SYS_ADMIN,NET_ADMIN",
    "--device-cgroup-rule=c 5:1 rwm",
    "--device-cgroup-rule=c 10:200 rwm",
    "--volume=/var/lib/docker",  # overlay on overlay does not work: docker needs a real directory
    "--shm-size=1g",
    "--log-driver=k8s-file",
)


@dataclass(frozen=True)
class HostProfile:
    """The properties of the host that decide how a guest is started."""

    unified_cgroups: bool
    may_raise_limits: bool
    has_runc: bool

    def containers_conf(self) -> str:
        """Our own containers.conf: what the machine's may say must not change a guest."""
        lines = ["[containers]"]
        if not self.may_raise_limits:
            # podman's defaults are above what a machine without CAP_SYS_RESOURCE may set.
            lines.append('default_ulimits=["nofile=4096:4096","nproc=8192:8192"]')
        lines += ["[engine]", 'events_logger="file"']
        if self.has_runc and not self.unified_cgroups:
            lines.append('runtime="runc"')  # crun refuses hybrid cgroups
        return "\n".join(lines) + "\n"


def detect() -> HostProfile:
    """Look at this machine."""
    return HostProfile(
        unified_cgroups=unified_cgroups(),
        may_raise_limits=has_capability(
            Path("/proc/self/status").read_text(encoding="ascii"), _CAP_SYS_RESOURCE
        ),
        has_runc=shutil.which("runc") is not None,
    )


def unified_cgroups() -> bool:
    """Whether the machine has cgroup v2 alone, not v1 or both."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def has_capability(status: str, number: int) -> bool:
    """Whether the bounding set in the text of /proc/<pid>/status has a capability."""
    line = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    return bool(int(line.split()[1], 16) >> number & 1)


def guest_options() -> list[str]:
    """The options of `podman create` for a guest of this machine."""
    options = list(_GUEST)
    for directory in wheel_directories(os.environ):
        options.append(f"--volume={directory}:{directory}:ro")
    return options


def wheel_directories(environment: Mapping[str, str]) -> list[Path]:
    """The local directories that PIP_FIND_LINKS names: shown to guests at the same place."""
    named = environment.get("PIP_FIND_LINKS", "").split()
    paths = [Path(one.removeprefix("file://")) for one in named]
    return [path for path in paths if path.is_absolute() and path.is_dir()]


def pip_configuration(environment: Mapping[str, str]) -> str:
    """A guest's /etc/pip.conf: the machine's wheel directories, and the system's CAs.

    pip brings its own list of CAs, which lacks what the machine's owner has added.
    """
    lines = ["[global]", "cert = /etc/ssl/certs/ca-certificates.crt"]
    directories = wheel_directories(environment)
    if directories:
        lines.append("find-links = " + " ".join(map(str, directories)))
    return "\n".join(lines) + "\n"
