"""Run something in a copy of this process: what it does to moto stays there."""

from __future__ import annotations

import gc
import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

FORK = multiprocessing.get_context("fork")
#: Seconds after which a run that should take two is taken for stuck.
PATIENCE = 120


def apart(task: Callable[[], str]) -> str:
    """What the task returned there, or how it ended instead."""
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
    gc.disable()  # it would look at all of moto again and again, and copy it
    try:
        writer.send(task())
    except BaseException:
        writer.send(traceback.format_exc())
