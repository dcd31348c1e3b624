"""The paths under /localcloud/ that stand beside the AWS APIs on the loopback server.

`GET /localcloud/status` says what runs. `POST /localcloud/spot-notice?instance_id=...` gives a
spot instance its two-minute warning. `GET /localcloud/iam-decisions` lists what `--enforce-iam`
decided. Guests do not get these: their server is the bare AWS one.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Protocol
from urllib.parse import parse_qs

from localcloud.state import ServerInfo
from localcloud.wsgi import Application, Environ, StartResponse

PREFIX = "/localcloud/"


class Hosts(Protocol):
    """What the control paths need of the machines."""

    def listing(self) -> list[dict[str, Any]]:
        """One row per instance: id, state, addresses."""

    def spot_notice(self, instance_id: str, action: str, seconds: int) -> dict[str, str]:
        """Warn the instance; KeyError when no such instance runs."""

    def reset(self) -> None:
        """Remove every machine: the APIs' state is about to be dropped."""


class Decisions(Protocol):
    """What the control paths need of IAM enforcement."""

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """One entry per permission that was asked for."""


class Control:
    """WSGI middleware: answers our own paths, passes everything else on to AWS."""

    def __init__(
        self,
        aws: Application,
        info: ServerInfo,
        hosts: Hosts | None,
        enforcement: Decisions | None = None,
    ) -> None:
        self._aws, self._info, self._hosts = aws, info, hosts
        self._enforcement = enforcement

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not path.startswith(PREFIX):
            if path == "/moto-api/reset" and method == "POST" and self._hosts:
                self._hosts.reset()
            answer: Iterable[bytes] = self._aws(environ, start_response)
            return answer
        query = {key: values[0] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
        status, document = self._answer(method, path.removeprefix(PREFIX), query)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(document).encode()]

    def _answer(self, method: str, name: str, query: dict[str, str]) -> tuple[str, dict[str, Any]]:
        if (method, name) == ("GET", "status"):
            rows = self._hosts.listing() if self._hosts else []
            return "200 OK", {**asdict(self._info), "instances": rows}
        if (method, name) == ("GET", "iam-decisions") and self._enforcement:
            return "200 OK", {"decisions": self._enforcement.decisions}
        if (method, name) == ("POST", "spot-notice"):
            return self._spot_notice(query)
        return "404 Not Found", {"error": f"no {method} {PREFIX}{name}"}

    def _spot_notice(self, query: dict[str, str]) -> tuple[str, dict[str, Any]]:
        if self._hosts is None:
            return "409 Conflict", {"error": "this local cloud runs without hosts"}
        try:
            notice = self._hosts.spot_notice(
                query["instance_id"],
                query.get("action", "terminate"),
                int(query.get("seconds", "120")),
            )
        except KeyError as error:
            return "404 Not Found", {"error": f"no running instance for {error}"}
        except ValueError as error:
            return "400 Bad Request", {"error": str(error)}
        return "200 OK", dict(notice)
