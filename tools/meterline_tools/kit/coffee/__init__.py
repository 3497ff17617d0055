"""morning_coffee: the items a leader goes through each day in the same order, and what of them needs a look."""

from __future__ import annotations

import json
import re
from typing import Any

from meterline_tools.errors import ModelMustRetry
from meterline_tools.insight.attention import Attention, Worry, attend
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.coffee.frame import Frame
from meterline_tools.kit.coffee.people import short_of_pace
from meterline_tools.kit.coffee.plan import Item, items_of
from meterline_tools.kit.coffee.poured import People, pour
from meterline_tools.kit.coffee.since import look_of, since_last_look
from meterline_tools.kit.coffee.told import NO_DATA, Told
from meterline_tools.kit.records import derived_records, figure_index
from meterline_tools.kit.watching.news import is_news, known_before, noticed

EXCEPTIONS, WORRIES = "exceptions", "worries"
BEFORE = "before"
_FOCUS = ("", EXCEPTIONS, WORRIES)
_TOOL = "morning_coffee"


def morning_coffee(bench: Workbench, *, focus: str = "") -> dict[str, Any]:
    """The morning coffee: how fresh the data are, the day, gainers and losers, use cases, attainment, open moves, and what changed
    since the last look; with the exceptions that need a look and drafts of messages to reps (never to customers, never sent).

    Args:
        focus: Empty for all items; "worries" for what needs a look today only; "exceptions" for that and people short of pace.
    """
    wanted = focus.strip().lower()
    if wanted not in _FOCUS:
        raise ModelMustRetry(f"'{focus}' is no focus of the coffee. There are: worries, exceptions, or nothing for all of it.")
    before = len(bench.book.figures)
    frame = Frame(bench)
    items = [item for item in items_of(bench.warehouse.company.coffee) if not wanted or item.worries or item.id == "freshness"]
    poured = pour(bench, wanted, lambda: _brew(frame, items, people=wanted == EXCEPTIONS))
    told, people = poured.told, poured.people
    look = look_of(frame, told)
    known = {} if wanted else known_before(bench.viewer, look)
    moves = {ident: move for each in told.values() for ident, move in each.moves.items()}
    worries = [worry for each in told.values() for worry in each.worries]
    fresh = [worry for worry in worries if worry.id not in moves or is_news(moves[worry.id], known)]
    attention = _attend(bench, fresh, [worry for worry, _ in people])
    if len(fresh) < len(worries):
        attention.left_out[BEFORE] = len(worries) - len(fresh)
    shown = {worry.id for worry in attention.told}
    reply: dict[str, Any] = {
        "focus": wanted,
        "items": [_item(item, told[item.id]) for item in items],
        "exceptions": _exceptions(bench, attention),
        "people": [row for worry, row in people if worry.id in shown],
        "drafts": [draft for each in told.values() for draft in each.drafts],
        "since": [],
    }
    if not wanted:
        seen = {moves[ident].id: noticed(moves[ident]) for ident in shown if ident in moves}
        bench.look = look.model_copy(update={"noticed": known | seen})
        reply["since"] = since_last_look(frame, bench.look, told, {item.id: item.title for item in items})
    reply["receipts"] = list(bench.book.receipts)
    reply["figures"] = _named(reply, figure_index(bench, before))
    return reply


_FIGURE = re.compile(r"\bF\d+\b")


def _named(reply: dict[str, Any], figures: dict[str, Any]) -> dict[str, Any]:
    """The figures that the reply names: most of those that were looked through are not told."""
    told = set(_FIGURE.findall(json.dumps(reply)))
    return {ident: figure for ident, figure in figures.items() if ident in told}


def _brew(frame: Frame, items: list[Item], *, people: bool) -> tuple[dict[str, Told], People]:
    return {item.id: item.look(frame) or _missing(item) for item in items}, short_of_pace(frame) if people else []


def _missing(item: Item) -> Told:
    return Told([f"{item.missing[:1].upper()}{item.missing[1:]}."], state=NO_DATA)


def _item(item: Item, told: Told) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "metric": item.metric,
        "state": told.state,
        "sentences": told.sentences,
        "table": told.table,
        "chart": told.chart,
    }


def _attend(bench: Workbench, accounts: list[Worry], people: list[Worry]) -> Attention:
    """What fits the budget; half of it is for people when there are any, for their gaps build up over months and surprise nobody."""
    coffee, viewer = bench.warehouse.company.coffee, bench.viewer
    budget = viewer.budget or coffee.budget
    who = attend(people, budget=budget // 2, muted=viewer.muted)
    what = attend(accounts, budget=budget - len(who.told), muted=viewer.muted, least=coffee.least)
    return Attention(what.told + who.told, what.left_out | who.left_out, what.muted + who.muted)


_KINDS = {
    BEFORE: "moves told before and unchanged",
    "move": "moves without a cause",
    "slip": "use cases moved later",
    "commitment": "commitments",
    "review": "business reviews",
    "pace": "people short of pace",
}


def _exceptions(bench: Workbench, attention: Attention) -> dict[str, Any]:
    """What is told, and how much of each kind is not, with counts as figures."""
    rows = [{"kind": _KINDS[kind], "count": count} for kind, count in attention.left_out.items()]
    rows += [{"kind": "muted", "count": attention.muted}, {"kind": "told", "count": len(attention.told)}]
    worked = derived_records(bench, "calc", _TOOL, {"item": "exceptions"}, rows)
    left = [
        {"kind": row["kind"], "count": worked.figure(n, "count", f"Left out: {row['kind']}", "count")}
        for n, row in enumerate(rows)
        if row["kind"] not in ("muted", "told")
    ]
    muted = worked.figure(len(rows) - 2, "count", "Muted", "count") if attention.muted else None
    return {
        "told": [{"id": worry.id, "kind": worry.kind, "text": worry.text} for worry in attention.told],
        "count": worked.figure(len(rows) - 1, "count", "Need a look", "count"),
        "left_out": left,
        "muted": muted,
    }
