"""Report progress during a long wait."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERVAL_SECONDS = 10.0


@contextmanager
def waiting(
    say: Callable[[str], None], what: str, interval: float = INTERVAL_SECONDS
) -> Iterator[None]:
    """While the block runs, `say` every `interval` seconds what it waits for, and how long."""
    ended = threading.Event()
    began = time.monotonic()

    def tell() -> None:
        while not ended.wait(interval):
            say(f"  ... {what} ({time.monotonic() - began:.0f} s)")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
