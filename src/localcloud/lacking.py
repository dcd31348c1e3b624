"""WSGI middleware: what moto lacks is refused as such, and is no failure of the server.

A client repeats what failed with 500, and cannot read the web page that comes with it. 501 it takes
for an answer.
"""

import logging
from collections.abc import Iterable

from localcloud.iam.calls import credential
from localcloud.wsgi import Application, Environ, StartResponse, refuse

log = logging.getLogger("localcloud")


class Lacking:
    """Wraps moto."""

    def __init__(self, aws: Application) -> None:
        self._aws = aws

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        try:
            answer: Iterable[bytes] = self._aws(environ, start_response)
            return answer
        except NotImplementedError as lack:
            signed = credential(environ.get("HTTP_AUTHORIZATION", ""))
            service = signed[2] if signed else ""
            message = f"The local cloud cannot do this of {service or 'AWS'}: {lack}"
            log.info(message)
            error = {"code": "NotImplemented", "message": message}
            return refuse(environ, start_response, service, "501 Not Implemented", error)
