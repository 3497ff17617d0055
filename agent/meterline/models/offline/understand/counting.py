"""How often something has to have happened to count: "more than twice", "at least three times", "again and again"."""

from __future__ import annotations

from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.words import Said

_ONCE = {"once": 1, "twice": 2, "thrice": 3}
_MORE = frozenset({"more", "over", "beyond"})
_OFTEN = frozenset({"repeatedly", "multiple", "several"})
SEVERAL = 2
_BEHIND = 3
"""So many words may stand between "more" and the number."""


def times_said(tokens: Said) -> int | None:
    """The least number of times that is asked for: 3 for "more than twice" and for "three times"; None where none is said."""
    words, numbers = [t.norm for t in tokens], lexicon().numbers
    for at, word in enumerate(words):
        counted = word in _ONCE or "times" in words[at + 1 : at + 4]
        number = _ONCE.get(word) or (numbers.get(word) or (int(word) if word.isdigit() else None) if counted else None)
        if number is not None and tokens[at].kind == "word":
            return number + 1 if _MORE & set(words[max(0, at - _BEHIND) : at]) else number
    again = any(word in _OFTEN and "times" in words[at + 1 : at + 2] for at, word in enumerate(words))
    return SEVERAL if again or "repeatedly" in words else None
