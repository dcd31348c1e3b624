"""The server process: moto in-process, our patches, and the guests of the instances.

Started by `localcloud up` as `python -m localcloud.server`; ends on SIGTERM.
"""

import argparse
import logging
import os
import signal
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from localcloud.api.control import Control, Hosts
from localcloud.api.lacking import Lacking
from localcloud.api.wsgi import Application
from localcloud.environment import configure_moto
from localcloud.hosts import amis
from localcloud.leases import Leases
from localcloud.state import ServerInfo, State

log = logging.getLogger("localcloud")


def aws_application(leases: Leases) -> Application:
    """moto as one WSGI application, with our patches in place.

    moto reads its settings at import, so it is imported here, after `configure_moto`.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from localcloud.api.moto_patches import apply_all

    def backend(service: str | None) -> Any:
        if service is None:
            raise NotImplementedError("The service has not been implemented")
        return create_backend_app(service)

    apply_all(leases)
    return Lacking(DomainDispatcherApplication(backend))


def serve(port: int, hosts_kind: str, enforce_iam: bool = False) -> None:
    """Serve until SIGTERM. Raises BlockingIOError if this port's cloud is already running."""
    state = State(port)
    with state.held():
        amis.write(state.amis)
        configure_moto(os.environ, state.amis)
        from moto.moto_server.werkzeug_app import MotoRequestHandler
        from werkzeug.serving import make_server

        from localcloud.iam.enforcement import Enforcement

        aws = aws_application(state.leases)
        enforcement = Enforcement(aws) if enforce_iam else None
        aws = enforcement or aws
        hosts = _start_hosts(hosts_kind, port, state.leases, aws)
        info = ServerInfo(
            os.getpid(),
            port,
            hosts_kind,
            datetime.now(UTC).isoformat("T", "seconds"),
            enforce_iam,
        )
        server = make_server(
            "127.0.0.1",
            port,
            Control(aws, info, hosts, enforcement),
            threaded=True,
            request_handler=MotoRequestHandler,
        )
        signal.signal(signal.SIGTERM, _leave)
        state.write_info(info)
        log.info("listening on 127.0.0.1:%s, hosts: %s", port, hosts_kind)
        server.serve_forever()


def _start_hosts(kind: str, port: int, leases: Leases, aws: Application) -> Hosts | None:
    if kind == "none":
        return None
    from localcloud.hosts.instances import with_guests

    return with_guests(port, leases, aws)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Exit at once: `localcloud down` removes the guests, as it does after a kill -9."""
    log.info("stopped")
    logging.shutdown()
    os._exit(0)


def main() -> None:
    """Entry point of the server process."""
    parser = argparse.ArgumentParser(prog="localcloud-server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hosts", choices=["podman", "none"], required=True)
    parser.add_argument("--enforce-iam", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(threadName)s %(message)s",
    )
    # One line per request would bury the important lines; errors are still logged.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    serve(options.port, options.hosts, options.enforce_iam)


if __name__ == "__main__":
    main()
