"""The seconds since a run's last step, sent as a metric every minute while the run is active.

An alarm monitors this metric. Other metrics may be missing because no run is active; this one is
sent by every active run, even one that hangs. It has no dimension, so all runs share one metric.
"""

import threading
import time
from types import TracebackType

from cardiology.errors import CardiologyError
from cardiology.metrics import MetricBuffer

METRIC = "SecondsWithoutProgress"
PERIOD_SECONDS = 60.0


class Heartbeat:
    """Sends the metric from its own thread while its context is entered."""

    def __init__(self, metrics: MetricBuffer, period: float = PERIOD_SECONDS):
        self._metrics = metrics
        self._period = period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._last = time.monotonic()

    def beat(self) -> None:
        """Record that a step has been completed."""
        self._last = time.monotonic()

    def __enter__(self) -> "Heartbeat":
        self.beat()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._period):
            try:
                self._metrics.send_now(METRIC, time.monotonic() - self._last, "Seconds")
            except CardiologyError as error:
                # A metric that cannot be sent must not end the run.
                print(f"heartbeat: {error}", flush=True)
