"""An error in the words of a service's protocol, so that every AWS client can read it."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

#: Services whose errors are XML, and what is around the error.
_XML = {
    "ec2": "<Response><Errors>{}</Errors></Response>",
    "s3": "{}",
    **dict.fromkeys(("iam", "sns", "sts"), "<ErrorResponse>{}</ErrorResponse>"),
}


def refuse(
    service: str, status: str, code: str, message: str, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer a WSGI request; `service` is the name that it was signed for."""
    around = _XML.get(service)
    if around is None:
        start_response(status, [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps({"__type": code, "message": message}).encode()]
    start_response(status, [("Content-Type", "text/xml")])
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return [around.format(error).encode()]
