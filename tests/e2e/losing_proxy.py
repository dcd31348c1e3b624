"""A way to AWS that does what it is asked and loses the reply, once per named action."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit


@contextmanager
def losing(upstream: str, actions: set[str]) -> Iterator[str]:
    """The URL of a proxy to `upstream` that loses the first reply to each of these EC2 actions."""
    address = urlsplit(upstream).netloc
    to_lose = set(actions)
    lock = threading.Lock()

    class Proxy(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, answer = _ask(
                address, self.command, self.path, dict(self.headers), body
            )
            action = parse_qs(body.decode("latin-1")).get("Action", [""])[0]
            with lock:
                lost = action in to_lose
                to_lose.discard(action)
            if lost:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _forward  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the test's output is its own."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _ask(
    address: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """One request, passed on as it is: urllib.request would add a content type of its own."""
    connection = http.client.HTTPConnection(address)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()
