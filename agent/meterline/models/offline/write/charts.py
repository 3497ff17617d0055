"""Which chart an answer carries: a trend, the movers, shares, a burn-down; decided from the replies its draft was written from."""

from __future__ import annotations

from collections.abc import Iterator

from meterline.answer import Chart, Draft
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import Metrics, capital, dimension_label, fits, in_sentence, joined, mark, metric_label
from meterline_tools.catalog.buckets import TIME

_TIMES = frozenset(TIME)
_MOVES = ("M10", "M08", "M09")
_FEWEST_BARS = 3


def with_charts(draft: Draft, reading: Reading, turn: Turn, who: str) -> Draft:
    """The draft with the charts of its replies, unless its writer made some or it answers nothing."""
    if not draft.charts and draft.answer_type in ("ANSWER", "ANSWER_ASSUME", "CLARIFY_OR_BOTH"):
        draft.charts = list(_charts(reading, turn, who))
    return draft


def _charts(reading: Reading, turn: Turn, who: str) -> Iterator[Chart]:
    if reading.intent == "movers":
        yield from _movers(turn, who)
    elif reading.intent == "commit":
        yield from _burn_downs(Metrics(turn.reply("commit")), who)
    elif reading.intent in ("lookup", "slice"):
        yield from _breakdown(Metrics(turn.reply("lookup")), reading, who)
        yield from _moves([("all", Metrics(turn.reply("movers")))], who)
    elif reading.intent == "attainment":
        yield from _breakdown(Metrics(turn.reply("attainment")), reading, who)


def _breakdown(reply: Metrics, reading: Reading, who: str) -> Iterator[Chart]:
    """A line for a breakdown by time, sorted bars for any other."""
    by = _dimensions(reply)
    key = next((k for k in reply.keys if not k.endswith((".prior", ".pct", ".delta"))), None)
    if not reply.ok or key is None or not reply.receipts or len(reply.rows) < 2:
        return
    times = [d for d in by if d in _TIMES]
    others = [d for d in by if d not in _TIMES]
    label, ends = metric_label(key), _ends(reply, key)
    if len(times) == 1 and len(others) <= 1:
        title = f"{label} of {who} by {in_sentence(dimension_label(times[0]))}"
        if not others and ends:
            title += f": from {mark(ends[0])} to {mark(ends[1])}"
        elif others:
            title += f" and {in_sentence(dimension_label(others[0]))}"
        yield Chart(receipt=reply.receipts[0], also=reply.receipts[1:], title=title, x=times[0], y=key, series=others[0] if others else "")
    elif not times and len(others) == 1 and len(reply.rows) >= _FEWEST_BARS and not reading.versus:
        yield from _bars(reply, key, others[0], who)


def _ends(reply: Metrics, key: str) -> tuple[str, str] | None:
    """First and last of the whole parts: a month of which some days are missing ("August 2026 (to 15 Aug)") is no end to speak of."""
    whole = [row.figures[key] for row in reply.rows if "(" not in row.names[0] and reply.number(row.figures.get(key)) is not None]
    return (whole[0], whole[-1]) if len(whole) > 1 else None


def _bars(reply: Metrics, key: str, by: str, who: str) -> Iterator[Chart]:
    rows = [row for row in reply.rows if reply.number(row.figures.get(key)) is not None]
    if len(rows) < _FEWEST_BARS:
        return
    top = max(rows, key=lambda row: reply.number(row.figures[key]) or 0.0)
    view = "change" if key.startswith(_MOVES) else ""
    title = (
        f"{metric_label(key)} of {who} by {in_sentence(dimension_label(by))}: {joined(top.names)} leads with {mark(top.figures[key], view)}"
    )
    if reply.data.get("matched"):
        title = f"{metric_label(key)} of {who} by {in_sentence(dimension_label(by))}"  # a part of the rows: none of them leads
    elif view:
        title = f"{capital(in_sentence(metric_label(key)))} of {who}: {joined(top.names)} leads, {mark(top.figures[key], view)}"
    yield Chart(receipt=reply.receipts[0], also=reply.receipts[1:], title=title, x=by, y=key, mark="bar")


def _movers(turn: Turn, who: str) -> Iterator[Chart]:
    """One chart a span: gainers and losers together."""
    spans: dict[str, list[tuple[str, Metrics]]] = {}
    for key, reply in turn.replies.items():
        if key.startswith("movers_"):
            _, span, way = key.split("_")
            spans.setdefault(span, []).append((way, Metrics(reply)))
    for replies in spans.values():
        filled = [(way, r) for way, r in replies if r.rows and r.receipts]
        if filled:
            yield from _moves(filled, who)


def _moves(replies: list[tuple[str, Metrics]], who: str) -> Iterator[Chart]:
    """Bars of changes; what rose and what fell have their own colour."""
    reply = replies[0][1]
    by = _dimensions(reply)
    moved = [(r, row) for way, r in replies for row in r.rows if r.number(f := row.figures.get("M10")) and fits(r, f, way)]
    if not reply.ok or not reply.receipts or len(by) != 1 or by[0] in _TIMES or len(moved) < _FEWEST_BARS:
        return
    _, largest = max(moved, key=lambda pair: abs(pair[0].number(pair[1].figures["M10"]) or 0.0))
    title = f"Largest move of {who}: {joined(largest.names)}, {mark(largest.figures['M10'], 'change')}"
    also = [ident for _, r in replies for ident in r.receipts][1:]
    yield Chart(receipt=reply.receipts[0], title=title, x=by[0], y="M10", mark="bar", also=also)


def _burn_downs(reply: Metrics, who: str) -> Iterator[Chart]:
    """Each running commitment: drawn so far against the straight line, and where it is heading."""
    for contract in reply.data.get("contracts") or []:
        points = contract.get("burn_down") or {}
        figures = reply.told(contract.get("figures") or {})
        if not points.get("receipt") or "M27" not in figures:
            continue
        name = f" ({mark(figures['id'])})" if "id" in figures else ""
        ahead = f", runs out {mark(figures['M29'])}" if "M29" in figures else ""
        state = f"{mark(figures['M27'])} of the commitment is drawn{ahead}"
        if (reply.number(figures["M27"]) or 0.0) >= 1.0:
            state = "the commitment is used up"
        yield Chart(
            receipt=str(points["receipt"]),
            title=f"{capital(who)}{name}: {state}",
            x="day",
            y="drawn_so_far",
            mark="projection",
            ahead="projected",
            low="projected_low",
            high="projected_high",
            target="straight_line",
        )


def _dimensions(reply: Metrics) -> list[str]:
    rows = reply.data.get("rows") or []
    return [d for d in (rows[0].get("keys") or {}) if d != "consumed_unit"] if rows else []
