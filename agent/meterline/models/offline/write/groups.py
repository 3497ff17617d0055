"""Who speaks of a thing, counted by person, industry or region: the sentence that leads and the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Section
from meterline.models.offline.write.parts import capital, dimension_label, mark, plain_name, table

_COLUMNS = {"accounts": "Accounts", "of": "With notes", "notes": "Notes", "usd": "Consumption"}
_TOLD = 3
"""Groups told in the sentence; the table has them all."""


def lead(groups: Sequence[Mapping[str, Any]]) -> str:
    """ "retail 2 of 11 accounts with notes; software 0 of 5", most first."""
    told: list[str] = []
    for group in groups[:_TOLD]:
        name, figures = plain_name(str(group["entity"]["name"])), group["figures"]
        told.append(f"{name} {mark(figures['accounts'])} of {mark(figures['of'])}{'' if told else ' accounts with notes'}")
    return "; ".join(told)


def by_table(groups: Sequence[Mapping[str, Any]]) -> Section:
    kind = capital(dimension_label(str(groups[0]["entity"]["type"])))
    rows = [[capital(plain_name(str(g["entity"]["name"]))), *(mark(g["figures"][key]) for key in _COLUMNS)] for g in groups]
    return table(f"By {kind.lower()}", [kind, *_COLUMNS.values()], rows)
