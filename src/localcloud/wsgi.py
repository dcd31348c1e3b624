"""What the layers in front of moto share: their types, and an error that every AWS client reads."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from localcloud.iam.calls import protocol

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
    """Answer with an error, `{code, message}`, in the words of the request's protocol.

    `service` is the name that the request was signed for.
    """
    around = _around(environ, service)
    if not around:
        start_response(status, [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps({"__type": error["code"], "message": error["message"]}).encode()]
    start_response(status, [("Content-Type", "text/xml")])
    text = f"<Code>{error['code']}</Code><Message>{escape(error['message'])}</Message>"
    return [around.format(f"<Error>{text}</Error>").encode()]


def _around(environ: Environ, service: str) -> str:
    """What is around an error where it is XML, or "" where it is JSON."""
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        if service == "ec2":
            return "<Response><Errors>{}</Errors></Response>"
        return "<ErrorResponse>{}</ErrorResponse>"
    return "{}" if protocol(service) == "rest-xml" else ""
