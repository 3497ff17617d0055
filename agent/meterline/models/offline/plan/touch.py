"""Plans of activity: counts with substance, silent accounts, the last touch, what customers were asked for, business reviews."""

from __future__ import annotations

from itertools import pairwise

from meterline.models.offline.plan.base import LISTED, MONTH, filters_of, query, window_of
from meterline.models.offline.turn import Step, Turn
from meterline.models.offline.understand.counting import times_said
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.scoring import any_match

_ALL = 200
"""So many are looked through where only those above an amount are wanted."""
SILENT = "last 60 days"
TIME_BUCKETS = frozenset({"day", "week", "month"})
ASKED = "last 90 days"
"""How far back it is looked who was asked for something, where no period is named."""
TOPICS = {
    **dict.fromkeys(("usage", "consumption", "burn", "spend", "why"), "usage_why"),
    **dict.fromkeys(("forecast", "forecasts", "plans", "outlook"), "forecast"),
    **dict.fromkeys(("renewal", "renewals", "renewing"), "renewal"),
    **dict.fromkeys(("reference", "references"), "reference"),
    **dict.fromkeys(("survey", "surveys", "satisfaction"), "survey"),
}
"""Words for what customers are asked about."""
TYPES = {
    **dict.fromkeys(("meeting", "meetings", "seeing", "visiting", "visit", "visits"), "meeting"),
    **dict.fromkeys(("call", "calls", "called", "calling", "phoning", "phoned"), "call"),
    **dict.fromkeys(("workshop", "workshops"), "workshop"),
    **dict.fromkeys(("email", "emails", "mail", "mails", "emailing", "mailing", "emailed"), "email"),
}
"""Words for the types of activity that people count."""


def activity(reading: Reading) -> list[Step]:
    if reading.silence:
        view = silence_view(reading)
        window = window_of(reading, _how_long(reading) or (SILENT if view == "silent" else ""))
        return [_list(reading, view, window=window, limit=_ALL if reading.selection.kept else LISTED)]
    of_all = not reading.people and not reading.accounts and not reading.own and not _by_type(reading)
    by = reading.measure.group_by or (["rep"] if of_all else [])
    more: dict[str, object] = {"compare": reading.periods.compare}
    if by and not set(by) & TIME_BUCKETS:
        more["order"] = "M44.count" if reading.measure.ranked == "small" else "-M44.count"
    steps = [query("activity", ["M44"], reading, window=window_of(reading, MONTH), group_by=by, **more)]
    if types(reading) or left_out(reading) or _by_type(reading):
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


def earlier(reading: Reading, turn: Turn) -> list[Step]:
    """The same over the period that it is compared with."""
    first, asked = turn.reply("activity"), {s.key: s for s in activity(reading)}
    days = (first.data.get("compare_window") if first is not None else None) or {}
    if reading.silence or not reading.periods.compare or not days:
        return []
    window = {"window": f"{days['from']}..{days['to']}"}
    plain = {key: {k: v for k, v in asked[key].args.items() if k != "compare"} for key in ("activity", "types") if key in asked}
    return [Step(f"earlier_{key}", "query_metrics", args | window) for key, args in plain.items()]


def types(reading: Reading) -> list[str]:
    """Types of activity the question names and does not leave out."""
    named = dict.fromkeys(TYPES[t.norm] for t in reading.tokens if t.norm in TYPES)
    return [kind for kind in named if kind not in left_out(reading)]


def left_out(reading: Reading) -> list[str]:
    """Types of activity that are not to be counted: "without emails", "emails excluded"."""
    words = [t.norm for t in reading.tokens]
    places = [
        at
        for at, word in enumerate(words)
        if word in TYPES and (_WITHOUT & set(words[max(0, at - 2) : at]) or _ASIDE & set(words[at + 1 : at + 3]))
    ]
    return list(dict.fromkeys(TYPES[words[at]] for at in places))


_WITHOUT = frozenset(
    {"without", "excluding", "except", "excl", "ex", "no", "not", "minus", "besides", "sans", "ignoring", "ignore", "exclude"}
)
_ASIDE = frozenset({"excluded", "aside", "ignored"})


def _by_type(reading: Reading) -> bool:
    """Whether it is to be told by type of activity."""
    return bool(_SORTS & reading.tokens.present) and not reading.measure.group_by


_SORTS = frozenset({"type", "types", "kind", "kinds", "sort", "sorts"})


def last_touch(reading: Reading) -> list[Step]:
    day = reading.periods.main if reading.periods.main and reading.periods.main.unit == "day" else None
    return [_list(reading, "log", window=reading.periods.window if day else "", limit=_SEARCHED if types(reading) else 5)]


_SEARCHED = 40
"""So many of the newest touches are looked through for one of the type that is asked about."""


def topic_asked(reading: Reading) -> str:
    """What customers were asked about, as the data call it."""
    return next((TOPICS[token.norm] for token in reading.tokens if token.norm in TOPICS), "")


def asks(reading: Reading) -> list[Step]:
    """One account's asks; without an account, who was asked most, or as often as the question says."""
    least, topic = times_said(reading.tokens), topic_asked(reading)
    if not reading.accounts and (least or topic or reading.periods.window):
        about = {"topic": [topic]} if topic else {}
        having = [f"M46 >= {least or 1}"]
        window = window_of(reading, ASKED)
        args: dict[str, object] = {"group_by": ["account"], "having": having, "order": "-M46", "limit": LISTED, "window": window}
        return [query("asked", ["M46"], reading, filters=filters_of(reading.named) | about, **args)]
    return [_list(reading, "asks", window=window_of(reading), limit=10), *(compose(reading) if too_much(reading) else [])]


def too_much(reading: Reading) -> bool:
    """Whether it is asked if one account is asked too much: that has a yes or a no."""
    return len(reading.accounts) == 1 and bool(_TOO_MUCH & reading.tokens.present)


_TOO_MUCH = frozenset(
    {"too", "may", "bother", "bothering", "pester", "pestering", "overload", "overloading", "fatigue", "fatigued", "tired"}
)


def contact(reading: Reading) -> list[Step]:
    return [_list(reading, "contact", limit=20)]


def compose(reading: Reading) -> list[Step]:
    """Whether the account may be written to at all, before a word is drafted."""
    return [Step("contact", "activities", {"view": "contact", "account": reading.accounts[0].id})] if reading.accounts else []


def cadence(reading: Reading) -> list[Step]:
    by = reading.measure.group_by or ([] if reading.people or reading.accounts else ["rep"])
    steps = [query("cadence", ["M45"], reading, window=window_of(reading), group_by=by)]
    missing = query("missing", ["M45"], reading, window=window_of(reading), group_by=["account"], having=["M45.missing > 0"], limit=15)
    return [*steps, missing]


def _list(reading: Reading, view: str, **args: object) -> Step:
    given: dict[str, object] = {"view": view, "filters": filters_of(reading.named), **args}
    return Step(view, "activities", {name: value for name, value in given.items() if value})
