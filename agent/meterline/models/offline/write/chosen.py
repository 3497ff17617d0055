"""Lookups that choose: a share and rank, what meets a threshold, everything but the largest, one value set against another."""

from __future__ import annotations

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Reply
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.selection import Condition
from meterline.models.offline.write.parts import (
    Metrics,
    Row,
    capital,
    cells,
    dimension_label,
    in_sentence,
    joined,
    mark,
    measured,
    metric_label,
    plain_name,
    table,
)
from meterline_tools.catalog.buckets import TIME

_TIMES = frozenset(TIME)
_CHANGES = frozenset({"M08", "M09", "M10"})


def part(reading: Reading, reply: Metrics, who: str) -> Draft:
    """The share of what is named in the whole, and its place among its kind."""
    metric = next(iter(reply.whole), reply.keys[0] if reply.keys else "M01")
    if set(reading.measure.group_by) & _TIMES:
        return _shares_over_time(reading, reply, metric, who)
    rows = [row for row in reply.rows if metric in row.figures]
    said = [_share(row, metric, who, reply) for row in rows[:4]]
    draft = Draft(headline=said[0] if said else measured(f"Nothing is on record for {joined(_names(reading))} in this window."))
    if not said:
        draft.answer_type = "ANSWER_THIN"
    told = said[1:]
    ranked = [row for row in rows[:4] if f"{metric}.rank" in row.figures and reply.data.get("parts")]
    by = in_sentence(metric_label(metric))
    for row in ranked if reading.selection.rank or len(reading.selection.part) == 1 else ():
        place = f"{capital(joined(row.names))} ranks {mark(row.figures[f'{metric}.rank'])} of {mark(str(reply.data['parts']))} by {by}."
        told.append(measured(place))
    if reading.selection.rank and told and len(rows) == 1:
        draft.headline, told = told[-1], [said[0], *told[:-1]]
    draft.sections = [Section(sentences=told)] if told else []
    lacking = [name for name, n in zip(_names(reading), reading.selection.part, strict=True) if n.id not in {row.id for row in rows}]
    draft.not_available += [f"{name}: nothing is on record in this window." for name in lacking if said]
    return draft


def _names(reading: Reading) -> list[str]:
    return [plain_name(n.name) for n in reading.selection.part]


def _share(row: Row, metric: str, who: str, reply: Metrics) -> Sentence:
    figure, share = row.figures[metric], row.figures.get(f"{metric}.share")
    name, label, when = capital(joined(row.names)), in_sentence(metric_label(metric)), mark(figure, "window")
    if share is None:
        return measured(f"{name}: {label} of {mark(figure)} ({when}).")
    whole = f"the {mark(reply.whole[metric])} {label} of {who}" if metric in reply.whole else f"{label} of {who}"
    return measured(f"{name} makes up {mark(share)} of {whole}: {mark(figure)} ({when}).")


def _shares_over_time(reading: Reading, reply: Metrics, metric: str, who: str) -> Draft:
    rows = [row for row in reply.rows if f"{metric}.share" in row.figures]
    keys = [metric, f"{metric}.share"]
    dims = [next(iter({n.type for n in reading.selection.part}), ""), *(d for d in reading.measure.group_by if d in _TIMES)]
    body = [[*row.names, *cells(row.figures, keys)] for row in rows]
    label = in_sentence(metric_label(metric))
    if not rows:
        return Draft(answer_type="ANSWER_THIN", headline=measured(f"Nothing is on record for {joined(_names(reading))} in this window."))
    last = rows[-1]
    named = capital(joined(_names(reading)))
    text = f"{named}: {mark(last.figures[keys[1]])} of the {label} of {who} in the latest period shown, {last.names[-1]}."
    shown = table("", [*(dimension_label(d) for d in dims if d), metric_label(metric), "Share"], body)
    return Draft(headline=measured(text), sections=[shown])


def matched(reading: Reading, reply: Metrics, who: str, listed: Section) -> Draft:
    """How many meet the thresholds, what they come to together, and the list."""
    found = reply.data["matched"]
    asked = list(zip(reading.selection.conditions, (reply.data.get("thresholds") or {}).values(), strict=False))
    thresholds = joined([_threshold(condition, str(figure)) for condition, figure in asked if condition.said])
    kind = _plural(dimension_label(reading.measure.group_by[0]))
    count, parts = mark(str(found["count"])), mark(str(reply.data["parts"]))
    when = f" ({mark(str(found['count']), 'window')})"
    # Amounts of rows that meet a threshold may be summed, growth may not.
    sums = {k: v for k, v in (found.get("figures") or {}).items() if k.partition(".")[0] not in _CHANGES or k == "M10"}
    together = next((f", together {mark(figure)}" for key, figure in sums.items() if key == "M01"), "")
    draft = Draft(headline=measured(f"{count} of {parts} {kind} of {who} {thresholds}{when}{together}."))
    draft.sections = [listed] if reply.rows else []
    return draft


def _threshold(condition: Condition, figure: str) -> str:
    """A condition as a verb: "gained more than 20%", "are above $10k in net consumption"."""
    above = condition.sign.startswith(">")
    if condition.output == "M10" and not condition.number:
        return "grew" if above else "shrank"
    if condition.output == "M01" and not above and not condition.number:
        return "used nothing"
    size = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}[condition.sign]
    if condition.output in _CHANGES:
        if condition.number < 0:
            size = size.replace("less", "more").replace("at most", "at least") if not above else "less than"
            return f"lost {size} {mark(figure, 'abs')}"
        return f"gained {size} {mark(figure)}"
    return f"have {size} {mark(figure)} in {in_sentence(metric_label(condition.output))}"


def _plural(label: str) -> str:
    word = in_sentence(label)
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def beyond_top(reading: Reading, reply: Metrics, who: str) -> Draft | None:
    """Everything but the largest: the rest line of their list."""
    metric = next(iter(reply.rest), "")
    if not metric:
        return None
    named = joined([joined(row.names) for row in reply.rows])
    label = in_sentence(metric_label(metric))
    text = f"Without {named}, {label} of {who} is {mark(reply.rest[metric])} ({mark(reply.rest[metric], 'window')})."
    return Draft(headline=measured(text))


def ratio(reading: Reading, calculated: Reply | None, reply: Metrics) -> Sentence | None:
    """One value against another, as a multiple or as a difference."""
    if calculated is None or not calculated.ok or len(reading.of_type(reading.beside)) < 2:
        return None
    first, second = (plain_name(n.name) for n in reading.of_type(reading.beside)[:2])
    figure = str(calculated.data["figure"])
    label = in_sentence(metric_label(reply.keys[0]))
    if reading.selection.ratio == "times":
        return measured(f"{capital(label)} of {first} is {mark(figure)} that of {second}.")
    value = calculated.data.get("value")
    way = "more" if isinstance(value, int | float) and value >= 0 else "less"
    return measured(f"{capital(label)} of {first} is {mark(figure, 'abs')} {way} than that of {second}.")
