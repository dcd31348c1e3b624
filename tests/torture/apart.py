"""Run a task in a fork of this process, so that its changes to moto stay there."""

from __future__ import annotations

import gc
import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

FORK = multiprocessing.get_context("fork")
#: Timeout in seconds for a run that should take two.
PATIENCE = 3600


def apart(task: Callable[[], str]) -> str:
    """The task's return value, or how it failed."""
    reader, writer = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_tell, args=(task, writer))
    child.start()
    writer.close()
    try:
        if not reader.poll(PATIENCE):
            child.kill()
            return f"no end within {PATIENCE} s"
        return str(reader.recv())
    except EOFError:
        return "the process died"
    finally:
        child.join()


def _tell(task: Callable[[], str], writer: Connection) -> None:
    gc.disable()  # it would scan all of moto repeatedly, and so copy its memory
    try:
        writer.send(task())
    except BaseException:
        writer.send(traceback.format_exc())
