"""`localcloud up | env | status | down | image | machine`."""

import argparse
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from localcloud import daemon
from localcloud.environment import client_lines, endpoint, unset_lines
from localcloud.errors import LocalCloudError
from localcloud.hosts.amis import BOOTS
from localcloud.state import State

DEFAULT_PORT = 5700


def say(text: str) -> None:
    """Report progress on stderr: stdout is reserved for output that scripts parse."""
    # If the reader has gone, finish the work anyway.
    with contextlib.suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)


def up(options: argparse.Namespace) -> int:
    """Start the local cloud unless it is already running."""
    state = State(options.port)
    running = daemon.found(state)
    if running:
        if running["hosts"] != options.hosts:
            raise LocalCloudError(
                f"the local cloud on port {options.port} runs with --hosts {running['hosts']}: "
                f"run `localcloud down --port {options.port}` first"
            )
        if running["enforce_iam"] != options.enforce_iam:
            raise LocalCloudError(
                f"the local cloud on port {options.port} runs "
                f"{'with' if running['enforce_iam'] else 'without'} --enforce-iam: "
                f"run `localcloud down --port {options.port}` first"
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
    from localcloud.hosts import preflight

    if options.hosts != "none":
        preflight.require()


def _ensure_image(options: argparse.Namespace) -> None:
    if options.hosts == "none":
        return
    from localcloud.hosts import image

    image.ensure(say)


def _remove_leftovers(state: State) -> int:
    """Remove what an earlier server on this port left behind; returns how many machines it had.

    This does not depend on --hosts: a killed server may have had machines, and an address is free
    only after its machine is removed. If hosts cannot run here, only leases can be left.
    """
    from localcloud.hosts import preflight, reap

    if preflight.problem() is None:
        return reap.reap(str(state.port))
    state.leases.release_all()
    return 0


def env(options: argparse.Namespace) -> int:
    """Print the local cloud's AWS variables for `eval`; --unset prints the lines to remove them."""
    if options.unset:
        print("\n".join(unset_lines()))
        return 0
    print("\n".join(client_lines(options.port)))
    if not State(options.port).is_running():
        say(f"# not running: `localcloud up --port {options.port}` starts it")
    return 0


def status(options: argparse.Namespace) -> int:
    """Show what is running; exit code 1 if nothing is."""
    state = State(options.port)
    document = daemon.found(state)
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
    """Stop the local cloud and remove everything it created."""
    state = State(options.port)
    stopped = daemon.stop(state)
    removed = _remove_leftovers(state)
    state.remove(keep_log=not stopped or state.logged_errors())
    what = f", {removed} machine(s) removed" if removed else ""
    say(f"local cloud on port {options.port} {'stopped' if stopped else 'was not running'}{what}")
    if state.log.exists():
        say(f"it ended abnormally or logged errors: see {state.log}")
    return 0


def build_image(_options: argparse.Namespace) -> int:
    """Build the machine image if it does not exist; print its name."""
    from localcloud.hosts import image, preflight

    preflight.require()
    print(image.ensure(say))
    return 0


def create_machine(options: argparse.Namespace) -> int:
    """Create a plain machine outside any cloud; print the login details as JSON."""
    from localcloud.hosts import preflight, standalone

    preflight.require()
    if not options.authorized_key.is_file():
        raise LocalCloudError(f"no public key at {options.authorized_key}")
    key = options.authorized_key.read_text(encoding="utf-8")
    print(json.dumps(asdict(standalone.create(options.name, key, say))))
    return 0


def destroy_machine(options: argparse.Namespace) -> int:
    """Remove a plain machine; succeeds if it does not exist."""
    from localcloud.hosts import preflight, standalone

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
        if name == "env":
            sub.add_argument(
                "--unset", action="store_true", help="print the lines that undo an earlier env"
            )
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
    """Run one command; returns the exit code.

    A closed pipe (`localcloud status | head`) and Ctrl-C exit without a traceback, with the exit
    codes that a shell expects.
    """
    try:
        try:
            options = _parser().parse_args(arguments)
            code: int = options.run(options)
        finally:
            sys.stdout.flush()
    except LocalCloudError as error:
        say(f"localcloud: {error}")
        return 1
    except BrokenPipeError:
        # Otherwise Python reports the closed pipe again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        say("localcloud: interrupted")
        return 128 + signal.SIGINT
    return code


if __name__ == "__main__":
    sys.exit(main())
