"""Power off this machine when it has been idle for a while; a systemd timer runs this every minute.

Busy is a machine on which one of the given units is active, somebody is connected by SSH, or the
processes of users or containers take processor time. The load of the whole machine does not count:
the system itself always does something. A process that uses a GPU uses the processor too.

usage: python3 idle_shutdown.py [--dry-run] /etc/idle-shutdown.json
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

STATE = Path("/run/idle-shutdown/state.json")
PROC = Path("/proc")
#: Control groups of users and containers, in both versions of control groups. What a user leaves
#: running after the logout stays in that of the SSH daemon where pam_systemd is not installed.
WATCHED = re.compile(r"/(user|machine)\.slice\b|/docker[-/]|/sshd?\.service\b")
SSH_PORT = 22
#: The state "established" in /proc/net/tcp.
ESTABLISHED = "01"
UNIT_STATES = "active,activating,deactivating,reloading"


def active_units(pattern: str) -> list[str]:
    """The units of this pattern that run or are about to; raises if systemd cannot be asked."""
    command = ("systemctl", "list-units", "--plain", "--no-legend", f"--state={UNIT_STATES}")
    done = subprocess.run([*command, pattern], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in done.stdout.splitlines() if line.strip()]


def ssh_connections(tables: list[str]) -> int:
    """The number of connections to the SSH daemon in the tables of /proc/net/tcp and tcp6."""
    rows = [row.split() for table in tables for row in table.splitlines()[1:]]
    local = f"{SSH_PORT:04X}"
    return sum(row[1].endswith(f":{local}") and row[3] == ESTABLISHED for row in rows)


def processor_seconds(proc: Path) -> dict[str, float]:
    """The processor time of each process of users and containers, with that of its ended children.

    The control groups add it up only in their second version.
    """
    taken = {}
    for path in proc.glob("[0-9]*"):
        try:
            if not WATCHED.search((path / "cgroup").read_text()):
                continue
            # The name of the program, in parentheses, may contain anything.
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        ticks = sum(int(field) for field in fields[11:15])
        # A number of a process may be used again, but not with the same time of its start.
        taken[f"{path.name} {fields[19]}"] = ticks / os.sysconf("SC_CLK_TCK")
    return taken


def load(before: dict[str, Any], taken: dict[str, float], now: float) -> float:
    """The percentage of one processor that users and containers have taken since the last check."""
    earlier = before.get("taken", {})
    seconds = sum(value - earlier.get(name, 0) for name, value in taken.items())
    elapsed = now - before.get("at", 0)
    return 100 * seconds / elapsed if elapsed > 0 else 0.0


def reasons(
    settings: dict[str, Any], before: dict[str, Any], taken: dict[str, float], now: float
) -> list[str]:
    """Why the machine is busy; empty if it is idle."""
    found = active_units(settings["busy_units"])
    tables = [PROC / "self/net" / name for name in ("tcp", "tcp6")]
    if count := ssh_connections([path.read_text() for path in tables if path.exists()]):
        found.append(f"{count} SSH connection{'s' if count > 1 else ''}")
    percent = load(before, taken, now)
    if before and percent >= settings["busy_percent"]:
        found.append(f"users and containers take {percent:.0f} % of a processor")
    return found


def read_state() -> dict[str, Any]:
    """The state at the last check; empty after a boot, or if it cannot be read."""
    try:
        state = json.loads(STATE.read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def check(settings: dict[str, Any], now: float) -> tuple[bool, str]:
    """Whether to power off, and one line on why or why not; `now` is in seconds since the boot."""
    before = read_state()
    taken = processor_seconds(PROC)
    busy = reasons(settings, before, taken, now)
    since = now if busy or not before else before["idle_since"]
    STATE.parent.mkdir(exist_ok=True)
    STATE.write_text(json.dumps({"at": now, "idle_since": since, "taken": taken}))
    if busy:
        return False, f"Busy: {', '.join(busy)}."
    minutes = (now - since) / 60
    limit = settings["minutes"]
    return minutes >= limit, f"Idle for {int(minutes)} of {limit} minutes."


def main() -> int:
    """Check once."""
    arguments = [word for word in sys.argv[1:] if word != "--dry-run"]
    settings = json.loads(Path(arguments[0]).read_text())
    enough, line = check(settings, time.clock_gettime(time.CLOCK_BOOTTIME))
    print(line, flush=True)
    if enough:
        print("This machine powers off; its disk is kept.", flush=True)
        if "--dry-run" not in sys.argv:
            subprocess.run(("systemctl", "poweroff"), check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
