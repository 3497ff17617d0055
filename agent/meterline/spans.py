"""Runs of words: how text of one place is found again in another."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
SPAN = 4
"""So many words in a row from a text that gives orders are no accident."""
SPAN_ASKED = 8
"""The same for the question, whose plain words an answer takes up."""


def spans_of(text: str, length: int) -> frozenset[tuple[str, ...]]:
    """All runs of so many words in a text."""
    words = _WORD.findall(text.lower())
    return frozenset(zip(*(words[n:] for n in range(length)), strict=False))
