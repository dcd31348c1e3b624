"""Run a system program; a failure raises an exception with the reason."""

import subprocess
from collections.abc import Mapping, Sequence

from localcloud.errors import LocalCloudError


class CommandError(LocalCloudError):
    """A program failed; the text contains its error output."""


def run(
    command: Sequence[str],
    *,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> str:
    """Run `command` and return its standard output without the trailing newline.

    Raises CommandError when it fails or takes longer than `timeout` seconds.
    """
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{command[0]}: {error}") from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip()
        raise CommandError(f"{' '.join(command[:4])}: {words} (exit code {done.returncode})")
    return done.stdout.rstrip("\n")
