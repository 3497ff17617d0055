"""Activity: how much and how substantive, by people and types; never the count alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from meterline.answer import Draft, Section
from meterline.models.offline.plan.touch import left_out, types
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import silence, touch
from meterline.models.offline.write.crm import not_held
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    Row,
    capital,
    cells,
    dimension_label,
    finish,
    in_sentence,
    joined,
    mark,
    measured,
    nothing,
    subject,
    table,
)

_KEYS = ("M44.count", "M44.substantive", "M44.unscored")
_PLURAL = {"meeting": "meetings", "call": "calls", "workshop": "workshops", "email": "e-mails"}


def activity(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I17: customer-facing activity as count, substance and unscored; never the count alone."""
    if reading.silence:
        return silence.write(reading, context, turn)
    reply = Metrics(turn.reply("activity"))
    who = subject(reading, context)
    if "M44" in reply.lacking():
        return not_held(reading, "Activity cannot be told", reply)
    if "M44.count" not in reply.whole and not reply.rows:
        return nothing(reading, f"There is no activity on record for {who}.", reply)
    f = reply.whole or reply.rows[0].figures
    kinds, log = Metrics(turn.reply("types")), Metrics(turn.reply("log"))
    lead = f"{capital(who)}: {mark(f['M44.count'])} customer-facing activities ({mark(f['M44.count'], 'window')}), {_quality(f)}."
    draft = Draft(headline=measured(lead))
    if typed := _typed(reading, kinds):
        draft.headline = measured(_side_by_side(typed, types(reading)))
        draft.sections.append(Section(sentences=[measured(lead)]))
    elif len(reply.rows) > 1 and _set_apart(reading):
        draft.headline = measured(_side_by_side(reply.rows, []))
    elif kinds.rows and len(kinds.rows[0].names) == 1:
        draft.headline = measured(f"{_of_types(reading, kinds, capital(who))}")
        draft.sections.append(Section(sentences=[measured(f"Activities of every kind: {mark(f['M44.count'])}, {_quality(f)}.")]))
        draft.sections.append(_table("By type", "Type", kinds))
    if beside := _against(reading, turn):
        draft.sections.insert(0, Section(sentences=[measured(beside)]))
    if len(reply.rows) > 1:
        by = dimension_label((reading.measure.group_by or ["rep"])[0])
        draft.sections.append(_table(f"By {in_sentence(by)}", by, reply))
        if len((then := Metrics(turn.reply("earlier_activity"))).rows) > 1:
            draft.sections.append(_table(f"The period compared with, by {in_sentence(by)}", by, then))
    draft.sections += touch.log(log)
    if not reading.people and not reading.accounts:
        draft.answer_type = "ANSWER_ASSUME"
        draft.assumptions.append("Activity was read as customer-facing activity of everyone in your sight; name a person to narrow it.")
    draft.next_steps.append("Ask what was said in those conversations, or which accounts went without one.")
    return finish(draft, reading, reply, metrics=["M44"])


def _against(reading: Reading, turn: Turn) -> str:
    """The same in the period it is compared with; empty where it is compared with none."""
    then, kinds = Metrics(turn.reply("earlier_activity")), Metrics(turn.reply("earlier_types"))
    figures = then.told(then.whole or (then.rows[0].figures if then.rows else {}))
    if "M44.count" not in figures:
        return ""
    said = f"{mark(figures['M44.count'])} customer-facing activities, {_quality(figures)}"
    named = _of_types(reading, kinds, "", bare=True) if types(reading) and kinds.rows and len(kinds.rows[0].names) == 1 else ""
    return f"The period compared with ({mark(figures['M44.count'], 'window')}): {f'{named}; in all ' if named else ''}{said}."


def _set_apart(reading: Reading) -> bool:
    """Whether it is asked who or which has most, or how several compare: then each is told before their sum."""
    return bool(reading.beside or reading.measure.ranked or (_WHO & reading.tokens.present and reading.measure.group_by))


_WHO = frozenset({"who", "which", "whose", "rank", "ranking", "compare"})


def _typed(reading: Reading, kinds: Metrics) -> list[Row]:
    """Those of the kinds that the question names, by whoever they are told by: most first, or fewest."""
    rows = [row for row in kinds.rows if len(row.names) > 1 and row.names[-1] in types(reading)]
    several = len({row.names[-1] for row in rows}) > 1
    named = [replace(row, names=(*row.names[:-1], _PLURAL[row.names[-1]]) if several else row.names[:-1]) for row in rows]
    way = 1 if reading.measure.ranked == "small" else -1
    return sorted(named, key=lambda row: way * (kinds.number(row.figures["M44.count"]) or 0.0))


def _side_by_side(rows: Sequence[Row], kinds: Sequence[str]) -> str:
    """Each of those that are set against each other, with its substance."""
    told = [f"{' '.join(row.names).replace('_', ' ')} {mark(row.figures['M44.count'])} ({_quality(row.figures)})" for row in rows[:_BESIDE]]
    counted = capital(joined([_PLURAL[kind] for kind in kinds])) or "Customer-facing activities"
    return f"{counted} ({mark(rows[0].figures['M44.count'], 'window')}): {'; '.join(told)}."


_BESIDE = 4


def _quality(figures: Figures) -> str:
    return joined(
        [f"{mark(figures[k])} {word}" for k, word in (("M44.substantive", "substantive"), ("M44.unscored", "unscored")) if k in figures]
    )


def _of_types(reading: Reading, kinds: Metrics, who: str, *, bare: bool = False) -> str:
    """What the question named, each with its substance; `bare` without the subject."""
    found = {row.names[0]: row.figures for row in kinds.rows if row.names}
    said = []
    for kind in types(reading) or [kind for kind in found if kind not in left_out(reading)]:
        figures = found.get(kind)
        said.append(f"{mark(figures['M44.count'])} {_plural(kind)}, {_quality(figures)}" if figures else f"no {_plural(kind)}")
    if bare:
        return "; ".join(said)
    first = next(iter(found.values()), {})
    when = f" ({mark(first['M44.count'], 'window')})" if first else ""
    return f"{who}{when}: {'; '.join(said)}."


def _plural(kind: str) -> str:
    """A type of activity as a noun: of the company's own types as well."""
    word = kind.replace("_", " ")
    return _PLURAL.get(kind) or (f"{word} touches" if word in ("informal", "in product") else f"{word}s")


def _table(heading: str, by: str, reply: Metrics) -> Section:
    rows = [[joined(row.names).replace("_", " "), *cells(row.figures, _KEYS)] for row in reply.rows]
    return table(heading, [by, "Activities", "Substantive", "Unscored"], rows)
