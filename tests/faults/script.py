"""What goes wrong, and when: the same for the proxy and for hooks inside a process."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from enum import StrEnum

from .calls import Call


class Fault(StrEnum):
    """What happens to a call."""

    #: Refused for now, in the service's own words; not carried out.
    THROTTLE = "throttle"
    #: 500, not carried out.
    FAIL = "fail"
    #: The connection breaks before anything is carried out.
    RESET = "reset"
    #: Carried out, and the reply is lost.
    LOSE = "lose"
    #: Carried out, and then the caller dies.
    KILL = "kill"


@dataclass
class Record:
    """One call that came by."""

    number: int
    call: Call
    #: Which call of its action it was, from 1.
    occurrence: int
    fault: Fault | None
    #: The HTTP status of what was carried out; 0 where nobody knows.
    status: int = 0


class Script:
    """Which calls meet which fault, and the log of them all."""

    def __init__(self) -> None:
        self.log: list[Record] = []
        self._by_number: dict[int, Fault] = {}
        self._by_action: dict[tuple[str, str, int], Fault] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def at(self, number: int, fault: Fault) -> Script:
        """Let the call of this number (from 1) meet a fault."""
        self._by_number[number] = fault
        return self

    def on(self, action: str, fault: Fault, occurrence: int = 1, service: str = "") -> Script:
        """Let one call of an action meet a fault; 0 stands for every one."""
        self._by_action[service, action, occurrence] = fault
        return self

    def forget(self) -> None:
        """Count from the beginning again."""
        self.log.clear()
        self._seen.clear()

    def met(self, call: Call) -> Record:
        """Note a call; says which fault it meets."""
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
        """The calls that met a fault."""
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
    """Status, headers and body by which this service throttles or fails."""
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
