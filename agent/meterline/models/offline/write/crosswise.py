"""A breakdown by one kind of thing and by time, laid out crosswise: a line each stretch of time, a column each thing."""

from __future__ import annotations

from meterline.answer import Section
from meterline.models.offline.write.parts import Metrics, dimension_label, joined, mark, table
from meterline_tools.catalog.buckets import TIME

_WIDEST = 6
"""More columns than this are no longer read across."""


def crosswise(dims: list[str], reply: Metrics) -> Section | None:
    """The table of one metric by one dimension and one unit of time, in the order of time; None where it is not that."""
    times = [d for d in dims if d in TIME]
    others = [d for d in dims if d not in TIME]
    if len(times) != 1 or len(others) != 1 or len(reply.keys) != 1 or reply.rest:
        return None
    raw = reply.data.get("rows") or []
    found: dict[tuple[str, str], str] = {}
    columns: dict[str, str] = {}
    lines: dict[str, str] = {}
    for row, (when, what) in zip(reply.rows, ((str(r["keys"].get(times[0])), str(r["keys"].get(others[0]))) for r in raw), strict=True):
        place = list(raw[0]["keys"]).index(times[0])
        lines[when], columns[what] = row.names[place], joined([n for at, n in enumerate(row.names) if at != place])
        found[when, what] = row.figures.get(reply.keys[0], "")
    if not 2 <= len(columns) <= _WIDEST:
        return None
    body = [[lines[when], *(mark(f) if (f := found.get((when, what), "")) else "–" for what in columns)] for when in sorted(lines)]
    return table("", [dimension_label(times[0]), *columns.values()], body)
