"""A long wait is named again and again until it ends."""

import threading

import pytest

from localcloud.waits import waiting


def test_a_long_wait_is_named_until_it_ends():
    said: list[str] = []
    enough = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            enough.set()

    with waiting(say, "building the image", interval=0.01):
        assert enough.wait(60)
    count = len(said)

    assert said[0].startswith("  ... building the image (")
    assert not enough.wait(0.1) or len(said) == count


def test_a_short_wait_says_nothing_and_an_error_passes_through():
    said: list[str] = []

    with pytest.raises(ValueError, match="broken"), waiting(said.append, "a moment", interval=60):
        raise ValueError("broken")

    assert said == []
