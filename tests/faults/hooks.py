"""Faults in one process, with moto: without sockets, so that thousands of runs are feasible."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber

from .calls import recognise
from .script import Fault, Record, Script, refusal


class Killed(BaseException):
    """Simulates a killed process. The product must not catch it."""


class Faults(Script):
    """A script for the clients of one "process"; after a kill none of them sends anything."""

    def __init__(self) -> None:
        super().__init__()
        self.dead = threading.Event()

    def install(self, client: Any) -> Any:
        """Install the faults in a moto client; returns the client."""
        events = client.meta.events
        # botocore calls every handler even after one has answered, so moto's handler is removed:
        # it must not execute calls that are refused here.
        events.unregister("before-send", botocore_stubber)
        events.register("before-send", self._send)
        return client

    def _send(self, request: Any, **_kwargs: Any) -> Any:
        if self.dead.is_set():
            raise Killed
        record = self.met(recognise(request.method, request.url, request.headers, body_of(request)))
        if record.fault in (Fault.THROTTLE, Fault.FAIL):
            return _refused(request, record, record.fault)
        if record.fault is Fault.RESET:
            raise ConnectionClosedError(endpoint_url=request.url)
        answer = self._carry_out(request, record)
        if record.fault is Fault.LOSE:
            raise ConnectionClosedError(endpoint_url=request.url)
        if record.fault is Fault.KILL:
            self.dead.set()
        if self.dead.is_set():
            raise Killed
        return answer

    @staticmethod
    def _carry_out(request: Any, record: Record) -> Any:
        try:
            answer = botocore_stubber(event_name="before-send", request=request)
        except RuntimeError as error:
            if "changed size during iteration" not in str(error):
                raise  # for example, a call that moto does not implement
            # Two concurrent requests: moto's server also answers the failed one with a 500.
            answer = _refused(request, record, Fault.FAIL)
        if answer is None:
            raise AssertionError(f"moto does not know {request.url}")
        record.status = answer.status_code
        return answer


def _refused(request: Any, record: Record, fault: Fault) -> AWSResponse:
    status, headers, body = refusal(record.call, fault)
    return AWSResponse(request.url, status, headers, _Raw(body))


class _Raw:
    """The raw response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_kwargs: Any) -> Iterator[bytes]:
        yield self._body


def body_of(request: Any) -> bytes:
    """The body that identifies the call; a streamed body is object data and does not."""
    body = request.body
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""
