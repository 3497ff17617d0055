"""What changed since the last look, as sentences with figures; and the look that is kept for the next time."""

from __future__ import annotations

from typing import Any

from meterline_tools.insight.looks import Look, Moved, Seen, compare
from meterline_tools.kit.coffee.frame import Frame
from meterline_tools.kit.coffee.told import Told, joined, mark

NAMES = 4
HIDDEN = ("daily", "d1")
"""Values that differ each day anyway; they head the coffee and are no news."""


def look_of(frame: Frame, told: dict[str, Told]) -> Look:
    """What this coffee showed."""
    figures = frame.bench.book.figures
    values = {
        key: Seen(label=figures[ident].label, value=figures[ident].value, unit=figures[ident].unit)
        for item in told.values()
        for key, ident in item.values.items()
    }
    lists = {name: item.listed for name, item in told.items() if item.listed is not None}
    asof = frame.bench.asof
    return Look(snapshot=frame.bench.warehouse.snapshot_id, known_at=asof.known_at, d1=asof.d1, values=values, lists=lists)


def since_last_look(frame: Frame, look: Look, told: dict[str, Told], titles: dict[str, str]) -> list[str]:
    """Sentences about what reads otherwise than at the last look; the first look and one at the same data say so."""
    before = frame.bench.viewer.last_look(look)
    if before is None:
        return ["This is your first look; from now on what changed since the last one stands here."]
    if before.same_data(look):
        return ["You have looked at the same data before, so nothing has changed since."]
    changes = compare(before, look)
    rows = [_row("d1", before.d1, look.d1), *(_row(m.key, m.before.value, m.now.value) for m in changes.values)]
    worked = frame.worked("last look", rows)
    since = worked.figure(0, "before", "Last complete day at your last look", "date")
    said = [
        _moved(worked.figure(n, "before", f"{moved.before.label}, at the last look", moved.before.unit), moved, told)
        for n, moved in enumerate(changes.values, start=1)
        if moved.key not in HIDDEN
    ]
    for each in changes.lists:
        title = titles.get(each.item, each.item)
        parts = [f"{word} {_some(names)}" for word, names in (("new:", each.new), ("gone:", each.gone)) if names]
        said.append(f"{title}, {'; '.join(parts)}.")
    lead = f"Since your last look, when the data ended on {mark(str(since))}:"
    return (
        [lead, *said] if said else [f"Nothing on these lists has changed since your last look, when the data ended on {mark(str(since))}."]
    )


def _row(key: str, before: Any, now: Any) -> dict[str, Any]:
    return {"key": key, "before": before, "now": now}


def _moved(figure: str | None, moved: Moved, told: dict[str, Told]) -> str:
    now = next(item.values[moved.key] for item in told.values() if moved.key in item.values)
    was = mark(figure) if figure else "nothing"
    return f"{moved.now.label} was {was} and is {mark(now)}."


def _some(names: list[str]) -> str:
    """The first few names; what a name holds is data and can carry no mark of its own."""
    clean = [name.replace("[[", "[ [").replace("]]", "] ]") for name in names]
    return joined(clean[:NAMES]) + (" and others" if len(clean) > NAMES else "")
