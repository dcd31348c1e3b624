"""`localcloud up | env | status | down | image | machine`."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from localcloud import daemon
from localcloud.amis import BOOTS
from localcloud.environment import client_lines, endpoint
from localcloud.errors import LocalCloudError
from localcloud.state import State

DEFAULT_PORT = 5700


def say(text: str) -> None:
    """Progress, for a person: stdout stays free for what scripts read."""
    print(text, file=sys.stderr, flush=True)


def up(options: argparse.Namespace) -> int:
    """Start the local cloud, or find it running."""
    state = State(options.port)
    running = daemon.found(state)
    if running:
        if running["hosts"] != options.hosts:
            raise LocalCloudError(
                f"the local cloud on port {options.port} runs with --hosts {running['hosts']}: "
                "`localcloud down` first"
            )
        if running["enforce_iam"] != options.enforce_iam:
            raise LocalCloudError(
                f"the local cloud on port {options.port} runs "
                f"{'with' if running['enforce_iam'] else 'without'} --enforce-iam: "
                "`localcloud down` first"
            )
        say(f"local cloud already up: {endpoint(options.port)}")
        return 0
    began = time.monotonic()
    _require_hosts(options)
    daemon.require_free_port(options.port)
    _remove_leftovers(state)
    _ensure_image(options)
    daemon.start(state, options.hosts, options.enforce_iam)
    say(f"local cloud up in {time.monotonic() - began:.1f} s: {endpoint(options.port)}")
    if options.hosts == "none":
        say("without hosts: instances are only records, nothing boots")
    return 0


def _require_hosts(options: argparse.Namespace) -> None:
    from localcloud import preflight

    if options.hosts != "none":
        preflight.require()


def _ensure_image(options: argparse.Namespace) -> None:
    if options.hosts == "none":
        return
    from localcloud import image

    image.ensure(say)


def _remove_leftovers(state: State) -> int:
    """Remove what a server of this port left behind; returns the number of its machines.

    Whatever hosts are wanted now: a killed server may have had machines, and an address is free
    only when its machine is gone. Where no hosts can run, there are at most leases.
    """
    from localcloud import preflight, reap

    if preflight.problem() is None:
        return reap.reap(str(state.port))
    state.leases.release_all()
    return 0


def env(options: argparse.Namespace) -> int:
    """Print what `eval` needs."""
    print("\n".join(client_lines(options.port)))
    if daemon.status(State(options.port)) is None:
        say(f"# not running: `localcloud up --port {options.port}` starts it")
    return 0


def status(options: argparse.Namespace) -> int:
    """Say what runs; exit code 1 when nothing does."""
    state = State(options.port)
    document = daemon.status(state)
    if document is None:
        print(f"local cloud on port {options.port}: not running")
        return 1
    print(f"local cloud up: {endpoint(options.port)} (pid {document['pid']}, log {state.log})")
    print(f"hosts: {document['hosts']}; every AMI boots {BOOTS}, whatever its name")
    for row in document["instances"]:
        print("  {id}  {state:<13} {private_ip:<15} {public_ip:<15} {name}".format(**_dashes(row)))
    if document["hosts"] == "none":
        print("  instances are only records: the API lists them")
    elif not document["instances"]:
        print("  no instances")
    return 0


def _dashes(row: dict[str, Any]) -> dict[str, str]:
    return {key: str(value or "-") for key, value in row.items()}


def down(options: argparse.Namespace) -> int:
    """Stop the local cloud and remove everything of it."""
    state = State(options.port)
    stopped = daemon.stop(state)
    removed = _remove_leftovers(state)
    state.remove(keep_log=not stopped or state.logged_errors())
    what = f", {removed} machine(s) removed" if removed else ""
    say(f"local cloud on port {options.port} {'stopped' if stopped else 'was not running'}{what}")
    if state.log.exists():
        say(f"it did not end well, or something in it failed: see {state.log}")
    return 0


def build_image(_options: argparse.Namespace) -> int:
    """Build the machines' image unless it exists; print its name."""
    from localcloud import image, preflight

    preflight.require()
    print(image.ensure(say))
    return 0


def create_machine(options: argparse.Namespace) -> int:
    """Make a plain machine, outside any cloud; print how to log in, as JSON."""
    from localcloud import preflight, standalone

    preflight.require()
    if not options.authorized_key.is_file():
        raise LocalCloudError(f"no public key at {options.authorized_key}")
    key = options.authorized_key.read_text(encoding="utf-8")
    print(json.dumps(asdict(standalone.create(options.name, key, say))))
    return 0


def destroy_machine(options: argparse.Namespace) -> int:
    """Remove a plain machine; fine when there is none."""
    from localcloud import preflight, standalone

    preflight.require()
    removed = standalone.destroy(options.name)
    say(f"machine {options.name} {'removed' if removed else 'is not there'}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="localcloud", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=run.__doc__)
        sub.set_defaults(run=run)
        return sub

    for name, run in (("up", up), ("env", env), ("status", status), ("down", down)):
        sub = command(name, run)
        sub.add_argument("--port", type=_port, default=DEFAULT_PORT)
        if name == "up":
            sub.add_argument("--hosts", choices=["podman", "none"], default="podman")
            sub.add_argument(
                "--enforce-iam",
                action="store_true",
                help="calls of users and roles pass only when their policies allow them",
            )
    command("image", build_image)
    _machine_parser(command("machine", create_machine))
    return parser


def _machine_parser(machine: argparse.ArgumentParser) -> None:
    verbs = machine.add_subparsers(required=True, metavar="verb")
    for verb, run in (("create", create_machine), ("destroy", destroy_machine)):
        sub = verbs.add_parser(verb, help=run.__doc__)
        sub.set_defaults(run=run)
        sub.add_argument("--name", required=True)
        if verb == "create":
            sub.add_argument("--authorized-key", type=Path, required=True, metavar="FILE")


def _port(text: str) -> int:
    port = int(text)
    if not 1024 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not between 1024 and 65535")
    return port


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except LocalCloudError as error:
        say(f"localcloud: {error}")
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
