"""Servers that listen in a guest's network namespace, run by threads of this process.

A socket belongs to the namespace it was created in, whichever process holds it. So each guest has
its own socket at 169.254.169.254, which also identifies the caller without its address.
"""

import contextlib
import ctypes
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from localcloud.api.control import for_guests
from localcloud.hosts.network import METADATA

API_PORT = 8000  # the same in every cloud: it is part of the image (/etc/environment)

_CLONE_NEWNET = 0x40000000
# Only close() stops a server, and it wakes the loop, so no polling is needed.
_NEVER = 86400.0


class Server(Protocol):
    """The common interface of socketserver and werkzeug servers."""

    socket: socket.socket

    def serve_forever(self, poll_interval: float = ...) -> None:
        """Serve until shutdown is called."""

    def shutdown(self) -> None:
        """Stop serving and wait until it has stopped."""

    def server_close(self) -> None:
        """Close the socket."""


class Running:
    """A server running in its own thread."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": _NEVER}, name=name, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop the server and close its socket."""
        stopper = threading.Thread(target=self._server.shutdown, daemon=True)
        stopper.start()
        with contextlib.suppress(OSError):
            self._server.socket.shutdown(socket.SHUT_RDWR)  # wakes the loop
        stopper.join(timeout=60)
        self._server.server_close()


def aws_server(namespace: Path, application: Callable[..., Any]) -> Server:
    """The AWS APIs at 169.254.169.254:8000 in the guest."""
    listener = listen_in(namespace, METADATA, API_PORT)
    server: Server = make_server(
        METADATA,
        API_PORT,
        for_guests(application),
        threaded=True,
        request_handler=MotoRequestHandler,
        fd=listener.fileno(),
    )
    listener.close()  # werkzeug works on a duplicate
    return server


def listen_in(namespace: Path, address: str, port: int) -> socket.socket:
    """A listening socket created in a network namespace.

    A thread that has changed its namespace must not be reused, so it ends here.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(_listen_in, namespace, address, port).result()


def _listen_in(namespace: Path, address: str, port: int) -> socket.socket:
    with namespace.open("rb") as file:
        _set_network_namespace(file.fileno())
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _set_network_namespace(descriptor: int) -> None:
    """`os.setns` for the calling thread (Python itself has it only since 3.12)."""
    if hasattr(os, "setns"):
        os.setns(descriptor, _CLONE_NEWNET)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
