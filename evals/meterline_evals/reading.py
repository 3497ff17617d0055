"""How the examiner reads an answer: its words, its numbers, and when two values agree."""

from __future__ import annotations

import re
from typing import Any

from meterline.answer import Answer

_FOOTNOTE = re.compile(r"^\[\^\d+\]:.*$|\[\^\d+\]", re.MULTILINE)
_QUOTE = re.compile(r"“[^”]*”")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DATES = re.compile(
    rf"\b\d{{4}}-\d\d(?:-\d\d)?\b|\b\d{{1,2}} {_MONTH}(?: \d{{4}})?\b|\b{_MONTH} \d{{1,2}}(?:, \d{{4}})?\b|\b{_MONTH} \d{{4}}\b"
    r"|\b\d\d:\d\d\b(?: UTC)?|\b(?:19|20)\d\d\b"
)
_IDS = re.compile(r"\b(?=[\w./-]*\d)[A-Za-z][\w./-]*")
"""Names that hold a digit and begin with a letter: M01, FQ2, UC-0012, s3."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def base(metric: str | None) -> str:
    """M21 of M21.churn."""
    return (metric or "").split(".")[0]


def shown_words(answer: Answer) -> str:
    """All that a reader sees, in lower case."""
    options = [f"{o.label} {o.hint}" for o in answer.clarification.options] if answer.clarification else []
    question = [answer.clarification.question] if answer.clarification else []
    parts = [answer.headline, answer.text, *answer.assumptions, *answer.not_available, *answer.next_steps, *question, *options]
    return " ".join(parts).lower().replace("\\", "")


def prose(answer: Answer) -> str:
    """What the product itself says: without footnotes, quotations, code and dates."""
    text = "\n".join([answer.headline, answer.text, *answer.assumptions, *answer.not_available, *answer.next_steps]).replace("\\", "")
    for pattern in (_FOOTNOTE, _CODE, _QUOTE, _DATES):
        text = pattern.sub(" ", text)
    return text


_WORDS = {
    word: str(n)
    for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split())  # noqa: SIM905
} | {"twenty": "20", "thirty": "30", "ninety": "90", "quarter": "3", "year": "12"}


def said_in_words(text: str) -> set[str]:
    """The numbers that a text spells out: of “the last six months”, 6."""
    return {_WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _WORDS}


def numbers(text: str) -> list[str]:
    """The numbers of a text as they stand, those inside names left out."""
    return [m.group().rstrip(",") for m in _NUMBER.finditer(_IDS.sub(" ", text))]


def agrees(given: Any, expected: Any, tolerance: float) -> bool:
    """Equal within a relative tolerance, one currency unit on money; what is no number must be the same text."""
    if isinstance(given, int | float) and isinstance(expected, int | float):
        return abs(given - expected) <= max(abs(expected) * tolerance, 1e-6 if tolerance == 0 else _unit(expected))
    return str(given) == str(expected)


def _unit(expected: float) -> float:
    """One currency unit is allowed on money; fractions (percentages) get the relative tolerance alone."""
    return 1.0 if abs(expected) > 50 else 5e-4
