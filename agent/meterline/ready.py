"""Findings that stand ready: sections written from a tool's reply, which a draft takes by id instead of copying them.

A model is shown the headline, the sections' first sentences and the values of their marks. Where it writes
{"ready": "S1"}, the section stands as the tool wrote it, and is checked like any other.
"""

from __future__ import annotations

from typing import Any

from meterline.answer import Draft, Section
from meterline.terse import SHOWN_CHARS, marked_values
from meterline_tools.kit.bench import Workbench

_SENTENCES = (3, 2, 1, 0)
"""Sentences shown of each section; fewer when the whole becomes too long."""


def shelve(bench: Workbench, draft: Draft, **first: Any) -> dict[str, Any]:
    """Keeps the draft's sections for this turn, and returns what a model is shown of them after the facts in `first`."""
    kept = [(_keep(bench, section), section) for section in draft.sections if section.sentences or section.table]
    head = {key: value for key, value in first.items() if value not in (None, "", [], {})}
    head |= {"headline": draft.headline.text}
    notes = {"assumptions": draft.assumptions, "not_available": draft.not_available, "next_steps": draft.next_steps}
    told: dict[str, Any] = {}
    for count in _SENTENCES:
        told = head | {"sections": [_shown(ident, section, count) for ident, section in kept]}
        told |= {key: value for key, value in notes.items() if value} | marked_values(told, bench.book)
        if len(str(told)) <= SHOWN_CHARS:
            break
    return told


def taken(draft: Draft, bench: Workbench) -> Draft:
    """The draft with every {"ready": id} replaced by the section it names; an unknown id leaves nothing behind."""
    sections = [found if section.ready else section for section in draft.sections if (found := _found(section, bench)) is not None]
    return draft.model_copy(update={"sections": sections})


def written(bench: Workbench) -> set[str]:
    """All sentences and rows of the sections that stand ready."""
    sections: list[Section] = list(bench.ready.values())
    rows = {" · ".join(row) for section in sections if section.table for row in section.table.rows}
    titles = {title for section in sections for title in (section.heading, *(section.table.columns if section.table else ()))}
    return rows | titles | {sentence.text for section in sections for sentence in section.sentences}


def _found(section: Section, bench: Workbench) -> Section | None:
    return bench.ready.get(section.ready) if section.ready else section


def _keep(bench: Workbench, section: Section) -> str:
    ident = f"S{len(bench.ready) + 1}"
    bench.ready[ident] = section
    return ident


def _shown(ident: str, section: Section, count: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"ready": ident}
    if section.heading:
        shown["heading"] = section.heading
    if says := [sentence.text for sentence in section.sentences[:count]]:
        shown["says"] = " ".join(says)
    if section.table:
        shown["table"] = f"{', '.join(section.table.columns)}: {len(section.table.rows)} rows"
    return shown
