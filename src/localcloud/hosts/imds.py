"""The instance metadata service (version 2) of one guest."""

import secrets
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from localcloud.hosts.guest_servers import listen_in
from localcloud.hosts.network import METADATA

_TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105  (the header's name)
_TOKEN_TTL = f"{_TOKEN}-ttl-seconds"
_LONGEST_TTL = 21600

# A directory is a dict; a file is a str, bytes, or a function that returns one when read.
Tree = dict[str, Any]


class PublicKey(dict[str, Any]):
    """The directory of one public key; its parent lists it by number and name."""

    def __init__(self, name: str, openssh: str) -> None:
        super().__init__({"openssh-key": openssh})
        self.name = name


class Source(Protocol):
    """The source of the metadata; read at every request, so changes are visible at once."""

    def enabled(self) -> bool:
        """HttpEndpoint."""

    def token_required(self) -> bool:
        """HttpTokens."""

    def tree(self) -> Tree:
        """`meta-data`, `user-data` and `dynamic`, with their contents."""


class MetadataServer(ThreadingHTTPServer):
    """Serves one guest's metadata at 169.254.169.254:80 in its network namespace."""

    daemon_threads = True

    def __init__(self, namespace: Path, source: Source) -> None:
        super().__init__((METADATA, 80), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket: socket.socket = listen_in(namespace, METADATA, 80)
        self.source = source
        self.tokens = Tokens()


class Tokens:
    """Session tokens and their expiry times."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: dict[str, float] = {}

    def issue(self, seconds: int) -> str:
        """A new token, valid for `seconds`."""
        now = self._clock()
        self._ends = {token: end for token, end in self._ends.items() if end > now}
        token = secrets.token_urlsafe(42)
        self._ends[token] = now + seconds
        return token

    def valid(self, token: str) -> bool:
        """Whether the token was issued here and has not expired."""
        return self._ends.get(token, 0.0) > self._clock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "EC2ws", ""
    timeout = 30  # an idle connection must not hold a thread forever
    server: MetadataServer

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: every guest sends several requests a minute."""

    def do_PUT(self) -> None:
        """`PUT /latest/api/token`."""
        ttl = self.headers.get(_TOKEN_TTL, "")
        if not self.server.source.enabled() or self.headers.get("X-Forwarded-For"):
            self._send(403)
        elif self.path != "/latest/api/token":
            self._send(404)
        elif not ttl.isdigit() or not 1 <= int(ttl) <= _LONGEST_TTL:
            self._send(400)
        else:
            self._send(200, self.server.tokens.issue(int(ttl)), {_TOKEN_TTL: ttl})

    def do_GET(self) -> None:
        """`GET` of any path below `/<version>/`."""
        source = self.server.source
        if not source.enabled():
            self._send(403)
        elif not self._token_suffices():
            self._send(401)
        else:
            body = read(source.tree(), self.path.partition("?")[0])
            self._send(404) if body is None else self._send(200, body)

    def _token_suffices(self) -> bool:
        token = self.headers.get(_TOKEN)
        if token is None:
            return not self.server.source.token_required()
        return self.server.tokens.valid(token)

    def _send(self, status: int, body: str | bytes = b"", headers: Tree | None = None) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def read(tree: Tree, path: str) -> str | bytes | None:
    """The file or directory listing at `/<version>/<section>/…`; None if it does not exist."""
    _root, _version, *names = path.split("/")
    node: Any = tree
    for name in filter(None, names):
        node = node.get(name) if isinstance(node, dict) else None
    if isinstance(node, dict):
        return "\n".join(_line(name, child) for name, child in node.items())
    content: str | bytes | None = node() if callable(node) else node
    return content


def _line(name: str, child: Any) -> str:
    """One line of a listing: directories end in a slash, but a public key is listed `0=<name>`."""
    if isinstance(child, PublicKey):
        return f"{name}={child.name}"
    return f"{name}/" if isinstance(child, dict) else name
