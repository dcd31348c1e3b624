"""WSGI middleware: calls that moto does not implement get a 501 instead of a 500.

A client retries after a 500 and cannot parse the HTML page in it. It accepts a 501 as the answer.
"""

import logging
from collections.abc import Iterable

from localcloud.api.calls import credential
from localcloud.api.wsgi import Application, Environ, StartResponse, refuse

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
