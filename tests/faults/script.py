"""Scripted faults, for both the proxy and the hooks inside a process."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from enum import StrEnum

from .calls import Call


class Fault(StrEnum):
    """The fault that a call gets."""

    #: Refused with the service's throttling error; not executed.
    THROTTLE = "throttle"
    #: 500, not executed.
    FAIL = "fail"
    #: The connection breaks before the call is executed.
    RESET = "reset"
    #: Executed, but the reply is lost.
    LOSE = "lose"
    #: Executed, then the caller dies.
    KILL = "kill"


@dataclass
class Record:
    """One recorded call."""

    number: int
    call: Call
    #: The number of this call among those of its action, from 1.
    occurrence: int
    fault: Fault | None
    #: The HTTP status of the executed call; 0 if unknown.
    status: int = 0


class Script:
    """The faults for calls, and a log of all calls."""

    def __init__(self) -> None:
        self.log: list[Record] = []
        self._by_number: dict[int, Fault] = {}
        self._by_action: dict[tuple[str, str, int], Fault] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def at(self, number: int, fault: Fault) -> Script:
        """Inject a fault into the call with this number (from 1)."""
        self._by_number[number] = fault
        return self

    def on(self, action: str, fault: Fault, occurrence: int = 1, service: str = "") -> Script:
        """Inject a fault into one call of an action; occurrence 0 means every call."""
        self._by_action[service, action, occurrence] = fault
        return self

    def forget(self) -> None:
        """Clear the log and restart counting."""
        self.log.clear()
        self._seen.clear()

    def met(self, call: Call) -> Record:
        """Record a call; the record includes its fault."""
        with self._lock:
            key = (call.service, call.action)
            occurrence = self._seen[key] = self._seen.get(key, 0) + 1
            number = len(self.log) + 1
            record = Record(number, call, occurrence, self._fault(number, call, occurrence))
            self.log.append(record)
            return record

    def _fault(self, number: int, call: Call, occurrence: int) -> Fault | None:
        if number in self._by_number:
            return self._by_number[number]
        for service in (call.service, ""):
            for which in (occurrence, 0):
                if (service, call.action, which) in self._by_action:
                    return self._by_action[service, call.action, which]
        return None

    @property
    def hits(self) -> list[Record]:
        """The calls that got a fault."""
        return [record for record in self.log if record.fault]


THROTTLING = {
    "ec2": (503, "RequestLimitExceeded", "Request limit exceeded."),
    "query": (400, "Throttling", "Rate exceeded"),
    "s3": (503, "SlowDown", "Please reduce your request rate."),
    "json": (400, "ThrottlingException", "Rate exceeded"),
    "rest": (429, "TooManyRequestsException", "Too Many Requests"),
}
FAILURE = {
    "ec2": (500, "InternalError", "An internal error has occurred"),
    "query": (500, "InternalFailure", "An internal error has occurred"),
    "s3": (500, "InternalError", "We encountered an internal error. Please try again."),
    "json": (500, "InternalServerException", "An internal error has occurred"),
    "rest": (500, "InternalServerException", "An internal error has occurred"),
}
XML = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors>"
    "<RequestID>fault</RequestID></Response>",
    "query": "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>"
    "<RequestId>fault</RequestId></ErrorResponse>",
    "s3": "<Error><Code>{}</Code><Message>{}</Message><RequestId>fault</RequestId></Error>",
}


def refusal(call: Call, fault: Fault) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of this service's throttling or failure response."""
    table = THROTTLING if fault is Fault.THROTTLE else FAILURE
    status, code, message = table[call.dialect]
    if call.dialect in XML:
        return (
            status,
            {"Content-Type": "text/xml"},
            XML[call.dialect].format(code, message).encode(),
        )
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()
