"""How long ago a run's last step was, told every minute while the run goes on.

An alarm watches it. That no other metric comes could mean that nobody trains; this one comes only
from a run, also from one that hangs. It has no dimension, so it is one metric for all runs.
"""

import threading
import time
from types import TracebackType

from cardiology.errors import CardiologyError
from cardiology.metrics import MetricBuffer

METRIC = "SecondsWithoutProgress"
PERIOD_SECONDS = 60.0


class Heartbeat:
    """Tells it from a thread of its own, between entering and leaving."""

    def __init__(self, metrics: MetricBuffer, period: float = PERIOD_SECONDS):
        self._metrics = metrics
        self._period = period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._last = time.monotonic()

    def beat(self) -> None:
        """Say that a step is done."""
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
                # A run does not end because nobody hears of it.
                print(f"heartbeat: {error}", flush=True)
