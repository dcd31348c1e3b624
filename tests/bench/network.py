"""Two more rows: a deploy with nothing to do, compared with an empty play, and with delays."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.faults.proxy import Proxy  # noqa: E402

EMPTY_PLAY = "- hosts: localhost\n  gather_facts: false\n  tasks: []\n"
DELAY_SECONDS = 1.0

#: The limits set in the issue: a factor to an empty play, and seconds above the undelayed run.
MOST_TIMES = 2.5
MOST_SECONDS = 8.0

Run = Callable[[list[str], Path, dict[str, str]], float]


def measure(
    run: Run, playbook: str, deploy: list[str], env: dict[str, str], directory: Path, repeat: int
) -> dict[str, float]:
    """Median seconds of an empty play, of `deploy` with nothing to do, and of the same with delays.

    They take turns, so that a temporarily busy machine affects all of them.
    """
    play = directory / "empty.yml"
    play.write_text(EMPTY_PLAY, encoding="utf-8")
    empty = [playbook, "-i", "localhost,", str(play)]
    proxy = Proxy(env["AWS_ENDPOINT_URL"])
    proxy.delay = DELAY_SECONDS
    times: dict[str, list[float]] = {"empty": [], "again": [], "slow": []}
    with proxy.serving():
        # All services through the proxy, including S3 Control.
        elsewhere = {name: proxy.url for name in env if name.startswith("AWS_ENDPOINT_URL")}
        for number in range(repeat):
            for name, command, where in (
                ("empty", empty, env),
                ("again", deploy, env),
                ("slow", deploy, {**env, **elsewhere}),
            ):
                seconds = run(command, ROOT, where)
                times[name].append(seconds)
                print(f"  {number + 1}/{repeat}  network  {name:<6} {seconds:6.1f} s", flush=True)
    return {name: median(seconds) for name, seconds in times.items()}


def table(times: dict[str, float]) -> str:
    """The two rows, as Markdown."""
    empty, again, slow = times["empty"], times["again"], times["slow"]
    return "\n".join(
        [
            "| nothing to do | compared with | | limit |",
            "|---|---|---:|---:|",
            f"| {again:.1f} s | an empty play: {empty:.1f} s | **{again / empty:.1f} x** "
            f"| {MOST_TIMES} x |",
            f"| {slow:.1f} s, each call delayed by {DELAY_SECONDS:.0f} s | not delayed: "
            f"{again:.1f} s | **+{slow - again:.1f} s** | +{MOST_SECONDS:.0f} s |",
        ]
    )
