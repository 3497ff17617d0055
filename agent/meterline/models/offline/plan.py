"""From a reading to tool calls: one parallel batch that holds all a draft needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from meterline.models.offline.turn import Step, Turn
from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.periods import WEEK, iso
from meterline.models.offline.understand.reading import NO_NAMES, Reading

MONTH = "last 30 days"
FOUR_WEEKS = "last 28 days"
QUARTER = "last 13 weeks"
YEAR = "last 365 days"
"""What the largest customers are told by, so that seasons even out."""
MOVERS = 5
LISTED = 20
"""Accounts shown when no number is asked for; the others are summed up in one line."""
RECENT_NOTES = "last 180 days"
_MEASURING = frozenset({"lookup", "slice"})
EVER = "2000-01-01"
"""A day before any usage."""
MAX_STEPS = 7
"""The loop allows eight tool calls a turn; one is for names."""


def needs_names(reading: Reading) -> bool:
    """Whether names have to be looked up: not for refusals of principle, nor for what has no subject."""
    if reading.refusal is not None and reading.refusal.type != "REFUSE_DATA":
        return False
    return reading.intent not in NO_NAMES


def plan(reading: Reading, context: Context) -> list[Step]:
    """The tool calls of this reading; none when the draft can be written at once."""
    if reading.refusal is not None or reading.periods.impossible or reading.open or asks_whose(reading, context):
        return []
    if reading.unknown and not reading.named and reading.intent not in ("definition", "notes", *NO_NAMES):
        return [Step("probe", "query_metrics", {"metrics": ["M01"], "filters": {"account": reading.unknown[:1]}})]
    maker = _ahead if reading.ahead else _PLANS.get(reading.intent)
    steps = maker(reading) if maker else []
    return [s for s in steps if s.tool != "query_metrics" or s.args.get("metrics")][:MAX_STEPS]


def further(reading: Reading, context: Context, turn: Turn) -> list[Step]:
    """What one more look is worth when the first one came back empty: when there is usage, and what was said at all."""
    if reading.intent in _MEASURING and is_empty(turn):
        window = f"{EVER}..{context.asof.d1.isoformat()}"
        return [query("ever", ["M01"], reading, window=window, group_by=["month"])]
    notes = [r for key, r in turn.replies.items() if key.startswith("notes_")]
    if reading.intent == "notes" and reading.accounts and notes and not any(r.data.get("hits") for r in notes):
        recent = {"query": reading.accounts[0].name, "account": reading.accounts[0].id, "window": RECENT_NOTES}
        return [Step("recent", "search_notes", recent)] if all(r.ok for r in notes) else []
    return []


def is_empty(turn: Turn) -> bool:
    """Whether a single figure of consumption was asked for and there was none: no usage rather than free usage."""
    reply = next((turn.replies[key] for key in ("lookup", "slice") if key in turn.replies), None)
    if reply is None or not reply.ok or len(reply.data.get("rows") or []) > 1:
        return False
    rows = reply.data.get("rows") or [reply.data.get("total") or {}]
    figure = (rows[0].get("figures") or {}).get("M01")
    return figure is not None and not (reply.data.get("figures") or {}).get(figure, {}).get("value")


def asks_whose(reading: Reading, context: Context) -> bool:
    """First person without a book of one's own: a local admin has none."""
    return reading.own and context.own_book is None and not reading.people and reading.intent in ("scorecard", "attainment")


def filters_of(named: list[Named]) -> dict[str, list[str]]:
    """Entities as metric filters: dimension -> ids; several of one kind are alternatives."""
    filters: dict[str, list[str]] = {}
    for entity in named:
        filters.setdefault(entity.type, []).append(entity.id)
    return filters


def query(key: str, metrics: list[str], reading: Reading, **args: object) -> Step:
    """A metric query with the reading's filters. Empty arguments are left out.

    Metrics that the catalogue lacks, or that cannot be cut by a filter or breakdown asked for, are left out and
    remembered in `reading.uncut`, so that the draft can say so.
    """
    filters = filters_of(reading.named)
    cuts = {*filters, *cast("list[str]", args.get("group_by") or [])}
    fitting = [m for m in metrics if (known := vocabulary().metrics.get(m)) and cuts <= set(known.dimensions)]
    reading.uncut += [m for m in metrics if m in vocabulary().metrics and m not in fitting and m not in reading.uncut]
    given: dict[str, object] = {"metrics": fitting, "filters": filters, **args}
    return Step(key, "query_metrics", {k: v for k, v in given.items() if v})


def _window(reading: Reading, default: str = "") -> str:
    return reading.periods.window or default


def _trailing_week(window: str) -> str:
    """Moves of "this week" are told over the last whole seven days: a week just begun says nothing."""
    return WEEK if window.lower().removeprefix("on ").removeprefix("in ") in ("this week", "the week", "week") else window


def _scorecard(reading: Reading) -> list[Step]:
    window = _window(reading, MONTH)
    compared = len(reading.people) > 1
    by = [reading.people[0].type] if compared else []
    steps = [
        query("book", ["M01", "M08", "M36", "M37", "M38", "M44"], reading, window=window, group_by=by),
        query("target", ["M14", "M13", "M39"], reading, group_by=by),
    ]
    if compared:
        return [*steps, query("size", ["M06", "M24"], reading, group_by=by)]
    return [*steps, query("movers", ["M10", "M08"], reading, window=window, group_by=["account"], order="abs:M10", limit=3)]


def _movers(reading: Reading) -> list[Step]:
    by = reading.measure.group_by or (["workload"] if len(reading.accounts) == 1 else ["account"])
    asked = _window(reading)
    windows = {"asked": _trailing_week(asked)} if asked else {"week": WEEK, "month": FOUR_WEEKS}
    limit = reading.measure.limit or MOVERS
    orders = {"gain": {"up": "-M10"}, "lose": {"down": "M10"}, "both": {"up": "-M10", "down": "M10"}}.get(
        reading.measure.direction, {"all": "abs:M10"}
    )
    steps = [
        query(f"movers_{span}_{way}", ["M10", "M08", "M01"], reading, window=window, group_by=by, order=order, limit=limit)
        for span, window in windows.items()
        for way, order in orders.items()
    ]
    if reading.strip:
        steps.append(query("durable", ["M06", "M07"], reading, group_by=["account"]))
        steps.append(query("durable_total", ["M06", "M07"], reading))
    return steps


def _lookup(reading: Reading) -> list[Step]:
    metrics = reading.metrics or ["M01"]
    by = reading.measure.group_by
    if metrics == ["M01"] and not by:
        metrics = ["M08", "M01"] if reading.measure.direction else ["M01"] if reading.periods.compare else ["M01", "M02"]
    if metrics == ["M01"] and by and not reading.measure.ranked and set(by) & {"account", "region", "segment", "industry", "rep"}:
        metrics = ["M01", "M08"] if not set(by) & {"week", "month", "day"} else metrics
    largest = by == ["account"] and bool(reading.measure.ranked) and not reading.metrics and not reading.periods.window
    timely = bool(set(by) & {"week", "month", "day"})
    args: dict[str, object] = {
        "window": _window(reading, QUARTER if timely else YEAR if largest else ""),
        "group_by": by,
        "compare": reading.periods.compare,
    }
    if reading.measure.limit and by:
        args |= {"order": ("-" if reading.measure.ranked != "small" else "") + metrics[0], "limit": reading.measure.limit}
    elif by == ["account"] and not reading.beside:
        args |= {"order": "-" + metrics[0], "limit": LISTED}
    steps = [query("lookup", metrics, reading, **args)]
    period = reading.periods.main
    if period is not None and period.alternatives and not by:
        steps.append(query("other", metrics, reading, **(args | {"window": iso(period.alternatives[0])})))
    return steps


def _slice(reading: Reading) -> list[Step]:
    window = _window(reading)
    by = ["workload"] if len(reading.accounts) == 1 else ["account"]
    whole = ["M01", "M08", "M09"] if reading.accounts else ["M01", "M08", "M09", "M24"]
    steps = [
        query("slice", whole, reading, window=window),
        query("movers", ["M10", "M08", "M01"], reading, window=window, group_by=by, order="abs:M10", limit=MOVERS),
    ]
    return steps if reading.accounts else [*steps, query("share", ["M17"], reading)]


def _attainment(reading: Reading) -> list[Step]:
    metrics = ["M14", "M13", "M15"]
    by = reading.measure.group_by
    books = query("books", ["M01", "M08"], reading, group_by=["rep"], window=_window(reading))
    if by or (reading.people and len(reading.people) == 1):
        return [query("attainment", metrics, reading, group_by=by), *([books] if by == ["rep"] else [])]
    if reading.people:
        return [query("attainment", metrics, reading, group_by=[reading.people[0].type])]
    return [
        query("attainment", metrics, reading, group_by=["rep"]),
        query("managers", metrics, reading, group_by=["manager"]),
        books,
    ]


def _explain(reading: Reading) -> list[Step]:
    if reading.accounts:
        return [
            Step(f"why_{n}", "explain_change", {"account": a.id, **({"window": _window(reading)} if _window(reading) else {})})
            for n, a in enumerate(reading.accounts[:2])
        ]
    window = _trailing_week(_window(reading, FOUR_WEEKS))
    return [
        query("slice", ["M01", "M08", "M10"], reading, window=window),
        query("weeks", ["M01"], reading, group_by=["week"], window=QUARTER),
        query("movers", ["M10", "M08"], reading, window=window, group_by=["account"], order="abs:M10", limit=MOVERS),
    ]


def _durability(reading: Reading) -> list[Step]:
    steps = [query("durable", ["M06", "M07"], reading)]
    if reading.accounts:
        return [*_explain(reading)[:1], *steps]
    return [*steps, query("accounts", ["M06", "M07"], reading, group_by=["account"])]


def _notes(reading: Reading) -> list[Step]:
    base: dict[str, object] = {"query": reading.topic or reading.question}
    if reading.periods.window:
        base["window"] = reading.periods.window
    accounts: list[str] = [a.id for a in reading.accounts[:3]] or [""]
    side: dict[str, object] = {"side": reading.side} if reading.side else {}
    steps = []
    for n, account in enumerate(accounts):
        args = {**base, **side, **({"account": account} if account else {})}
        steps.append(Step(f"notes_{n}", "search_notes", args))
    return steps


def _brief(reading: Reading) -> list[Step]:
    return [Step("brief", "draft_brief", {"account": reading.accounts[0].id})] if reading.accounts else []


def _savings(reading: Reading) -> list[Step]:
    return [Step("savings", "find_savings", {"account": reading.accounts[0].id})] if reading.accounts else []


def _commit(reading: Reading) -> list[Step]:
    if len(reading.accounts) == 1:
        return [Step("commit", "commitments", {"account": reading.accounts[0].id})]
    if reading.ending and not reading.metrics and not reading.named:
        return [Step("ending", "commitments")]
    if "M30" in reading.metrics and not reading.measure.group_by:
        return [query("overage", ["M30"], reading, group_by=["account"], order="-M30")]
    if summed := [m for m in reading.metrics if m in ("M30", "M32", "M33", "M34", "M35")]:
        return [query("contracts", summed, reading, group_by=reading.measure.group_by)]
    return [query("contracts", ["M27", "M28", "M29", "M31"], reading, group_by=["account"])]


def _usecases(reading: Reading) -> list[Step]:
    metrics = [m for m in reading.metrics if m in ("M36", "M37", "M38", "M39", "M41", "M43")]
    by = reading.measure.group_by or ([] if reading.people or reading.accounts else ["rep"])
    steps = [query("flow", metrics or ["M36", "M37", "M38"], reading, window=_window(reading), group_by=by)]
    if reading.accounts or len(reading.people) == 1:
        who = {"account": reading.accounts[0].id} if reading.accounts else {"rep": reading.people[0].id}
        steps.append(Step("cases", "use_cases", who))
    return steps


def _activity(reading: Reading) -> list[Step]:
    if reading.silence:
        window = _window(reading, "last 60 days")
        return [query("silent", ["M01", "M44"], reading, window=window, group_by=["account"], order="-M01")]
    by = reading.measure.group_by or (["rep"] if not reading.people and not reading.accounts and not reading.own else [])
    return [query("activity", ["M44"], reading, window=_window(reading, MONTH), group_by=by)]


def _freshness(reading: Reading) -> list[Step]:
    return [Step("fresh", "query_metrics", {"metrics": ["M54"]})]


def _coffee(reading: Reading) -> list[Step]:
    return [
        query("movers_week_up", ["M10", "M08"], reading, window=WEEK, group_by=["account"], order="-M10", limit=3),
        query("movers_week_down", ["M10", "M08"], reading, window=WEEK, group_by=["account"], order="M10", limit=3),
        query("flow", ["M36", "M37", "M38"], reading, window=WEEK),
        query("target", ["M14"], reading),
        Step("fresh", "query_metrics", {"metrics": ["M54"]}),
    ]


def _exceptions(reading: Reading) -> list[Step]:
    return _scorecard(reading) if reading.people else _attainment(reading)


def _ahead(reading: Reading) -> list[Step]:
    """Of a period to come there is only what runs now."""
    return [query("ahead", ["M39" if reading.intent == "usecases" else "M05"], reading)]


def _owner(reading: Reading) -> list[Step]:
    return [query("owner", ["M01"], reading, group_by=["rep"], window=WEEK, order="-M01")]


def _help(reading: Reading) -> list[Step]:
    """One account and one person, for examples in the company's own names."""
    return [
        Step("account", "query_metrics", {"metrics": ["M01"], "group_by": ["account"], "order": "-M01", "limit": 1}),
        Step("person", "query_metrics", {"metrics": ["M01"], "group_by": ["rep"], "order": "-M01", "limit": 1}),
    ]


def _sql(reading: Reading) -> list[Step]:
    return [Step("previous", "previous_receipts")]


def _later(reading: Reading) -> list[Step]:
    """Questions whose own metrics the catalogue may not hold yet: those it holds, else the nearest useful figures."""
    known = [m for m in reading.metrics if m in lexicon().by_name[reading.intent].metrics]
    nearest = {"forecast": ["M05", "M06", "M07"], "retention": ["M08", "M24"]}[reading.intent]
    return [query("later", known or nearest, reading, window=_window(reading) if known else "")]


_PLANS: dict[str, Callable[[Reading], list[Step]]] = {
    "scorecard": _scorecard,
    "movers": _movers,
    "lookup": _lookup,
    "slice": _slice,
    "attainment": _attainment,
    "explain": _explain,
    "durability": _durability,
    "notes": _notes,
    "brief": _brief,
    "savings": _savings,
    "commit": _commit,
    "usecases": _usecases,
    "activity": _activity,
    "freshness": _freshness,
    "coffee": _coffee,
    "exceptions": _exceptions,
    "sql": _sql,
    "owner": _owner,
    "help": _help,
    "forecast": _later,
    "retention": _later,
}
