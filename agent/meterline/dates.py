"""Days and months as people write them: 2026-08-05, 5 Aug 2026, 5th of August, August 5, Aug 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_DIGIT = re.compile(r"\d")
_MONTH = r"(?:" + "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + r"|sept)\b\.?"
_NUMBER = r"(\d{1,2})(?:st|nd|rd|th)?"
_TAIL = r"(?:,?\s+(\d{4}))?(?![\w%]|[.,]\d)"
_FORMS = (
    (re.compile(r"(?<![\w.,])(\d{4})-(\d{2})-(\d{2})(?![\w%])"), "ymd"),
    (re.compile(rf"(?<![\w.,$€£-]){_NUMBER}\s+(?:of\s+)?({_MONTH}){_TAIL}", re.IGNORECASE), "dmy"),
    (re.compile(rf"(?<!\w)({_MONTH})\s+{_NUMBER}(?!\d){_TAIL}", re.IGNORECASE), "mdy"),
    (re.compile(rf"(?<!\w)({_MONTH})\s+(\d{{4}})(?![\w%]|[.,]\d)", re.IGNORECASE), "my"),
)


@dataclass(frozen=True)
class Day:
    """A day, or with `day` None a month, that stands at [start, end) of a text; `year` is None when it is not written."""

    start: int
    end: int
    year: int | None
    month: int
    day: int | None

    def fits(self, known: date) -> bool:
        """Whether what is written of it agrees with a date."""
        return self.month == known.month and self.year in (None, known.year) and self.day in (None, known.day)


def find_days(text: str) -> list[Day]:
    """The days and months with a number that a text names, in order; of two readings of one place the first form holds."""
    if not _DIGIT.search(text):
        return []
    found: list[Day] = []
    for pattern, form in _FORMS:
        for match in pattern.finditer(text):
            if not any(d.start < match.end() and match.start() < d.end for d in found):
                found.append(_read(match, form))
    return sorted(found, key=lambda d: d.start)


def _read(match: re.Match[str], form: str) -> Day:
    parts = dict(zip(form, match.groups(), strict=False))
    year, day = parts.get("y"), parts.get("d")
    month = parts["m"]
    number = int(month) if month.isdigit() else next(i for i, name in enumerate(MONTHS, 1) if name.startswith(month[:3].lower()))
    return Day(match.start(), match.end(), int(year) if year else None, number, int(day) if day else None)
