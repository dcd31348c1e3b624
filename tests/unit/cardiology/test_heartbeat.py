"""A run reports how long ago its last step was, also when it hangs, and only while it is active."""

import threading
import time

import pytest

from cardiology.errors import CardiologyError
from cardiology.heartbeat import METRIC, Heartbeat
from cardiology.metrics import MetricBuffer

PERIOD = 0.02
WAIT = 600


class Recorder:
    """A client that records its requests; ``broken`` makes the first one fail."""

    def __init__(self, broken=False):
        self.broken = broken
        self.data = []
        self.heard = threading.Event()

    def put_metric_data(self, **request):
        if self.broken:
            self.broken = False
            raise CardiologyError("unreachable")
        assert request["Namespace"] == "project/dev"
        self.data += request["MetricData"]
        self.heard.set()


@pytest.fixture
def client():
    return Recorder()


def until(what):
    """Wait until something holds; a busy machine may take its time."""
    end = time.monotonic() + WAIT
    while not what():
        assert time.monotonic() < end
        time.sleep(PERIOD)


def heartbeat(client):
    return Heartbeat(MetricBuffer(client, "project/dev"), PERIOD)


def test_a_run_that_hangs_reports_for_how_long(client):
    with heartbeat(client):
        until(lambda: client.data and client.data[-1]["Value"] > 0.1)

    values = [datum["Value"] for datum in client.data]
    assert values == sorted(values)
    datum = client.data[0]
    assert (datum["MetricName"], datum["Dimensions"], datum["Unit"]) == (METRIC, [], "Seconds")


def test_a_step_sets_it_back(client):
    with heartbeat(client) as heart:
        until(lambda: client.data and client.data[-1]["Value"] > 0.1)
        longest = client.data[-1]["Value"]
        heart.beat()
        until(lambda: client.data[-1]["Value"] < longest)


def test_nothing_is_sent_after_the_run(client):
    with heartbeat(client) as heart:
        assert client.heard.wait(WAIT)
    heart._thread.join(WAIT)

    assert not heart._thread.is_alive()


def test_a_run_continues_when_the_report_cannot_be_sent(capsys):
    client = Recorder(broken=True)
    with heartbeat(client):
        assert client.heard.wait(WAIT)

    assert "heartbeat: " in capsys.readouterr().out
