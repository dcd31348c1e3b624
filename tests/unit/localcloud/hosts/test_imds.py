"""The metadata service's rules, without a guest."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.hosts import imds
from localcloud.hosts.imds import MetadataServer, PublicKey, Tokens, read

TREE = {
    "meta-data": {
        "instance-id": "i-1",
        "placement": {"region": "us-west-2"},
        "public-keys": {"0": PublicKey("mine", "ssh-ed25519 AAAA")},
        "late": lambda: "made when read",
    },
    "user-data": b"\x00binary",
    "dynamic": {},
}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/latest/meta-data/instance-id", "i-1"),
        ("/2021-03-23/meta-data/instance-id", "i-1"),
        ("/latest/meta-data/placement/region/", "us-west-2"),
        ("/latest/meta-data/", "instance-id\nplacement/\npublic-keys/\nlate"),
        ("/latest/meta-data/public-keys/", "0=mine"),
        ("/latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA"),
        ("/latest/meta-data/late", "made when read"),
        ("/latest/user-data", b"\x00binary"),
        ("/latest/", "meta-data/\nuser-data\ndynamic/"),
        ("/latest/meta-data/none", None),
        ("/latest/meta-data/instance-id/deeper", None),
    ],
)
def test_read(path: str, content: str | bytes | None) -> None:
    assert read(TREE, path) == content


def test_a_token_ends_when_its_time_is_over() -> None:
    now = 0.0
    tokens = Tokens(clock=lambda: now)
    token = tokens.issue(60)

    assert tokens.valid(token)
    assert not tokens.valid("another")
    now = 60.0
    assert not tokens.valid(token)


class Source:
    on, required = True, True

    def enabled(self) -> bool:
        return self.on

    def token_required(self) -> bool:
        return self.required

    def tree(self) -> dict[str, Any]:
        return TREE


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def url(source: Source, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(imds, "listen_in", lambda namespace, address, port: listener)
    server = MetadataServer(Path("/proc/self/ns/net"), source)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.shutdown()
    server.server_close()


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


TTL, TOKEN = "X_aws_ec2_metadata_token_ttl_seconds", "X_aws_ec2_metadata_token"


def token(url: str) -> str:
    status, body = ask(f"{url}/latest/api/token", "PUT", **{TTL: "60"})
    assert status == 200
    return body.decode()


def test_version_two_needs_a_token(url: str) -> None:
    where = f"{url}/latest/meta-data/instance-id"

    assert ask(where)[0] == 401
    assert ask(where, **{TOKEN: "invented"})[0] == 401
    assert ask(where, **{TOKEN: token(url)}) == (200, b"i-1")


def test_version_one_where_the_instance_allows_it(url: str, source: Source) -> None:
    source.required = False

    assert ask(f"{url}/latest/meta-data/instance-id") == (200, b"i-1")
    assert ask(f"{url}/latest/meta-data/instance-id", **{TOKEN: "invented"})[0] == 401


def test_a_service_that_is_switched_off_refuses_all(url: str, source: Source) -> None:
    source.on = False

    assert ask(f"{url}/latest/api/token", "PUT", **{TTL: "60"})[0] == 403
    assert ask(f"{url}/latest/meta-data/")[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({TTL: "0"}, 400),
        ({TTL: "21601"}, 400),
        ({TTL: "x"}, 400),
        ({TTL: "21600"}, 200),
        ({TTL: "60", "X_Forwarded_For": "1.2.3.4"}, 403),
    ],
)
def test_a_token_request(url: str, headers: dict[str, str], status: int) -> None:
    assert ask(f"{url}/latest/api/token", "PUT", **headers)[0] == status
