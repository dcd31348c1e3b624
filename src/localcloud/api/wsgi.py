"""Shared code of the layers in front of moto: types, and an error that AWS clients can parse."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from localcloud.api.calls import protocol

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Any]


def refuse(
    environ: Environ,
    start_response: StartResponse,
    service: str,
    status: str,
    error: dict[str, str],
) -> Iterable[bytes]:
    """Respond with an error, `{code, message}`, in the format of the request's protocol.

    `service` is the signing name.
    """
    around = _around(environ, service)
    if not around:
        start_response(status, [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps({"__type": error["code"], "message": error["message"]}).encode()]
    start_response(status, [("Content-Type", "text/xml")])
    text = f"<Code>{error['code']}</Code><Message>{escape(error['message'])}</Message>"
    return [around.format(f"<Error>{text}</Error>").encode()]


def _around(environ: Environ, service: str) -> str:
    """The XML envelope of an error, or "" for JSON."""
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        if service == "ec2":
            return "<Response><Errors>{}</Errors></Response>"
        return "<ErrorResponse>{}</ErrorResponse>"
    return "{}" if protocol(service) == "rest-xml" else ""
