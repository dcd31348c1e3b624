"""Run a program of the system and turn its failure into an exception that says why."""

import subprocess
from collections.abc import Mapping, Sequence


class CommandError(RuntimeError):
    """A program ended with a failure; the text has its own words."""


def run(
    command: Sequence[str],
    *,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> str:
    """Run `command` and return its standard output, without the last line's end.

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
