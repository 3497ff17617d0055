"""Dates and clocks as people and tools write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FORMATS = (
    *("%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y, %H:%M"),
    *("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y %H:%M", "%d %b %Y %H:%M", "%B %d, %Y %H:%M", "%B %d, %Y %I:%M %p"),
    *("%A, %B %d, %Y %I:%M %p", "%A, %d %B %Y %H:%M", "%b %d, %Y, %I:%M %p", "%Y年%m月%d日"),
)
"""Only forms that can be read one way: 03/06/2026 is June to some and March to others."""
_EPOCH_FROM, _MILLI_FROM = 1e8, 1e11
_CLOCK = re.compile(r"(?:(?P<h>\d+):)?(?P<m>\d{1,2}):(?P<s>\d{1,2}(?:[.,]\d+)?)")
_ISO_DURATION = re.compile(r"PT(?=\d)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>[\d.]+)S)?")
_DAY = re.compile(
    r"\b(?:20\d\d-\d\d-\d\d|\d{1,2}\.\d{1,2}\.20\d\d|\d{1,2} [A-Za-z]{3,9} 20\d\d|[A-Za-z]{3,9} \d{1,2}, 20\d\d|20\d\d年\d{1,2}月\d{1,2}日)"
)
_SECONDS = re.compile(r"(?P<h>)(?P<m>)(?P<s>\d+(?:[.,]\d+)?)s?")


def read_moment(said: object) -> datetime | None:
    """A moment in naive UTC (a time without a zone is taken as UTC); None when it cannot be read one way."""
    if isinstance(said, int | float) or (isinstance(said, str) and re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d+)?", said)):
        number = float(said)
        return (
            datetime.fromtimestamp(number / (1000 if number > _MILLI_FROM else 1), UTC).replace(tzinfo=None)
            if number > _EPOCH_FROM
            else None
        )
    text = " ".join(str(said).split())
    moment = _iso(text) or next((m for form in _FORMATS if (m := _formatted(text, form))), None) or _mail(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment


def find_days(line: str) -> set[datetime]:
    """The days that a line of text names in a form that can be read one way."""
    named = (read_moment(match.group()) for match in _DAY.finditer(line))
    return {moment for moment in named if moment}


def as_seconds(value: object) -> float | None:
    """A place in a recording (seconds, 1:02:03.5, 00:01:02,500, "1.5s", PT3.2S) or a moment, in seconds; None when unreadable."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    for form in (_CLOCK, _ISO_DURATION, _SECONDS):
        if text and (match := form.fullmatch(text)):
            hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.group("h", "m", "s"))
            return hours * 3600 + minutes * 60 + seconds
    moment = _iso(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() if moment else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _formatted(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None
