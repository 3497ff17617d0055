"""Periods of what is still to come: contracts end, go-lives are planned and vouchers lapse on days ahead, not behind."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.periods import iso, whole_window
from meterline_tools.catalog.calendar import Period, add_months, days, spell
from meterline_tools.errors import ModelMustRetry

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

_AHEAD = frozenset({"golive", "forecast", "vouchers"})
_UNTIL = re.compile(
    r"\b(?:(?:between|from)\s+now\s+(?:and|to|until|till|through)|(?P<before>before|prior to)|by|until|till|through|thru|up to)"
    r"\s+(?:the\s+)?(?P<end>(?:end|close)\s+of\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
_RUNNING = re.compile(r"(?:(?:this|fiscal|calendar)\s+)?(?P<unit>year|quarter|month|fy)\b(?P<end>[\s-]+(?:end|is out))?", re.IGNORECASE)
_PAST = frozenset({"last", "past", "previous", "prior", "ago", "since", "did", "was", "were", "ended", "expired", "lapsed"})
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|'\d\d\b|\bfy\s?\d")
_NAMED = frozenset({"day", "month", "quarter", "half"})


def look_ahead(reading: Reading, context: Context) -> None:
    """Reads a period of such a question as one to come, in place: "by October", "between now and Christmas", "in November"."""
    if reading.intent not in _AHEAD and not (reading.intent == "commit" and reading.ending):
        return
    if _PAST & reading.tokens.present or _YEAR.search(reading.question.lower()):
        return
    today = context.asof.local_today
    for match in _UNTIL.finditer(reading.question):
        last = _end_of(reading.question[match.end() :], match, context)
        if last is not None and last > today:
            _set(reading, Period(f"{spell(today)} to {spell(last)}", days(today, last), match.group(), "range", incomplete=True))
            return
    period = reading.periods.main
    if (
        period is not None
        and period.incomplete
        and period.window.start <= today
        and reading.intent == "golive"
        and (whole := whole_window(reading.periods, context.calendar))
    ):
        _set(reading, Period(period.label, days(today, whole[1]), period.phrase, "range", incomplete=True))
        return
    behind = period is not None and period.unit in _NAMED and period.window.end < today and not period.incomplete
    if period is not None and behind and not _PAST & set(period.phrase.lower().split()):
        start, end = period.window.start, period.window.end
        while end < today:
            start, end = add_months(start, 12), add_months(end, 12)
        _set(reading, Period(f"{spell(start)} to {spell(end)}", days(start, end), period.phrase, "range", incomplete=True))


def _set(reading: Reading, period: Period) -> None:
    reading.periods.main, reading.periods.window = period, iso(period)


def _end_of(rest: str, match: re.Match[str], context: Context) -> date | None:
    """The last day meant by what follows "by", "before" or "until"."""
    from meterline_tools.catalog.periods import find_periods

    today, calendar = context.asof.local_today, context.calendar
    if running := _RUNNING.match(rest):
        whole = {"quarter": calendar.quarter, "month": calendar.month}.get(running["unit"].lower(), calendar.year)(today)
        return whole.window.end
    with suppress(ModelMustRetry):
        found = [m for m in find_periods(rest, context.asof, calendar) if m.start == 0]
        if found:
            window = found[0].period.window
            last = window.start - timedelta(days=1) if match["before"] and not match["end"] else window.end
            while last < today:
                last = add_months(last, 12)
            return last
    return None
