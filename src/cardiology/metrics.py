"""Metrics, sent to CloudWatch in batches, and structured events, written to a log stream."""

import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from botocore.exceptions import ClientError

from cardiology.errors import CardiologyError, aws_errors
from cardiology.plain import jsonable, number

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_logs import CloudWatchLogsClient

Unit = Literal["None", "Seconds", "Count", "Percent", "Bytes"]

# Limits of PutMetricData and PutLogEvents; a log event counts 26 bytes in addition to its text. All
# are enforced here, because CloudWatch refuses a whole request for one bad value.
MAX_DATA = 1_000
MAX_NAME = 255
MAX_DIMENSIONS = 30
MAX_DIMENSION_VALUE = 1_024
# CloudWatch accepts up to 2^360, about 2e108; a minute's values are also summed.
MAX_VALUE = 1e100
MAX_EVENTS = 10_000
MAX_LOG_BYTES = 1_048_576
EVENT_OVERHEAD = 26
MAX_LOG_SPAN = 24 * 3600 * 1000
# Every new dimension value is a new metric, and each metric is billed monthly.
FORBIDDEN_DIMENSIONS = frozenset({"epoch", "version", "seed", "runid", "run_id"})


class MetricBuffer:
    """Collects values and sends them on ``flush``.

    Values of the same metric in the same minute are sent as one statistic set: an epoch takes
    a few hundredths of a second, and CloudWatch's standard resolution is one minute.
    """

    def __init__(self, client: "CloudWatchClient", namespace: str):
        self._client = client
        self._namespace = namespace
        self._minutes: dict[tuple[Any, ...], list[float]] = {}

    def add(
        self, name: str, value: object, dimensions: Mapping[str, str], unit: Unit = "None"
    ) -> None:
        """Buffer one value, stamped with the current minute.

        Raises CardiologyError for a name, dimension or unit that CloudWatch would refuse, and for
        a costly dimension. A value that is not finite or exceeds CloudWatch's limit is left out.
        """
        check_metric(name, dimensions, unit)
        figure = number(name, value)
        if not abs(figure) <= MAX_VALUE:
            return
        key = (name, tuple(sorted(dimensions.items())), unit, _minute())
        self._minutes.setdefault(key, []).append(figure)

    def flush(self) -> int:
        """Send the buffered data and return the number sent; on an error nothing is lost."""
        sent = 0
        while self._minutes:
            keys = list(self._minutes)[:MAX_DATA]
            self._send([_datum(key, self._minutes[key]) for key in keys])
            for key in keys:
                del self._minutes[key]
            sent += len(keys)
        return sent

    def send_now(self, name: str, value: float, unit: Unit = "None") -> None:
        """Send one value without a dimension, bypassing the buffer; safe in any thread."""
        check_metric(name, {}, unit)
        self._send([_datum((name, (), unit, _minute()), [number(name, value)])])

    def _send(self, data: list[Any]) -> None:
        if len(data) > MAX_DATA:
            raise CardiologyError(f"{len(data)} data in one request: CloudWatch takes {MAX_DATA}")
        with aws_errors(f"publish metrics to {self._namespace}"):
            self._client.put_metric_data(Namespace=self._namespace, MetricData=data)


def check_metric(name: str, dimensions: Mapping[str, str], unit: Unit) -> None:
    """Raise CardiologyError for a name, dimension or unit that CloudWatch would refuse."""
    _check_text("metric name", name, MAX_NAME)
    for key, value in dimensions.items():
        _check_text("dimension", key, MAX_NAME)
        if key.lower() in FORBIDDEN_DIMENSIONS:
            raise CardiologyError(f"{key} must not be a dimension: each value costs a metric")
        _check_text(key.lower(), value, MAX_DIMENSION_VALUE)
    if len(dimensions) > MAX_DIMENSIONS:
        raise CardiologyError(f"metric {name} has more than {MAX_DIMENSIONS} dimensions")
    if unit not in get_args(Unit):
        raise CardiologyError(f"unknown unit {unit!r}: choose one of {', '.join(get_args(Unit))}")


def _check_text(what: str, value: object, limit: int) -> None:
    good = isinstance(value, str) and len(value) <= limit
    if not good or not re.fullmatch(r"[!-9;-~][ -~]*", str(value)):
        raise CardiologyError(
            f"{value!r} cannot be a {what}: use 1 to {limit} ASCII characters, "
            "the first neither a space nor a colon"
        )


def _minute() -> int:
    return int(time.time()) // 60 * 60


def _datum(key: tuple[Any, ...], values: list[float]) -> dict[str, Any]:
    name, dimensions, unit, minute = key
    head = {
        "MetricName": name,
        "Dimensions": [{"Name": label, "Value": value} for label, value in dimensions],
        "Unit": unit,
        "Timestamp": minute,
    }
    if len(values) == 1:
        return {**head, "Value": values[0]}
    return {
        **head,
        "StatisticValues": {
            "SampleCount": len(values),
            "Sum": sum(values),
            "Minimum": min(values),
            "Maximum": max(values),
        },
    }


class EventLog:
    """Buffers structured events (one JSON object each) and writes them to one log stream."""

    def __init__(self, client: "CloudWatchLogsClient", group: str, stream: str):
        if not isinstance(stream, str) or not re.fullmatch(r"[^:*]{1,512}", stream):
            raise CardiologyError(
                f"{stream!r} cannot be a log stream: use 1 to 512 characters, none of them : or *"
            )
        self._client = client
        self._group = group
        self._stream = stream
        self._events: list[Any] = []
        self._created = False

    def add(self, event: str, /, **fields: object) -> None:
        """Buffer one event, stamped with the current time in milliseconds.

        ``fields`` are JSON values, or numpy and torch equivalents; NaN is written as null.
        Raises CardiologyError for others, and for an event larger than 1 MiB.
        """
        if "event" in fields:
            raise CardiologyError("event is the event's own name: choose another field")
        plain = jsonable("event", {"event": event, **fields})
        message = json.dumps(plain, separators=(",", ":"), allow_nan=False)
        if len(message.encode()) + EVENT_OVERHEAD > MAX_LOG_BYTES:
            raise CardiologyError(f"event {event} is larger than the {MAX_LOG_BYTES} bytes allowed")
        self._events.append({"timestamp": round(time.time() * 1000), "message": message})

    def flush(self) -> int:
        """Send the buffered events and return their number; on an error nothing is lost."""
        sent = 0
        # CloudWatch requires chronological order, and the clock may have been set back.
        self._events.sort(key=lambda event: event["timestamp"])
        while self._events:
            batch = self._batch()
            self._send(batch)
            del self._events[: len(batch)]
            sent += len(batch)
        return sent

    def _batch(self) -> list[Any]:
        size = 0
        last = self._events[0]["timestamp"] + MAX_LOG_SPAN
        for count, event in enumerate(self._events[:MAX_EVENTS]):
            size += len(event["message"].encode()) + EVENT_OVERHEAD
            if size > MAX_LOG_BYTES or event["timestamp"] > last:
                return self._events[:count]
        return self._events[:MAX_EVENTS]

    def _send(self, batch: list[Any]) -> None:
        with aws_errors(f"write to log group {self._group}"):
            if not self._created:
                self._create()
            self._client.put_log_events(
                logGroupName=self._group, logStreamName=self._stream, logEvents=batch
            )

    def _create(self) -> None:
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
        self._created = True
