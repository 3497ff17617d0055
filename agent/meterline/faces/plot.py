"""A chart as a few lines of text, for terminals: drawn from the spec that every face gets."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.text import Text

from meterline.render import clean
from meterline_tools.numbers import display

HEIGHT = 8
_LABELLED = (HEIGHT, HEIGHT // 2)
"""Rows that have their amount beside them."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_UP, _DOWN, _SOFT = "blue", "yellow", "dim"
NBSP = "\u00a0"
_NARROWEST = 40
_LABEL = 8
"""The least room for the amounts beside the rows."""
Row = Mapping[str, Any]
Spec = Mapping[str, Any]


def plot(spec: Spec, width: int) -> Text:
    """The plot, no line wider than `width`: bars, columns over time, a line for each series, or a projection."""
    about, rows = spec["usermeta"]["meterline"], spec["data"]["values"]
    width = max(_NARROWEST, width)
    title = Text("\n".join(_fitted(clean(about["title"]), width)), style="bold")
    if about["mark"] == "bar":
        body = _bars(about, rows, width)
    elif about["mark"] == "projection":
        body = _projection(about, rows, width)
    else:
        body = _series(about, rows, width) if about["series"] else _columns(about, rows, width)
    return Text("\n").join([title, *body])


def _fitted(title: str, width: int) -> list[str]:
    return textwrap.wrap(title, width) or [""]


def _bars(about: Spec, rows: Sequence[Row], width: int) -> list[Text]:
    """Names, bars from a common zero, values."""
    values = [float(row[about["y"]]) for row in rows]
    shown = [display(value, about["unit"]) for value in values]
    names = [clean(name) for name in about["names"]]
    room = min(max(map(len, names)), width // 3)
    space = width - room - max(map(len, shown)) - 3
    low, high = min(0.0, *values), max(0.0, *values)
    left = round(space * -low / (high - low)) if high > low else 0
    lines = []
    for name, value, text in zip(names, values, shown, strict=True):
        cut = name if len(name) <= room else name[: room - 1] + "…"
        size = max(1, round(abs(value) / (high - low) * space)) if value else 0
        line = Text(f"{cut:<{room}} ")
        if value < 0:
            line.append(" " * max(0, left - size)).append("█" * min(size, left or 1), style=_DOWN).append(f" {text}")
        else:
            line.append(" " * left).append("█" * size, style=_UP).append(f" {text}")
        lines.append(line)
    return lines


def _columns(about: Spec, rows: Sequence[Row], width: int) -> list[Text]:
    """Columns from zero; what is not a whole part yet is hatched."""
    values = [float(row[about["y"]] or 0.0) for row in rows]
    top = max(*values, 0.0) or 1.0
    room = _room(about, top)
    each = max(1, min(6, (width - room - 2) // len(values)))
    wide = each * len(values) if each > 1 else min(len(values), width - room - 2)
    spots = [i * len(values) // wide for i in range(wide)]
    lines = []
    for level in range(HEIGHT, 0, -1):
        line = _label(about, top, level, room)
        for at, spot in enumerate(spots):
            last = each > 2 and at % each == each - 1
            cell = " " if last else _cell(values[spot] / top * HEIGHT, level)
            if str(rows[spot][about["x"]])[:10] in about["partial"] and cell != " ":
                cell = "▒"
            line.append(cell, style=_UP)
        lines.append(line)
    return [*lines, _days(rows, about["x"], wide, room)]


def _cell(height: float, level: int) -> str:
    """What a column of this height shows in a row of the plot."""
    return _EIGHTHS[max(0, min(8, round((height - level + 1) * 8)))]


def _amount(about: Spec, top: float, level: int) -> str:
    return display(top * level / HEIGHT, about["unit"].partition("/")[0])


def _room(about: Spec, top: float) -> int:
    """How wide the amounts beside the rows are; never cut, for half an amount is another one."""
    return max(_LABEL, *(len(_amount(about, top, level)) for level in _LABELLED))


def _label(about: Spec, top: float, level: int, room: int) -> Text:
    """The amount beside a row: at the top and in the middle."""
    text = _amount(about, top, level) if level in _LABELLED else ""
    return Text(f"{text:>{room}} ", style=_SOFT).append("┤" if text else "│", style=_SOFT)


def _days(rows: Sequence[Row], x: str, wide: int, room: int) -> Text:
    """First and last day below the columns, and the one in the middle where there is room."""
    named = [_day(str(rows[n][x])) for n in (0, len(rows) // 2, len(rows) - 1)]
    gap = wide - sum(map(len, named))
    line = f"{named[0]}{' ' * max(2, gap // 2)}{named[1]}{' ' * max(2, gap - gap // 2)}{named[2]}"
    if gap < 4:
        line = f"{named[0]}{' ' * max(2, wide - len(named[0]) - len(named[2]))}{named[2]}"
    return Text(" " * (room + 2) + line, style=_SOFT)


def _day(iso: str) -> str:
    day = date.fromisoformat(iso[:10])
    return f"{day.day} {day:%b}"


def _series(about: Spec, rows: Sequence[Row], width: int) -> list[Text]:
    """A row of columns for each name, all on one scale, with its latest value."""
    names = list(dict.fromkeys(str(row[about["series"]]) for row in rows))
    days = sorted({str(row[about["x"]]) for row in rows})
    known = {(str(row[about["series"]]), str(row[about["x"]])): row[about["y"]] for row in rows}
    top = max((float(value or 0) for value in known.values()), default=0.0) or 1.0
    room = min(max(map(len, names)), width // 3)
    wide = min(len(days), width - room - 12)
    lines = []
    for name in names:
        values = [float(known.get((name, days[i * len(days) // wide])) or 0.0) for i in range(wide)]
        spark = "".join(_EIGHTHS[max(int(value > 0), min(8, round(value / top * 8)))] for value in values)
        label = clean(name.replace("_", " "))[:room]
        lines.append(Text(f"{label:<{room}} ").append(spark, style=_UP).append(f" {display(known.get((name, days[-1])), about['unit'])}"))
    return lines


def _projection(about: Spec, rows: Sequence[Row], width: int) -> list[Text]:
    """What happened, what is expected up to the high end of its range, and the line to follow."""
    drawn = [about["y"], *(about[role] for role in ("ahead", "high", "target") if role in about)]
    top = max(float(row[key] or 0.0) for row in rows for key in drawn) or 1.0
    room = _room(about, top)
    wide = width - room - 2
    lines = []
    for level in range(HEIGHT, 0, -1):
        line = _label(about, top, level, room)
        for at in range(wide):
            line.append(*_point(about, rows[at * len(rows) // wide], level, top))
        lines.append(line)
    named = {
        "█": about["y"],
        "▒": about.get("ahead", ""),
        "░": about.get("high", "") if about.get("high") != about["y"] else "",
        "·": about.get("target", ""),
    }
    keys = "   ".join(f"{sign}{NBSP}{column.replace('_', NBSP)}" for sign, column in named.items() if column)
    legend = [Text(" " * (room + 2) + line.replace(NBSP, " "), style=_SOFT) for line in textwrap.wrap(keys, wide)]
    return [*lines, _days(rows, about["x"], wide, room), *legend, *_happened(about, rows, wide, room)]


def _happened(about: Spec, rows: Sequence[Row], wide: int, room: int) -> list[Text]:
    """What happened on which day, where the rows tell."""
    told = [f"{_day(str(row[about['x']]))} {clean(str(row[about['events']]))}" for row in rows if row.get(about.get("events", ""))]
    lines = textwrap.wrap(" · ".join(text.replace(" ", NBSP) for text in told), wide)
    return [Text(" " * (room + 2) + line.replace(NBSP, " "), style=_SOFT) for line in lines]


def _point(about: Spec, row: Row, level: int, top: float) -> tuple[str, str]:
    """A cell of a projection and its style; the line to follow lies over the rest."""
    reached = {role: float(row[about[role]] or 0.0) / top * HEIGHT for role in ("y", "ahead", "high", "target") if about.get(role)}
    if level - 1 < reached.get("target", -1.0) <= level:
        return ("·" if max(reached["y"], reached.get("ahead", 0.0)) < level - 0.5 else "─"), ""
    cell = _cell(reached["y"], level)
    if cell != " ":
        return cell, _UP
    if reached.get("ahead", 0.0) >= level - 0.5:
        return "▒", _UP
    return ("░", _UP) if reached.get("high", 0.0) >= level - 0.5 else (" ", "")
