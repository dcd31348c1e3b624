"""What a run tells CloudWatch: metrics in few requests, the learning curve as log events."""

import json
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cardiology.errors import CardiologyError
from cardiology.store import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_logs import CloudWatchLogsClient

# PutMetricData takes 1,000 data; PutLogEvents takes 10,000 events and 1 MiB, where each event
# counts 26 bytes on top of its text. We keep these limits ourselves: an emulator may not.
MAX_DATA = 1_000
MAX_EVENTS = 10_000
MAX_LOG_BYTES = 1_048_576
EVENT_OVERHEAD = 26
# Every new value of a dimension is a new metric, and each metric costs money every month.
FORBIDDEN_DIMENSIONS = frozenset({"epoch", "version", "seed", "runid", "run_id"})


class MetricBuffer:
    """Collects values and sends them on ``flush``.

    Values of the same metric in the same minute travel as one statistic set: an epoch lasts
    some hundredths of a second, and CloudWatch's finest ordinary resolution is a minute.
    """

    def __init__(self, client: "CloudWatchClient", namespace: str):
        self._client = client
        self._namespace = namespace
        self._minutes: dict[tuple[Any, ...], list[float]] = {}

    def add(
        self, name: str, value: float, dimensions: Mapping[str, str], unit: str = "None"
    ) -> None:
        """Buffer one value, stamped with the current minute; raises on a costly dimension.

        A value that is not finite is left out: CloudWatch would refuse the whole request.
        """
        costly = [key for key in dimensions if key.lower() in FORBIDDEN_DIMENSIONS]
        if costly:
            raise CardiologyError(f"{costly[0]} must not be a dimension: each value costs a metric")
        if not math.isfinite(value):
            return
        minute = int(time.time()) // 60 * 60
        key = (name, tuple(sorted(dimensions.items())), unit, minute)
        self._minutes.setdefault(key, []).append(float(value))

    def flush(self) -> int:
        """Send all that is buffered and return the number of data sent; keep it on an error."""
        sent = 0
        while self._minutes:
            keys = list(self._minutes)[:MAX_DATA]
            self._send([_datum(key, self._minutes[key]) for key in keys])
            for key in keys:
                del self._minutes[key]
            sent += len(keys)
        return sent

    def send_now(self, name: str, value: float, unit: str = "None") -> None:
        """Send one value without a dimension, past the buffer: any thread may call this."""
        minute = int(time.time()) // 60 * 60
        self._send([_datum((name, (), unit, minute), [value])])

    def _send(self, data: list[Any]) -> None:
        if len(data) > MAX_DATA:
            raise CardiologyError(f"{len(data)} data in one request: CloudWatch takes {MAX_DATA}")
        with aws_errors(f"publish metrics to {self._namespace}"):
            self._client.put_metric_data(Namespace=self._namespace, MetricData=data)


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
        self._client = client
        self._group = group
        self._stream = stream
        self._events: list[Any] = []
        self._created = False

    def add(self, event: str, **fields: object) -> None:
        """Buffer one event, stamped with the current time in milliseconds."""
        message = json.dumps({"event": event, **fields}, separators=(",", ":"))
        self._events.append({"timestamp": round(time.time() * 1000), "message": message})

    def flush(self) -> int:
        """Send all that is buffered and return the number of events; keep it on an error."""
        sent = 0
        while self._events:
            batch = self._batch()
            self._send(batch)
            del self._events[: len(batch)]
            sent += len(batch)
        return sent

    def _batch(self) -> list[Any]:
        size = 0
        for number, event in enumerate(self._events[:MAX_EVENTS]):
            size += len(event["message"].encode()) + EVENT_OVERHEAD
            if size > MAX_LOG_BYTES and number:
                return self._events[:number]
        return self._events[:MAX_EVENTS]

    def _send(self, batch: list[Any]) -> None:
        with aws_errors(f"write to log group {self._group}"):
            if not self._created:
                self._create()
            # CloudWatch wants a batch in order, and the clock may have been set back meanwhile.
            ordered = sorted(batch, key=lambda event: event["timestamp"])
            self._client.put_log_events(
                logGroupName=self._group, logStreamName=self._stream, logEvents=ordered
            )

    def _create(self) -> None:
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
        self._created = True
