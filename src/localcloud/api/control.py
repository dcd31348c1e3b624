"""The control paths under /localcloud/, next to the AWS APIs on the loopback server.

`GET /localcloud/status` lists what is running. `POST /localcloud/spot-notice?instance_id=...`
sends a spot instance its two-minute notice. `GET /localcloud/iam-decisions` lists the decisions
of `--enforce-iam`. Guests have access neither to these nor to moto's own control paths, see
`for_guests`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Protocol
from urllib.parse import parse_qs

from localcloud.api.wsgi import Application, Environ, StartResponse
from localcloud.state import ServerInfo

PREFIX = "/localcloud/"

#: Paths and headers (with their WSGI names) that let a moto client do more than AWS allows:
#: /moto-api/reset empties every account, and the header selects an account without credentials.
_NOT_FOR_GUESTS = ("moto-api", "localcloud", "favicon.ico")
_MOTO_ACCOUNT = "HTTP_X_MOTO_ACCOUNT_ID"


class Hosts(Protocol):
    """The interface to the machines that the control paths use."""

    def listing(self) -> list[dict[str, Any]]:
        """One row per instance: id, state, addresses."""

    def spot_notice(self, instance_id: str, action: str, seconds: int) -> dict[str, str]:
        """Send the notice to the instance; KeyError if no such instance is running."""

    def reset(self) -> None:
        """Remove every machine, because the APIs' state is about to be reset."""


class Decisions(Protocol):
    """The interface to IAM enforcement that the control paths use."""

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """One entry per permission that was checked."""


def for_guests(aws: Application) -> Application:
    """The AWS APIs without the paths and headers that guests must not use."""

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        first = environ.get("PATH_INFO", "").lstrip("/").partition("/")[0]
        if first in _NOT_FOR_GUESTS:
            start_response("403 Forbidden", [("Content-Type", "application/json")])
            return [json.dumps({"error": f"/{first} is not for guests"}).encode()]
        answer: Iterable[bytes] = aws(
            {name: value for name, value in environ.items() if name != _MOTO_ACCOUNT},
            start_response,
        )
        return answer

    return application


class Control:
    """WSGI middleware: serves our own paths and passes everything else to AWS."""

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
