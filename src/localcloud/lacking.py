"""WSGI middleware: what moto lacks is refused as such, and is no failure of the server.

A client repeats what failed with 500, and cannot read the web page that comes with it. 501 it takes
for an answer.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from localcloud.iam.calls import credential
from localcloud.refusal import refuse

log = logging.getLogger("localcloud")

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


def known(make_application: Callable[[str], Any]) -> Callable[[str | None], Any]:
    """As moto makes the application of a service, and a NotImplementedError where it has none."""

    def make(service: str | None) -> Any:
        if service is None:
            raise NotImplementedError("The service has not been implemented")
        return make_application(service)

    return make


class Lacking:
    """Wraps moto."""

    def __init__(self, aws: Application) -> None:
        self._aws = aws

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve one request."""
        try:
            answer: Iterable[bytes] = self._aws(environ, start_response)
            return answer
        except NotImplementedError as error:
            signed = credential(environ.get("HTTP_AUTHORIZATION", ""))
            service = signed[2] if signed else ""
            message = f"The local cloud cannot do this of {service or 'AWS'}: {error}"
            log.info(message)
            return refuse(service, "501 Not Implemented", "NotImplemented", message, start_response)
