"""Check whether this machine can run hosts; if not, one sentence explains why and what to do.

`python -m localcloud.hosts.preflight` checks what setup cannot install. It needs only Python, so
that it can run before setup.
"""

import os
import platform
import shutil
import sys
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.hosts.apt import debian_sources
from localcloud.hosts.profile import has_capability, unified_cgroups

_TOOLS = {"podman": "podman", "ip": "iproute2", "nft": "nftables", "nsenter": "util-linux"}

#: Required by network namespaces, mounts and guests; numbers from linux/capability.h.
_CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}

_WITHOUT = "or do without hosts: --hosts none (`make demo HOSTS=none`)"


def problem() -> str | None:
    """The reason why hosts cannot run here, or None."""
    return _rights() or _programs()


def problem_before_setup() -> str | None:
    """Like `problem`, but only what setup cannot install, and whether the image can be built."""
    try:
        debian_sources()
    except LocalCloudError as error:
        return _rights() or str(error)
    return _rights()


def require() -> None:
    """Raise LocalCloudError if hosts cannot run here."""
    sentence = problem()
    if sentence:
        raise LocalCloudError(sentence)


def _rights() -> str | None:
    if platform.system() != "Linux":
        return f"hosts need Linux, this is {platform.system()}: use a Linux machine, {_WITHOUT}"
    if os.geteuid() != 0:
        return f"hosts need root: run this as root, {_WITHOUT}"
    status = Path("/proc/self/status").read_text(encoding="ascii")
    lacking = [name for name, bit in _CAPABILITIES.items() if not has_capability(status, bit)]
    if lacking:
        return (
            f"hosts need {' and '.join(lacking)}, which root does not have in this container: "
            f"start the container with --privileged, {_WITHOUT}"
        )
    return None


def _programs() -> str | None:
    missing = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    # crun does not support cgroup v1 or hybrid.
    runtimes = ("runc", "crun") if unified_cgroups() else ("runc",)
    if not any(shutil.which(runtime) for runtime in runtimes):
        missing.append("runc")
    if missing:
        return (
            f"hosts need {', '.join(missing)}: `apt-get install {' '.join(missing)}` "
            f"(`make setup` does), {_WITHOUT}"
        )
    return None


if __name__ == "__main__":
    sys.exit(problem_before_setup())
