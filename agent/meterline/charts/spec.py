"""Vega-Lite specs: sorted bars with their values, lines from zero, and a projection with its range."""

from __future__ import annotations

import hashlib
import json
import textwrap
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from meterline.answer import Chart
from meterline.charts.rows import Drawn, bar_names, number
from meterline.charts.style import AIM, CONFIG, DOWN, HEIGHT, MAIN, PAPER, SERIES, WIDTH, amount, days_axis, is_monthly
from meterline.marks import window_text

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""The name of the format, by which embedders choose a version. Nothing here fetches it."""
_STEP = 26
_VALUE_WIDTH = 80
_MOST_DAYS = 9
_DOTTED = 40
"""Lines with more points than this go without dots."""
_ROOM = 1.45
"""How much higher than its values a chart is that says on top what happened."""
_CHARACTER, _SMALL_CHARACTER = 8.2, 6.4
"""Width of a letter of the title and of the line below it, in pixels."""
_SAID = ("happened", "said left", "said right")
"""The layers of what happened, which another width places anew."""
_AXIS, _LINE = 60, 13
"""Room for the amounts at the left, and for a small line of text, in pixels."""
Layer = dict[str, Any]


def spec(chart: Chart, made: Drawn, title: str, *, width: int = WIDTH) -> dict[str, Any]:
    """The spec: `made` is drawn under `title`."""
    draw = {"bar": _bars, "line": _lines, "projection": _projection}[chart.mark]
    body = draw(made, width)
    about: dict[str, Any] = {
        "mark": chart.mark,
        "x": made.x,
        "y": made.y,
        "series": made.series,
        **made.columns,
        "unit": made.unit,
        "title": title,
        "subtitle": _subtitle(made, over_time=chart.mark == "line"),
    }
    if chart.mark == "bar":
        about["names"] = bar_names(made)
    elif chart.mark == "line":
        about["partial"] = [day.isoformat() for day in partial(_days(made), made)]
    whole: dict[str, Any] = {
        "$schema": SCHEMA,
        "title": _title(about, width),
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": CONFIG,
        "usermeta": {"meterline": about},
        "data": {"values": [dict(row) for row in made.rows]},
        **body,
    }
    about["id"] = hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()[:12]
    return whole


def _title(about: Mapping[str, Any], width: int) -> dict[str, list[str]]:
    """Title and what is drawn, wrapped: Vega-Lite wraps nothing by itself."""
    lines = {"text": (about["title"], _CHARACTER), "subtitle": (about["subtitle"], _SMALL_CHARACTER)}
    return {part: textwrap.wrap(text, max(20, int(width / size))) for part, (text, size) in lines.items()}


def _subtitle(made: Drawn, *, over_time: bool) -> str:
    parts = [made.label, window_text(made.window) if made.window else "", f"{len(made.rows)} largest" if made.left_out else ""]
    if over_time and partial(_days(made), made):
        parts.append("an open point stands for a part of it")
    return " · ".join(part for part in parts if part)


def _bars(made: Drawn, width: int) -> Layer:
    """Bars sorted by value, each with its value; what fell has a colour of its own."""
    field = f"datum[{json.dumps(made.y)}]"
    names = json.dumps(bar_names(made))
    axis = {"labelExpr": f"{names}[datum.value]", "labelLimit": width // 3, "ticks": False, "domain": False, "labelPadding": 6}
    y = {"field": "place", "type": "ordinal", "sort": None, "axis": axis}
    x = {
        "field": made.y,
        "type": "quantitative",
        "scale": {"domain": _domain([number(row[made.y]) for row in made.rows], width), "nice": False},
        "axis": None,
    }
    colour = {"condition": {"test": f"{field} < 0", "value": DOWN}, "value": MAIN}
    return {
        "height": {"step": _STEP},
        "transform": [
            {"window": [{"op": "row_number", "as": "number"}]},
            {"calculate": "datum.number - 1", "as": "place"},
            {"calculate": amount(field, made.unit, exact=True), "as": "text"},
        ],
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.72}}, "encoding": {"color": colour}},
            _values(f"{field} >= 0", {}),
            _values(f"{field} < 0", {"x": {"datum": 0, "type": "quantitative"}}),
        ],
    }


def _domain(values: Sequence[float], width: int) -> list[float]:
    """The ends of the bars' scale, with room at the right for the values: those of falls stand there too, off their bar."""
    low, high = min(0.0, *values), max(0.0, *values)
    share = _VALUE_WIDTH / (width - width // 3 - 30)
    return [low, high + (high - low) * share / (1 - share)]


def _values(test: str, at: Layer) -> Layer:
    mark = {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": AIM}
    return {"transform": [{"filter": test}], "mark": mark, "encoding": {"text": {"field": "text", "type": "nominal"}, **at}}


def _axes(made: Drawn, days: Sequence[date], width: int) -> dict[str, Any]:
    x = {"field": made.x, "type": "temporal", "scale": {"type": "utc"}, "axis": days_axis(days, _most_days(width))}
    return {"x": x, "y": {"axis": {"labelExpr": amount("datum.value", made.unit), "tickCount": 5, "domain": False, "ticks": False}}}


def _days(made: Drawn) -> list[date]:
    return sorted({_day(row[made.x]) for row in made.rows})


def _lines(made: Drawn, width: int) -> Layer:
    """Lines over time from zero. A first or last part that is not whole is drawn open."""
    days = _days(made)
    axes = _axes(made, days, width)
    y = {"field": made.y, "type": "quantitative", "scale": {"zero": True}, **axes["y"]}
    colour: Layer = {"value": MAIN}
    if made.series:
        names = sorted({str(row[made.series]) for row in made.rows})
        colour = {"field": made.series, "type": "nominal", "scale": {"domain": names, "range": list(SERIES[: len(names)])}}
        colour["legend"] = {"labelExpr": "replace(datum.label, /_/g, ' ')", "columns": _columns(width)}
    open_days = [day.isoformat() for day in partial(days, made)]
    whole = f"indexof({json.dumps(open_days)}, utcFormat(datum[{json.dumps(made.x)}], '%Y-%m-%d')) < 0"
    layers: list[Layer] = [{"mark": {"type": "line", "strokeWidth": 2.2}}]
    if len(days) <= _DOTTED:
        layers.append({"transform": [{"filter": whole}], "mark": {"type": "point", "filled": True, "size": 32, "opacity": 1}})
    if open_days:
        circle = {"type": "point", "filled": False, "fill": PAPER, "size": 48, "opacity": 1}
        layers.append({"transform": [{"filter": f"!({whole})"}], "mark": circle})
    return {"height": HEIGHT, "encoding": {"x": axes["x"], "y": y, "color": colour}, "layer": layers}


def partial(days: Sequence[date], made: Drawn) -> list[date]:
    """Parts of a series that the window cuts: a month just begun is no fall."""
    if made.window is None or len(days) < 2:
        return []
    start, end = made.window.start, made.window.end
    gaps = {(b - a).days for a, b in pairwise(days[1:])} or {(days[1] - days[0]).days}
    cut = []
    if is_monthly(days):
        if start.day != 1 and days[0] == start:
            cut.append(days[0])
        if end.day != monthrange(end.year, end.month)[1] and days[-1] >= end.replace(day=1):
            cut.append(days[-1])
    elif gaps == {7}:
        if (days[1] - days[0]).days < 7:
            cut.append(days[0])
        if 0 <= (end - days[-1]).days < 6:
            cut.append(days[-1])
    return cut


def _projection(made: Drawn, width: int) -> Layer:
    """What happened, what is expected with its range, and the line to follow."""
    axes = _axes(made, _days(made), width)
    columns = made.columns
    told = {column: column.replace("_", " ").capitalize() for column in (made.y, *columns.values())}
    plotted = [c for c in (made.y, columns.get("ahead"), columns.get("target")) if c]
    styles = {made.y: (MAIN, [1, 0]), columns.get("ahead", ""): (MAIN, [5, 4]), columns.get("target", ""): (AIM, [2, 3])}
    names = [told[c] for c in plotted]
    scales = {
        "color": {
            "field": "what",
            "type": "nominal",
            "scale": {"domain": names, "range": [styles[c][0] for c in plotted]},
            "legend": {"columns": _columns(width)},
        },
        "strokeDash": {"field": "what", "type": "nominal", "scale": {"domain": names, "range": [styles[c][1] for c in plotted]}},
    }
    layers: list[Layer] = []
    if {"low", "high"} <= columns.keys():
        band = {"y": {"field": columns["low"], "type": "quantitative", **axes["y"]}, "y2": {"field": columns["high"]}}
        layers.append(_known(columns["low"], {"mark": {"type": "area", "color": MAIN, "opacity": 0.16}, "encoding": band}))
    scale: Layer = {"zero": True}
    if "events" in columns:
        scale["domainMax"] = _ROOM * max((number(row[c]) for row in made.rows for c in plotted), default=1.0)
    for column in plotted:
        y = {"field": column, "type": "quantitative", "scale": scale, **axes["y"]}
        line = _known(column, {"mark": {"type": "line", "strokeWidth": 2.6 if column == made.y else 2}, "encoding": {"y": y, **scales}})
        line["transform"].append({"calculate": json.dumps(told[column]), "as": "what"})
        layers.append(line)
    if "events" in columns:
        layers += _happened(made.rows, made.x, columns["events"], width)
    return {"height": HEIGHT, "encoding": {"x": axes["x"]}, "layer": layers}


def _happened(rows: Sequence[Mapping[str, Any]], x: str, column: str, width: int) -> list[Layer]:
    """A thin line on each day on which something happened, with a word at its top."""
    rule = _known(column, {"name": _SAID[0], "mark": {"type": "rule", "color": AIM, "strokeDash": [2, 2], "opacity": 0.6}})
    happened = [(_day(row[x]), str(row[column])) for row in rows if row.get(column)]
    days = [_day(row[x]) for row in rows]
    span = max((max(days) - min(days)).days, 1)
    layers = [rule]
    sides = _beside(happened, (width - _AXIS) / span)
    for name, said, dy, baseline in zip(_SAID[1:], sides, (-2, 2), ("bottom", "top"), strict=True):
        if not said:
            continue
        day = f"utcFormat(datum[{json.dumps(x)}], '%Y-%m-%d')"
        names = json.dumps({on.isoformat(): "  ·  ".join(words) for on, words in said.items()})
        text = {"type": "text", "angle": 270, "align": "right", "baseline": baseline, "dx": -4, "dy": dy, "fontSize": 10, "color": AIM}
        layer = _known(column, {"name": name, "mark": {**text, "limit": HEIGHT // 2}})
        layer["transform"] += [{"filter": f"isValid({names}[{day}])"}, {"calculate": f"{names}[{day}]", "as": "said"}]
        layers.append({**layer, "encoding": {"y": {"value": 0}, "text": {"field": "said", "type": "nominal"}}})
    return layers


def _beside(happened: Sequence[tuple[date, str]], a_day: float) -> tuple[dict[date, list[str]], dict[date, list[str]]]:
    """The words left and right of their lines, so that none lies on another; where neither side has room they join the last ones.

    `a_day` is how many pixels a day is wide.
    """
    sides: tuple[dict[date, list[str]], dict[date, list[str]]] = ({}, {})
    last: list[str] = []
    taken, begin = -float(_LINE), min((on for on, _ in happened), default=date.min)
    for on, word in sorted(happened):
        at = (on - begin).days * a_day
        if at - _LINE >= taken:
            last = sides[0][on] = [word]
            taken = at
        elif at >= taken:
            last = sides[1][on] = [word]
            taken = at + _LINE
        else:
            last.append(word)
    return sides


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _known(column: str, layer: Layer) -> Layer:
    """Only where there is a value: a gap is no zero."""
    return {"transform": [{"filter": f"isValid(datum[{json.dumps(column)}])"}], **layer}


def resized(made: dict[str, Any], width: int) -> dict[str, Any]:
    """A spec of ours for another width: title, days and legend take what room there is. Changes `made`."""
    about = made["usermeta"]["meterline"]
    made["width"] = width
    made["title"] = _title(about, width)
    if about["mark"] == "bar":
        made["encoding"]["y"]["axis"]["labelLimit"] = width // 3
        made["encoding"]["x"]["scale"]["domain"] = _domain([number(row[about["y"]]) for row in made["data"]["values"]], width)
        return made
    rows = made["data"]["values"]
    made["encoding"]["x"]["axis"] = days_axis(sorted({_day(row[about["x"]]) for row in rows}), _most_days(width))
    if "events" in about:
        drawn = [layer for layer in made["layer"] if layer.get("name") not in _SAID]
        made["layer"] = drawn + _happened(rows, about["x"], about["events"], width)
    for legend in _legends(made):
        legend["columns"] = _columns(width)
    return made


def _legends(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if isinstance(part.get("legend"), dict) and "columns" in part["legend"]:
            yield part["legend"]
        for key, value in part.items():
            if key not in ("data", "config"):
                yield from _legends(value)
    elif isinstance(part, list):
        for value in part:
            yield from _legends(value)


def _most_days(width: int) -> int:
    return max(3, _MOST_DAYS * width // WIDTH)


def _columns(width: int) -> int:
    return max(1, width // 130)
