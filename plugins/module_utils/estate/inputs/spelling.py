# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suggestions for a misspelled word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: The minimum similarity, from 0 to 1, for a word to be suggested.
ALIKE = 0.6
#: The same for a part of a name: parts are short, and many of them are similar.
SIMILAR_PART = 0.8


def closest(word: str, words: Iterable[str], alike: float = ALIKE) -> str:
    """The most similar word, else the shortest one that contains `word` or has a similar part.

    "" if there is none.
    """
    candidates = sorted(words)
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=alike)
    parts = [other for other in candidates if len(word) > 3 and has_part(other, word)]
    return next(iter([*found, *sorted(parts, key=len)]), "")


def has_part(name: str, word: str) -> bool:
    """Whether `word` is in `name`, as a misspelled part of it too: `epocs` in training_epochs."""
    similar = difflib.get_close_matches(word, name.split("_"), n=1, cutoff=SIMILAR_PART)
    return word in name or bool(similar)


def question(meant: str) -> str:
    """`: did you mean dev?`, or a full stop if there is no suggestion."""
    return f": did you mean {meant}?" if meant else "."
