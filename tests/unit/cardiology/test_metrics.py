"""Metrics travel in few requests within CloudWatch's limits; log events keep every detail."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cardiology import metrics
from cardiology.errors import CardiologyError
from cardiology.metrics import EventLog, MetricBuffer


class Recorder:
    """A client that remembers the requests; ``broken`` makes it fail."""

    broken = False

    def __init__(self):
        self.requests = []

    def put_metric_data(self, **request):
        if self.broken:
            raise CardiologyError("unreachable")
        self.requests.append(request)

    def put_log_events(self, **request):
        self.put_metric_data(**request)

    def create_log_stream(self, **request):
        pass


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands at a time the test sets."""

    class Clock:
        now = 1_700_000_000.0

        def time(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(metrics, "time", clock)
    return clock


@pytest.fixture
def client():
    return Recorder()


@pytest.fixture
def buffer(client):
    return MetricBuffer(client, "project/dev")


def test_nothing_is_sent_before_the_flush(buffer, client):
    buffer.add("Loss", 1.0, {"Model": "m"})
    assert client.requests == []
    assert buffer.flush() == 1
    assert len(client.requests) == 1


def test_nothing_is_sent_twice(buffer, client):
    buffer.add("Loss", 1.0, {"Model": "m"})
    buffer.flush()
    assert buffer.flush() == 0
    assert len(client.requests) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e200])
def test_a_value_that_cloudwatch_does_not_take_does_not_spoil_the_request(buffer, client, value):
    buffer.add("Loss", value, {"Model": "m"})
    buffer.add("Loss", 1.0, {"Model": "m"})
    buffer.add("Accuracy", value, {"Model": "m"})
    assert buffer.flush() == 1
    assert [datum["Value"] for datum in client.requests[0]["MetricData"]] == [1.0]


def test_a_single_value_is_sent_as_it_is(buffer, client, clock):
    buffer.add("Accuracy", 0.89, {"Model": "m"})
    buffer.flush()
    assert client.requests == [
        {
            "Namespace": "project/dev",
            "MetricData": [
                {
                    "MetricName": "Accuracy",
                    "Dimensions": [{"Name": "Model", "Value": "m"}],
                    "Unit": "None",
                    "Timestamp": 1_699_999_980,
                    "Value": 0.89,
                }
            ],
        }
    ]


def test_the_values_of_a_minute_become_one_statistic_set(buffer, client, clock):
    for value in (3.0, 1.0, 2.0):
        buffer.add("Loss", value, {"Model": "m"})
    clock.now += 60
    buffer.add("Loss", 9.0, {"Model": "m"})
    assert buffer.flush() == 2
    first, second = client.requests[0]["MetricData"]
    assert first["StatisticValues"] == {
        "SampleCount": 3, "Sum": 6.0, "Minimum": 1.0, "Maximum": 3.0,
    }  # fmt: skip
    assert second["Value"] == 9.0


def test_models_are_not_mixed(buffer, client):
    buffer.add("Loss", 1.0, {"Model": "a"})
    buffer.add("Loss", 2.0, {"Model": "b"})
    assert buffer.flush() == 2


def test_a_request_never_holds_more_than_a_thousand_data(buffer, client):
    for number in range(2_001):
        buffer.add(f"Metric{number}", 1.0, {})
    assert buffer.flush() == 2_001
    assert [len(request["MetricData"]) for request in client.requests] == [1000, 1000, 1]


def test_the_limit_is_asserted_where_the_request_is_made(buffer, monkeypatch):
    with pytest.raises(CardiologyError, match="CloudWatch takes 1000"):
        buffer._send([{}] * 1001)


def test_values_survive_a_failed_flush(buffer, client):
    buffer.add("Loss", 1.0, {})
    client.broken = True
    with pytest.raises(CardiologyError):
        buffer.flush()
    client.broken = False
    assert buffer.flush() == 1


@pytest.mark.parametrize("dimension", ["Epoch", "epoch", "Version", "Seed", "RunId"])
def test_a_dimension_that_multiplies_metrics_is_refused(buffer, dimension):
    with pytest.raises(CardiologyError, match="must not be a dimension"):
        buffer.add("Loss", 1.0, {dimension: "1"})


@pytest.mark.parametrize(
    ("name", "dimensions", "unit"),
    [
        ("", {}, "None"),
        (None, {}, "None"),
        ("n" * 256, {}, "None"),
        ("Loss", {"Model": ""}, "None"),
        ("Loss", {"Model": "  "}, "None"),
        ("Loss", {"Model": ":m"}, "None"),
        ("Loss", {"Model": "modèle"}, "None"),
        ("Loss", {"Model": "m" * 1025}, "None"),
        ("Loss", {"Model": 5}, "None"),
        ("Loss", {"": "m"}, "None"),
        ("Loss", {f"D{number}": "m" for number in range(31)}, "None"),
        ("Loss", {}, "seconds"),
    ],
)
def test_a_metric_that_cloudwatch_would_refuse_is_refused_at_the_call(
    buffer, client, name, dimensions, unit
):
    buffer.add("Loss", 1.0, {"Model": "m"})
    with pytest.raises(CardiologyError):
        buffer.add(name, 1.0, dimensions, unit)
    assert buffer.flush() == 1


def test_cloudwatch_returns_what_was_sent(aws, settings, clients):
    for loss in (0.4, 0.2):
        aws.metrics.add("TrainingLoss", loss, {"Model": "m"})
    aws.flush()
    now = datetime.now(UTC)
    points = clients["cloudwatch"].get_metric_statistics(
        Namespace="cardiology-optimizer/dev",
        MetricName="TrainingLoss",
        Dimensions=[{"Name": "Model", "Value": "m"}],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=1),
        Period=86400,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert sum(point["SampleCount"] for point in points) == 2
    assert sum(point["Sum"] for point in points) == pytest.approx(0.6)


def test_log_events_are_json_in_the_stream_of_the_run(aws, settings, clients):
    aws.events.add("epoch", epoch=1, loss=0.5)
    aws.events.add("epoch", epoch=2, loss=0.4)
    aws.flush()
    events = clients["logs"].get_log_events(
        logGroupName=settings.log_group, logStreamName="training/test"
    )["events"]
    assert [json.loads(event["message"]) for event in events] == [
        {"event": "epoch", "epoch": 1, "loss": 0.5},
        {"event": "epoch", "epoch": 2, "loss": 0.4},
    ]


def test_a_stream_that_exists_is_appended_to(aws, settings, clients):
    logs = clients["logs"]
    for _ in range(2):
        log = EventLog(logs, settings.log_group, "training/again")
        log.add("epoch")
        assert log.flush() == 1


def test_numbers_that_are_not_finite_are_null_in_a_log_event(client):
    log = EventLog(client, "g", "s")
    log.add("e", loss=np.float32("nan"), curve=[1.0, float("inf")], epoch=np.int64(3))
    log.flush()
    (event,) = client.requests[0]["logEvents"]
    assert json.loads(event["message"]) == {
        "event": "e", "loss": None, "curve": [1.0, None], "epoch": 3,
    }  # fmt: skip


@pytest.mark.parametrize("fields", [{"a": object()}, {"event": "b"}, {"text": "x" * 1_048_576}])
def test_an_event_that_cannot_be_sent_is_refused_at_the_call(client, fields):
    log = EventLog(client, "g", "s")
    log.add("good")
    with pytest.raises(CardiologyError):
        log.add("bad", **fields)
    assert log.flush() == 1


@pytest.mark.parametrize("stream", ["", "a:b", "a*", "s" * 513, None])
def test_a_log_stream_that_cloudwatch_would_refuse_is_refused_at_once(client, stream):
    with pytest.raises(CardiologyError, match="cannot be a log stream"):
        EventLog(client, "g", stream)


def test_a_log_request_never_spans_more_than_a_day(client, clock):
    log = EventLog(client, "g", "s")
    for _ in range(3):
        log.add("e")
        clock.now += 20 * 3600
    assert log.flush() == 3
    assert [len(request["logEvents"]) for request in client.requests] == [2, 1]


def test_an_absent_log_group_is_named(aws, settings, clients):
    log = EventLog(clients["logs"], "/nowhere", "s")
    log.add("epoch")
    with pytest.raises(CardiologyError, match="cannot write to log group /nowhere"):
        log.flush()


def test_a_log_request_never_holds_more_than_ten_thousand_events(client):
    log = EventLog(client, "g", "s")
    for _ in range(10_001):
        log.add("e")
    assert log.flush() == 10_001
    assert [len(request["logEvents"]) for request in client.requests] == [10_000, 1]


@pytest.mark.parametrize(("events", "letters"), [(30, 50_000), (9_500, 70)])
def test_a_log_request_never_exceeds_a_mebibyte_as_cloudwatch_counts_it(client, events, letters):
    log = EventLog(client, "g", "s")
    for _ in range(events):
        log.add("e", text="x" * letters)
    assert log.flush() == events
    sizes = [
        sum(len(event["message"].encode()) + 26 for event in request["logEvents"])
        for request in client.requests
    ]
    assert len(sizes) > 1
    assert max(sizes) <= 1_048_576


def test_a_log_request_is_in_order_even_if_the_clock_was_set_back(client, clock):
    log = EventLog(client, "g", "s")
    log.add("later")
    clock.now -= 3
    log.add("earlier")
    log.flush()
    times = [event["timestamp"] for event in client.requests[0]["logEvents"]]
    assert times == sorted(times)
