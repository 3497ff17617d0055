"""I03 in units: the unit the question names, and never one kind of unit ranked against another."""

from __future__ import annotations

from collections.abc import Iterable

from meterline.answer import Draft
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.words import stem
from meterline.models.offline.write.parts import Metrics, cells, joined, mark, measured, metric_label, table

UNITS = "M03"
_SHOWN = 3


def told(reading: Reading, reply: Metrics, who: str) -> Draft | None:
    """Amounts by kind of unit, the one that was asked for alone; None when the answer is of another form."""
    if reply.keys != [UNITS] or reply.whole or reading.measure.group_by or not reply.rows:
        return None
    asked = [row for row in reply.rows if _words(row.names) & _said(reading)]
    rows = asked or reply.rows
    amounts = joined([mark(row.figures[UNITS]) for row in rows[:_SHOWN]])
    more = " and other units" if len(rows) > _SHOWN else ""
    text = f"{who[:1].upper()}{who[1:]} consumed {amounts}{more} ({mark(rows[0].figures[UNITS], 'window')})."
    draft = Draft(headline=measured(text))
    if len(reply.rows) > 1:
        body = [[joined(row.names), *cells(row.figures, [UNITS])] for row in (asked + [r for r in reply.rows if r not in asked])]
        draft.sections = [table("By unit", ["Unit", metric_label(UNITS)], body)]
        draft.sections[0].sentences.append(measured("Units of different kinds are never added up."))
    return draft


def _words(names: Iterable[str]) -> set[str]:
    """The parts of a unit's name without their endings: "k_active_rows" holds "row"."""
    return {stem(part) for name in names for part in name.lower().split("_")}


def _said(reading: Reading) -> set[str]:
    return {stem(word) for word in reading.tokens.present}
