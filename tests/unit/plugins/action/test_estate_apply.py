"""Applying in Ansible's own process: its lines, and what an interrupt does."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.action import estate_apply as plugin


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is printed."""
    lines: list[Any] = []
    monkeypatch.setattr(plugin, "progress", lambda _variables, line: lines.append(line))
    return lines


def test_a_change_is_printed_when_it_is_made(printed: list[Any]) -> None:
    with plugin.News({}) as news:
        news.tell({"text": "created vpc main"})

        assert printed == [{"text": "created vpc main"}]


def test_what_is_waited_for_is_printed_after_a_while(printed: list[Any]) -> None:
    with plugin.News({}, quiet=0.01) as news:
        news.tell({"waiting": "creating nat_gateway main"})
        while not any("nat_gateway" in line for line in printed):
            time.sleep(0.01)

    assert printed[-1].startswith("  ... creating nat_gateway main (")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_that_ansible_sends_is_an_interrupt(number: int) -> None:
    before = signal.getsignal(number)
    cleaned = []

    def work() -> None:
        with plugin.interruptible():
            try:
                os.kill(os.getpid(), number)
                signal.pause()
            finally:
                os.kill(os.getpid(), number)  # a second one changes nothing
                cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        work()

    assert cleaned
    assert signal.getsignal(number) is before
