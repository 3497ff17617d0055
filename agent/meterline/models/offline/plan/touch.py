"""Plans of activity: counts with substance, silent accounts, the last touch, what customers were asked for, business reviews."""

from __future__ import annotations

from itertools import pairwise

from meterline.models.offline.plan.base import MONTH, filters_of, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.scoring import any_match

SILENT = "last 60 days"
TIME_BUCKETS = frozenset({"day", "week", "month"})
TYPES = {
    **dict.fromkeys(("meeting", "meetings", "seeing", "visiting", "visit", "visits"), "meeting"),
    **dict.fromkeys(("call", "calls", "calling", "phoning"), "call"),
    **dict.fromkeys(("workshop", "workshops"), "workshop"),
    **dict.fromkeys(("email", "emails", "mails", "emailing", "mailing"), "email"),
}
"""Words for the types of activity that people count."""


def activity(reading: Reading) -> list[Step]:
    if reading.silence:
        view = silence_view(reading)
        window = window_of(reading, _how_long(reading) or (SILENT if view == "silent" else ""))
        return [_list(reading, view, window=window, limit=20)]
    by = reading.measure.group_by or (["rep"] if not reading.people and not reading.accounts and not reading.own else [])
    more: dict[str, object] = {}
    if by and not set(by) & TIME_BUCKETS:
        more["order"] = "M44.count" if reading.measure.ranked == "small" else "-M44.count"
    steps = [query("activity", ["M44"], reading, window=window_of(reading, MONTH), group_by=by, **more)]
    if types(reading):
        steps.append(query("types", ["M44"], reading, window=window_of(reading, MONTH), group_by=[*by, "activity_type"]))
    if len(reading.accounts) == 1:
        steps.append(_list(reading, "log", limit=5))
    return steps


def _how_long(reading: Reading) -> str:
    """ "Not heard from us in a quarter", "in over a month": with silence it is the time just past, where else it may be one to come."""
    words = [t.norm for t in reading.tokens]
    spans = (word for before, word in pairwise(words) if before in ("a", "an", "one", "whole", "full") and word in _SPANS)
    return next((f"last {_SPANS[word]} days" for word in spans), "")


_SPANS = {"week": 7, "fortnight": 14, "month": 30, "quarter": 91, "half": 182, "year": 365}


def silence_view(reading: Reading) -> str:
    """Which accounts are meant: those silent since a day, those silent for longest, or those that got administration only."""
    lex = lexicon()
    if any_match(lex.followups["admin_only"], reading.tokens):
        return "admin"
    return "longest" if any_match(lex.followups["longest_silence"], reading.tokens) and reading.periods.main is None else "silent"


def types(reading: Reading) -> list[str]:
    """Types of activity the question names."""
    return list(dict.fromkeys(TYPES[t.norm] for t in reading.tokens if t.norm in TYPES))


def last_touch(reading: Reading) -> list[Step]:
    day = reading.periods.main if reading.periods.main and reading.periods.main.unit == "day" else None
    return [_list(reading, "log", window=reading.periods.window if day else "", limit=5)]


def asks(reading: Reading) -> list[Step]:
    return [_list(reading, "asks", window=window_of(reading), limit=10)]


def contact(reading: Reading) -> list[Step]:
    return [_list(reading, "contact", limit=20)]


def cadence(reading: Reading) -> list[Step]:
    by = reading.measure.group_by or ([] if reading.people or reading.accounts else ["rep"])
    steps = [query("cadence", ["M45"], reading, window=window_of(reading), group_by=by)]
    missing = query("missing", ["M45"], reading, window=window_of(reading), group_by=["account"], having=["M45.missing > 0"], limit=15)
    return [*steps, missing]


def _list(reading: Reading, view: str, **args: object) -> Step:
    given: dict[str, object] = {"view": view, "filters": filters_of(reading.named), **args}
    return Step(view, "activities", {name: value for name, value in given.items() if value})
