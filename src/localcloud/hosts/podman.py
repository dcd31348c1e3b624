"""The few podman commands that we use, on containers and images with our label."""

import os
from pathlib import Path

from localcloud.hosts import profile
from localcloud.shell import CommandError, run
from localcloud.state import base_directory

SCOPE_LABEL = "cloud.cardiology.localcloud.scope"


def podman(*arguments: str, stdin: str | None = None, timeout: float = 600) -> str:
    """Run one podman command; raises CommandError."""
    return run(["podman", *arguments], stdin=stdin, environment=environment(), timeout=timeout)


def environment() -> dict[str, str]:
    """The environment of every podman command, with the path of our containers.conf."""
    return {**os.environ, "CONTAINERS_CONF": str(_configuration())}


def _configuration() -> Path:
    path = base_directory() / "containers.conf"
    text = profile.detect().containers_conf()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    return path


def image_exists(name: str) -> bool:
    """Whether the store has the image."""
    try:
        podman("image", "exists", name)
    except CommandError:
        return False
    return True


def containers(scope: str) -> list[str]:
    """The names of the containers of one scope, running or not."""
    label = f"label={SCOPE_LABEL}={scope}"
    return podman("ps", "--all", "--filter", label, "--format", "{{.Names}}").split()


def remove(*names: str) -> None:
    """Remove containers and their volumes by force."""
    if names:
        podman("rm", "--force", "--volumes", "--time=0", *names)
