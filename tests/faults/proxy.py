"""A proxy to AWS with scripted faults. Plain HTTP, on loopback only."""

from __future__ import annotations

import http.client
import http.server
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from .calls import recognise
from .script import Fault, Script, refusal

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "expect"}
Answer = tuple[int, list[tuple[str, str]], bytes]


class Proxy(Script):
    """A script with an address; `victim` is the process that KILL ends."""

    def __init__(self, upstream: str) -> None:
        super().__init__()
        self.victim = 0
        #: Delay of each call, in seconds.
        self.delay = 0.0
        self.url = ""
        self._upstream = urlsplit(upstream).netloc

    @contextmanager
    def serving(self) -> Iterator[Proxy]:
        """Serve until the block ends."""
        server = _Server(("127.0.0.1", 0), _handler(self, self._upstream))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def kill(self) -> None:
        """End the victim like `kill -9`."""
        if not self.victim:
            raise AssertionError("nobody was named to kill")
        os.kill(self.victim, signal.SIGKILL)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: clients that are killed or disconnect are expected here."""


def _handler(proxy: Proxy, upstream: str) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        onward: http.client.HTTPConnection | None = None

        def _forward(self) -> None:
            body = self._body()
            time.sleep(proxy.delay)
            record = proxy.met(recognise(self.command, self.path, dict(self.headers), body))
            if record.fault in (Fault.THROTTLE, Fault.FAIL):
                status, headers, answer = refusal(record.call, record.fault)
                self._answer(status, list(headers.items()), answer)
                return
            if record.fault is Fault.RESET:
                self._reset()
                return
            status, fields, answer = self._ask(body)
            record.status = status
            if record.fault is Fault.KILL:
                proxy.kill()
            if record.fault in (Fault.LOSE, Fault.KILL):
                self._reset()
                return
            self._answer(status, fields, answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _forward  # noqa: N815

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body

        def _ask(self, body: bytes) -> Answer:
            """Forward a request unchanged: its signature covers headers and host."""
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in HOP_BY_HOP | {"content-length"}
            }
            if body or self.command in ("PUT", "POST", "PATCH"):
                headers["Content-Length"] = str(len(body))
            self.onward = self.onward or http.client.HTTPConnection(upstream)
            try:
                self.onward.request(self.command, self.path, body or None, headers)
                answer = self.onward.getresponse()
                result = answer.status, answer.getheaders(), answer.read()
            except Exception:
                self.onward.close()
                raise
            if answer.will_close:
                self.onward.close()
                self.onward = None
            return result

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            length = str(len(body))
            for name, value in headers:
                if name.lower() == "content-length":
                    length = value  # a HEAD response has a length but no body
                elif name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _reset(self) -> None:
            """Break the connection so that the client sees a reset instead of an end of file."""
            self.close_connection = True
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.rfile.close()
            self.connection.close()

        def finish(self) -> None:
            if self.onward:
                self.onward.close()
            super().finish()

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing, to keep the test output clean."""

    return Handler
