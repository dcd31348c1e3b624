"""A run tells how long ago its last step was, also when it hangs, and only while it goes on."""

import threading
import time

import pytest

from cardiology.errors import CardiologyError
from cardiology.heartbeat import METRIC, Heartbeat
from cardiology.metrics import MetricBuffer

PERIOD = 0.02


class Recorder:
    """A client that remembers what it is told; ``broken`` makes it fail the first time."""

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


def heartbeat(client):
    return Heartbeat(MetricBuffer(client, "project/dev"), PERIOD)


def test_a_run_that_hangs_says_for_how_long(client):
    with heartbeat(client):
        time.sleep(0.3)

    values = [datum["Value"] for datum in client.data]
    assert values == sorted(values)
    assert values[-1] > 0.1
    datum = client.data[0]
    assert (datum["MetricName"], datum["Dimensions"], datum["Unit"]) == (METRIC, [], "Seconds")


def test_a_step_sets_it_back(client):
    with heartbeat(client) as heart:
        for _ in range(30):
            heart.beat()
            time.sleep(0.01)

    assert client.data
    assert min(datum["Value"] for datum in client.data) < 0.1


def test_nothing_is_told_after_the_run(client):
    with heartbeat(client):
        assert client.heard.wait(5)
    time.sleep(5 * PERIOD)
    told = len(client.data)
    time.sleep(5 * PERIOD)

    assert len(client.data) == told


def test_a_run_goes_on_when_nobody_hears(capsys):
    client = Recorder(broken=True)
    with heartbeat(client):
        assert client.heard.wait(5)

    assert "heartbeat: " in capsys.readouterr().out
