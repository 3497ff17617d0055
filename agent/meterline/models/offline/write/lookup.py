"""I03: what was consumed, by whom, when; one figure, a breakdown, a top list, or a series."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan import is_empty
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import chosen, units
from meterline.models.offline.write.crosswise import crosswise
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    dimension_label,
    finish,
    in_sentence,
    joined,
    mark,
    measured,
    metric_label,
    nothing,
    plain_name,
    subject,
    table,
)
from meterline_tools.catalog.buckets import TIME

_TIMES = frozenset(TIME)
_MILLION = frozenset({"million", "1m", "seven"})
"""Which of the two limits of large customers is meant."""
_SAYS = {
    "M01": "{who} consumed {value} net ({window})",
    "M02": "At list price that was {value}",
    "M17": "The largest accounts hold {value} of the consumption of {who} ({window})",
    "M05": "{who} runs at {value} (from {window}), one-time amounts not removed",
    "M08": "Net consumption of {who} is {change} on the preceding equal period ({window})",
    "M09": "Net consumption of {who} is {change} on a year ago ({window})",
    "M10": "Net consumption of {who} is {change} on the preceding equal period ({window})",
}


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    reply = Metrics(turn.reply("lookup"))
    who = subject(reading, context)
    if not reply.rows and not reply.whole:
        return nothing(reading, f"No figures came back for {who}.", reply)
    if is_empty(turn) and not reading.selection:
        return no_usage(reading, reply, Metrics(turn.reply("ever")), who)
    draft = units.told(reading, reply, who) or _form(reading, reply, who)
    if against := chosen.ratio(reading, turn.reply("ratio"), reply):
        draft.sections.insert(0, Section(sentences=[draft.headline]))
        draft.headline = against
    _add_pace(draft, reply, Metrics(turn.reply("pace")))
    _add_durable(draft, Metrics(turn.reply("durable")), who)
    other = Metrics(turn.reply("other"))
    if other.whole and reply.whole:
        _both(draft, reply, other)
    draft.next_steps.append(_next(reading))
    return finish(draft, reading, reply, other, metrics=_asked(reply))


def _form(reading: Reading, reply: Metrics, who: str) -> Draft:
    """The draft by what was asked: a share, what meets a threshold, all but the largest, a table, or one figure."""
    if reading.selection.part:
        return chosen.part(reading, reply, who)
    if reply.data.get("matched"):
        return chosen.matched(reading, reply, who, _breakdown(reading, reply, who).sections[0])
    if reading.selection.beyond_top and (others := chosen.beyond_top(reading, reply, who)):
        others.sections = _breakdown(reading, reply, who).sections
        return others
    return (
        _breakdown(reading, reply, who) if reading.measure.group_by or len(reply.rows) > 1 else _single(reply, who, reading.tokens.present)
    )


def _add_durable(draft: Draft, durable: Metrics, who: str) -> None:
    """Where confirmed one-time amounts are on file, the run rate is shown beside the durable one: both readings, both dated."""
    removed, clean = durable.whole.get("M07.removed"), durable.whole.get("M07")
    if clean is None or not durable.number(removed):
        return
    gone = f"Without {mark(str(removed))} confirmed as one-time, seasonal or external"
    text = f"{gone}, {who} is at {mark(clean)} durable ARR ({mark(clean, 'window')})."
    draft.answer_type = "CLARIFY_OR_BOTH"
    draft.sections.insert(0, Section(sentences=[measured(text)]))


def _add_pace(draft: Draft, reply: Metrics, pace: Metrics) -> None:
    """A column with what each account runs at now, beside what it consumed in the year."""
    body = next((section.table for section in draft.sections if section.table), None)
    rates = {row.id: row.figures["M05"] for row in pace.rows if "M05" in row.figures}
    if body is None or not rates:
        return
    body.columns.append("Run rate now")
    listed = [row.id for row in reply.rows]
    for place, line in enumerate(body.rows):
        rate = rates.get(listed[place]) if place < len(listed) else None
        line.append(mark(rate) if rate else "–" if place < len(listed) else "")


def _asked(reply: Metrics) -> list[str]:
    figures = reply.whole or (reply.rows[0].figures if reply.rows else {})
    return list(dict.fromkeys(key.partition(".")[0] for key in figures))


_AT_LIST = "At list price, {who} consumed {value} ({window})"


def says(key: str, figure: str, who: str, *, alone: bool = False) -> str:
    """One metric of `who` as a sentence without its full stop; `alone`: no net amount is told beside it."""
    pattern = _AT_LIST if alone and key == "M02" else _SAYS.get(key, "{label} of {who}: {value} ({window})")
    text = pattern.format(
        who=who, label=metric_label(key), value=mark(figure), change=mark(figure, "change"), window=mark(figure, "window")
    )
    return capital(text)


def _single(reply: Metrics, who: str, words: frozenset[str]) -> Draft:
    figures = reply.told(reply.whole)
    if words & _MILLION and "M25.over_1m" in figures:
        figures = {"M25.over_1m": figures["M25.over_1m"], **figures}
    compared = compared_keys(figures)
    lines = [measured(line) for line in _lines({key: figure for key, figure in figures.items() if key not in compared}, who)]
    if not lines:
        label = in_sentence(metric_label(next(iter(reply.whole))))
        return Draft(answer_type="ANSWER_THIN", headline=measured(f"There is no figure for {label} of {who}: too little is on record."))
    told = _comparison(figures)
    if told and f"{next(iter(figures))}.prior" in figures:
        against = _against(next(iter(figures)), figures, "" if _equally_long(reply) else " at equal length")
        lines[0] = measured(f"{lines[0].text.removesuffix('.')}{against}.")
        told = told[1:]
    lines[1:1] = told
    return Draft(headline=lines[0], sections=[Section(sentences=lines[1:])] if lines[1:] else [])


def _lines(figures: Figures, who: str) -> Iterator[str]:
    """A sentence for each metric; its further outputs need neither the subject nor the window again."""
    told: set[str] = set()
    for key, figure in figures.items():
        ident = key.partition(".")[0]
        yield f"{metric_label(key)}: {mark(figure)}." if ident in told else says(key, figure, who, alone="M01" not in told) + "."
        told.add(ident)


def compared_keys(figures: Figures) -> set[str]:
    """Keys that hold the earlier window's value and the differences from it."""
    heads = {key.partition(".")[0] for key in figures if key.endswith(".prior")}
    return {f"{head}.{part}" for head in heads for part in ("prior", "delta", "pct")} & set(figures)


def _equally_long(reply: Metrics) -> bool:
    """Whether both windows hold as many days; where they do not, changes are told per day."""
    spans = [reply.data.get(key) or {} for key in ("window", "compare_window")]
    lengths = {date.fromisoformat(w["to"]) - date.fromisoformat(w["from"]) for w in spans if w}
    return len(lengths) < 2


def _against(key: str, figures: Figures, per: str) -> str:
    """The earlier window beside the one asked about: ", against $4k (June): up 3%"."""
    prior, change = figures[f"{key}.prior"], figures.get(f"{key}.pct") or figures.get(f"{key}.delta")
    more = f": {mark(change, 'change')}{per}" if change else ""
    return f", against {mark(prior)} ({mark(prior, 'window')}){more}"


def _comparison(figures: Figures) -> list[Sentence]:
    """What the compared window was, and the difference, for each metric that has one."""
    told = []
    for key in figures:
        head, _, part = key.partition(".")
        if part == "prior":
            change = figures.get(f"{head}.pct") or figures.get(f"{head}.delta")
            more = f", so it is {mark(change, 'change')}" if change else ""
            told.append(
                measured(f"{metric_label(head)} was {mark(figures[key])} in the earlier window ({mark(figures[key], 'window')}){more}.")
            )
    return told


def _breakdown(reading: Reading, reply: Metrics, who: str) -> Draft:
    keys = reply.keys or list(reply.whole)
    dims = reading.measure.group_by
    views = {k: "change" for k in keys if k.startswith(("M08", "M09", "M10")) or k in compared_keys(dict.fromkeys(keys, ""))}
    views = {k: v for k, v in views.items() if not k.endswith((".prior", ".young"))}
    if (crossed := crosswise(dims, reply)) is not None:
        return Draft(headline=_lead(reply, keys, who, dims), sections=[crossed])
    rows = [[*row.names, *cells(row.figures, keys, views)] for row in reply.rows]
    width = len(reply.rows[0].names) if reply.rows else 1
    if reply.rest and not set(dims) <= _TIMES:
        rows.append(["All others", *[""] * (width - 1), *cells(reply.rest, keys, views)])
    if reply.whole and len(reply.rows) > 1 and not set(dims) & _TIMES and not reading.versus:
        rows.append(["Total", *[""] * (width - 1), *cells(reply.whole, keys, views)])
    columns = [*[dimension_label(d) for d in (dims or ["what"])][:width], *[metric_label(k) for k in keys]]
    lead = _beside(reading, reply, keys) if [reading.beside] == dims else _lead(reply, keys, who, dims, reading.measure.ranked)
    draft = Draft(headline=lead, sections=[table("", columns, rows)])
    if reading.beside:
        shown = {row.id for row in reply.rows}
        lacking = [plain_name(n.name) for n in reading.of_type(reading.beside) if n.id not in shown]
        draft.not_available += [f"{name}: nothing is on record in this window." for name in lacking]
    return draft


def _lead(reply: Metrics, keys: list[str], who: str, dims: list[str], ranked: str = "") -> Sentence:
    """The headline of a breakdown: the total where parts add up, else the first row or the latest period."""
    first = keys[0]
    if set(dims) <= _TIMES and dims and reply.rows and not ranked:
        last = reply.rows[-1]
        label, amount = in_sentence(metric_label(first)), mark(last.figures[first])
        return measured(
            f"{capital(who)}: {label} by {joined([in_sentence(dimension_label(d)) for d in dims])};"
            f" the latest, {last.names[0]}, came to {amount}."
        )
    if ranked and len(dims) == 1 and reply.rows:
        view = "change" if first in _CHANGES else ""
        best = [f"{joined(row.names)} {mark(row.figures[first], view)}" for row in reply.rows[:3] if first in row.figures]
        what = f"{_RANKED[ranked]} {in_sentence(metric_label(first))} of {who} by {in_sentence(dimension_label(dims[0]))}"
        when = "" if set(dims) <= _TIMES else f" ({mark(reply.rows[0].figures[first], 'window')})"
        return measured(f"{what}{when}: {joined(best)}.")
    if first in reply.whole:
        return measured(says(first, reply.whole[first], who) + ".")
    top = reply.rows[0]
    figure = top.figures[first]
    label = in_sentence(metric_label(first))
    return measured(f"{' · '.join(top.names)} comes first with {mark(figure)} ({label}, {mark(figure, 'window')}).")


def _beside(reading: Reading, reply: Metrics, keys: list[str]) -> Sentence:
    """Several values next to each other, in the order they were named."""
    first = keys[0]
    order = {n.id: place for place, n in enumerate(reading.of_type(reading.beside))}
    rows = sorted((row for row in reply.rows if first in row.figures), key=lambda row: order.get(row.id, len(order)))
    view = "change" if first in _CHANGES else ""
    said = []
    for row in rows:
        grown = row.figures.get("M08") if first == "M01" else None
        change = f" ({mark(grown, 'change')})" if grown and reply.number(grown) is not None else ""
        said.append(f"{joined(row.names)} {mark(row.figures[first], view)}{change}")
    when = f" ({mark(rows[0].figures[first], 'window')})" if rows else ""
    return measured(f"{metric_label(first)}{when}: {joined(said)}.")


_CHANGES = frozenset({"M08", "M09", "M10"})


def no_usage(reading: Reading, reply: Metrics, ever: Metrics, who: str) -> Draft:
    """No usage in the window: that is said, with the months in which there is some, and never as an amount."""
    when = mark(reply.whole["M01"], "window")
    draft = Draft(answer_type="ANSWER_THIN", headline=measured(f"There is no usage on record for {who} in that period ({when})."))
    months = [row for row in ever.rows if ever.number(row.figures.get("M01"))]
    if months:
        first, last = joined(months[0].names), joined(months[-1].names)
        when = f"runs from {first} to {last}" if first != last else f"is all in {first}"
        draft.sections = [Section(sentences=[measured(f"What is on record {when}.")])]
    else:
        draft.sections = [Section(sentences=[measured("Nor is there any in another period.")])] if ever.ok else []
    draft.next_steps.append("Ask for a period in which there is usage." if months else "Check with whoever loads the usage files.")
    return finish(draft, reading, reply, metrics=["M01"])


_RANKED = {"large": "Highest", "small": "Lowest"}


def _both(draft: Draft, reply: Metrics, other: Metrics) -> None:
    """Two readings of the period, both with dates; only worth a choice when they differ."""
    key = next(iter(reply.whole))
    if key not in other.whole or reply.value(reply.whole[key]) == other.value(other.whole[key]):
        return
    figure = other.whole[key]
    draft.answer_type = "CLARIFY_OR_BOTH"
    draft.sections.insert(0, Section(sentences=[measured(f"Read the other way, as {mark(figure, 'window')}, it is {mark(figure)}.")]))


def _next(reading: Reading) -> str:
    if len(reading.accounts) == 1:
        return "Ask why it moved, or for the same by workload."
    return "Ask who moved most in this period, or for the same by region."
