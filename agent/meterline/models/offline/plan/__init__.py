"""From a reading to tool calls: one parallel batch that holds all a draft needs. A module per subject makes the steps."""

from __future__ import annotations

from collections.abc import Callable

from meterline.models.offline.plan import (
    changes,
    commit,
    crm,
    enablement,
    forecast,
    growth,
    house,
    measures,
    people,
    promised,
    retention,
    revision,
    rhythm,
    talk,
    touch,
    usage,
)
from meterline.models.offline.plan.base import RECENT_NOTES, query
from meterline.models.offline.turn import Step, Turn
from meterline.models.offline.understand.catalogue import find_hits
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.extremes import EVER
from meterline.models.offline.understand.reading import NO_NAMES, Reading

_MEASURING = frozenset({"lookup", "slice"})
MAX_STEPS = 7
"""The loop allows eight tool calls a turn; one is for names."""


def needs_names(reading: Reading) -> bool:
    """Whether names have to be looked up: not for refusals of principle, nor for what has no subject."""
    if reading.refusal is not None and reading.refusal.type != "REFUSE_DATA":
        return False
    return reading.intent not in NO_NAMES


def plan(reading: Reading, context: Context) -> list[Step]:
    """The tool calls of this reading; none when the draft can be written at once."""
    if reading.refusal is not None or reading.periods.impossible or reading.open or asks_whose(reading, context) or asks_what(reading):
        return []
    if reading.unknown and not reading.named and not reading.selection.part and _of_a_name(reading):
        return [Step("probe", "query_metrics", {"metrics": ["M01"], "filters": {"account": reading.unknown[:1]}})]
    maker = _ahead if reading.ahead and reading.intent != "usecases" else _PLANS.get(reading.intent)
    steps = maker(reading) if maker else []
    return [s for s in steps if s.tool != "query_metrics" or s.args.get("metrics")][:MAX_STEPS]


def _of_a_name(reading: Reading) -> bool:
    """Whether a question can be about a name that is not found; to one for what is new a word in small letters is no name."""
    news = reading.intent == "coffee" and not reading.unknown[0][:1].isupper()
    return reading.intent not in ("definition", "notes", *NO_NAMES) and not news


def further(reading: Reading, context: Context, turn: Turn) -> list[Step]:
    """What one more look is worth when the first one came back empty: when there is usage, and what was said at all."""
    if reading.intent in _MEASURING and not reading.selection.conditions and is_empty(turn):
        window = f"{EVER}..{context.asof.d1.isoformat()}"
        return [query("ever", ["M01"], reading, window=window, group_by=["month"])]
    if reading.selection.ratio and (ratio := usage.ratio(reading, turn)):
        return ratio
    if reading.intent == "activity" and (before := touch.earlier(reading, turn)):
        return before
    if bare := forecast.bare(reading, turn):
        return bare
    notes = [r for key, r in turn.replies.items() if key.startswith("notes_")]
    looked_in = [account for account in reading.accounts if account not in reading.spoken_of]
    if reading.intent == "notes" and looked_in and notes and not any(r.data.get("hits") for r in notes):
        recent = {"query": looked_in[0].name, "account": looked_in[0].id, "window": RECENT_NOTES}
        return [*house.noted(reading), Step("recent", "search_notes", recent)] if all(r.ok for r in notes) else []
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


def asks_what(reading: Reading) -> bool:
    """Whether it is better to ask what is meant: little speaks for any reading, and the conversation gives none."""
    if reading.follows or reading.unknown or reading.open:
        return False
    return misses_the_point(reading) or (bool(reading.likened.doubt) and not reading.selection)


def misses_the_point(reading: Reading) -> bool:
    """Whether consumption would be told although nothing but a word that means nothing here was asked for ("open tickets")."""
    plain = reading.intent in _MEASURING and not reading.selection and not reading.measure.ranked and not reading.accounts
    said = {hit.id for hit in find_hits(reading.tokens, "metric")} - {"M24"} or set(lexicon().concepts["consume"]) & reading.tokens.present
    return plain and bool(reading.unused) and not said


def _ahead(reading: Reading) -> list[Step]:
    """Of a period to come there is only what runs now."""
    return [query("ahead", ["M05"], reading)]


_PLANS: dict[str, Callable[[Reading], list[Step]]] = {
    "scorecard": people.scorecard,
    "movers": changes.movers,
    "lookup": usage.lookup,
    "slice": usage.slice_,
    "attainment": people.attainment,
    "explain": changes.explain,
    "durability": changes.durability,
    "notes": house.notes,
    "themes": talk.themes,
    "rivals": talk.rivals,
    "digest": talk.digest,
    "last_talk": talk.last_talk,
    "contact": touch.contact,
    "brief": house.brief,
    "savings": house.savings,
    "promised": promised.promised,
    "saved": promised.saved,
    "commit": commit.commit,
    "usecases": crm.usecases,
    "slips": crm.slips,
    "golive": crm.golive,
    "idle": crm.idle,
    "realised": crm.realised,
    "qualification": crm.qualification,
    "activity": touch.activity,
    "last_touch": touch.last_touch,
    "asks": touch.asks,
    "cadence": touch.cadence,
    "compose": touch.compose,
    "certificates": enablement.certificates,
    "vouchers": enablement.vouchers,
    "certified_pipeline": enablement.certified_pipeline,
    "pql": growth.pql,
    "first_touch": growth.first_touch,
    "new_products": growth.new_products,
    "adoption": growth.adoption,
    "whitespace": growth.whitespace,
    "freshness": house.freshness,
    "coffee": rhythm.coffee,
    "watch": rhythm.watch,
    "exceptions": rhythm.exceptions,
    "sql": house.sql,
    "revision": revision.revision,
    "holdings": house.holdings,
    "owner": house.owner,
    "help": house.help_,
    "forecast": forecast.forecast,
    "overlays": forecast.overlays,
    "accuracy": forecast.accuracy,
    "sizing": forecast.sizing,
    "retention": retention.retention,
    "health": retention.health,
    "measures": measures.measures,
}
