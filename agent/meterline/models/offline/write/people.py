"""What scorecards, attainment and reviews say alike: pace in plain words, accounts that changed hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.models.offline.write.parts import joined, mark

SHOWN = 4


class Values:
    """Figures by metric output with what is needed to choose words; never for print."""

    def __init__(self, reply: Mapping[str, Any], figures: Mapping[str, str] | None = None) -> None:
        self._known: Mapping[str, Any] = reply.get("figures") or {}
        given = dict(figures if figures is not None else reply.get("scorecard") or {})
        self.figures: dict[str, str] = {key: figure for key, figure in given.items() if self.value(figure) is not None}

    def value(self, figure: str | None) -> Any:
        return (self._known.get(figure or "") or {}).get("value")

    def number(self, key: str) -> float | None:
        value = self.value(self.figures.get(key))
        return float(value) if isinstance(value, int | float) else None


def pace_clause(values: Values) -> str:
    """What follows "and": "stands at 46.1% of quota pace"; below the baseline a percentage means nothing, so that is said in money."""
    pace = values.number("M14.pace")
    if pace is None:
        return ""
    if pace < 0 and "M13" in values.figures:
        return f"is {mark(values.figures['M13'], 'abs')} below the baseline of the year, so that nothing counts toward quota yet"
    return f"stands at {mark(values.figures['M14.pace'])} of quota pace"


def attainment_text(values: Values) -> list[str]:
    """Pace, to date, the gap in money, and what the rest of the year needs."""
    f, pace = values.figures, values.number("M14.pace")
    if pace is None:
        return []
    told = []
    to_date = f", and {mark(f['M14.to_date'])} of the full-year quota" if "M14.to_date" in f else ""
    if pace >= 0:
        told.append(f"Attainment is {mark(f['M14.pace'])} of what quota asks by now{to_date} ({mark(f['M14.pace'], 'window')}).")
        if "M13" in f:
            told.append(f"Incremental consumption is {mark(f['M13'])} above the stored baseline.")
    elif "M13" in f:
        told.append(
            f"Consumption of the fiscal year ({mark(f['M13'], 'window')}) is {mark(f['M13'], 'abs')} below the stored baseline, so nothing"
            f" counts toward quota yet; as percentages, {mark(f['M14.pace'])} of quota pace{to_date}."
        )
    if "M14.gap" in f:
        told.append(f"That is {gap_text(values)}.")
    return told + needed_text(values)


def gap_text(values: Values) -> str:
    """ "$174k short of what quota asks by now"."""
    short = (values.number("M14.gap") or 0.0) < 0
    return f"{mark(values.figures['M14.gap'], 'abs')} {'short of' if short else 'ahead of'} what quota asks by now"


def needed_text(values: Values) -> list[str]:
    """What is still needed, a day and as a run rate; nothing once the quota is made."""
    f, left = values.figures, values.number("M15.remaining")
    if left is not None and left <= 0:
        return ["The full-year quota is already made."]
    a_day = f", that is {mark(f['M15.day'])}" if "M15.day" in f else ""
    if "M15" in f:
        return [f"To reach the full quota, the rest of the year needs a run rate of {mark(f['M15'])}{a_day}."]
    return [f"To reach the full quota, {mark(f['M15.remaining'])} is still needed{a_day}."] if left is not None else []


def handover_text(handovers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Accounts that came and went: their consumption moved with the credit, not by anything a customer did."""
    told = []
    for way, words in (("out", "Handed over to others"), ("in", "Taken over")):
        moved = [f"{_account(each)} on {mark(each['on'])}" for each in handovers if each["way"] == way and each["on"]]
        if moved:
            more = " and others" if len(moved) > SHOWN else ""
            told.append(f"{words}: {joined(moved[:SHOWN])}{more}; that changes the book, not what customers use.")
    return told


def _account(handover: Mapping[str, Any]) -> str:
    return mark(handover["on"], "entity") if handover["on"] else str(handover["account"]["name"])


def held_text(held: Mapping[str, str], values: Values) -> list[str]:
    """How the accounts moved that were with the person all the time."""
    if "M08" not in held or values.value(held["M08"]) is None:
        return []
    return [f"The accounts held throughout are {mark(held['M08'], 'change')}, at {mark(held['M01'])}."]
