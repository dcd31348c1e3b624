"""Can this machine run hosts? If not, why, and what mends it."""

import os
import shutil

from localcloud.errors import LocalCloudError
from localcloud.profile import unified_cgroups

_TOOLS = {"podman": "podman", "ip": "iproute2", "nft": "nftables", "nsenter": "util-linux"}


def problem() -> str | None:
    """One sentence that says what is missing and what mends it; None when nothing is."""
    if os.geteuid() != 0:
        return "hosts need root: run it with sudo, or use --hosts none for the APIs alone"
    missing = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    # crun refuses cgroup v1 and hybrid ones.
    runtimes = ("runc", "crun") if unified_cgroups() else ("runc",)
    if not any(shutil.which(runtime) for runtime in runtimes):
        missing.append("runc")
    if missing:
        return (
            f"hosts need {', '.join(missing)}: `apt-get install {' '.join(missing)}` "
            "(`make setup` does), or use --hosts none for the APIs alone"
        )
    return None


def require() -> None:
    """Raise LocalCloudError when hosts cannot run here."""
    sentence = problem()
    if sentence:
        raise LocalCloudError(sentence)
