"""How charts look: colours that colour-blind readers can tell apart, amounts in the company's currency, days as "3 Aug"."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from meterline_tools.numbers import SYMBOLS

INK, DIM, GRID, PAPER = "#1c2430", "#5a6675", "#dfe3e8", "#ffffff"
MAIN, DOWN, AIM = "#0072b2", "#d55e00", "#5a6675"
SERIES = (MAIN, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""The palette of Okabe and Ito."""
DARK = {INK: "#e5e9ee", DIM: "#9aa6b3", GRID: "#2e3741", PAPER: "#1a2027", MAIN: "#56b4e9", DOWN: "#e69f00"}
WIDTH, HEIGHT = 640, 220
FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
_CODE = re.compile(r"[A-Z]{3}")

CONFIG: dict[str, Any] = {
    "background": PAPER,
    "font": FONT,
    "padding": 12,
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "color": INK,
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleColor": DIM,
        "subtitleFontSize": 12,
        "subtitlePadding": 6,
        "offset": 14,
    },
    "axis": {
        "domainColor": GRID,
        "gridColor": GRID,
        "tickColor": GRID,
        "labelColor": DIM,
        "labelFontSize": 12,
        "title": None,
    },
    "legend": {"orient": "top", "title": None, "labelColor": INK, "labelFontSize": 12, "symbolType": "stroke", "offset": 10},
}


def prefix(unit: str) -> str:
    """The sign of the currency in front of an amount: "$", "CHF "; nothing for what is no money."""
    code = unit.partition("/")[0]
    return SYMBOLS.get(code, f"{code} ") if _CODE.fullmatch(code) else ""


def amount(value: str, unit: str, *, exact: bool = False) -> str:
    """A Vega expression that prints `value` (an expression too) in its unit; `exact` as text does, else as an axis does."""
    if unit in ("%", "points"):
        return f"format({value}, '{'.1%' if exact else '~%'}')"
    if unit == "ratio":
        return f"format({value}, '{'.2f' if exact else '~r'}') + '×'"
    size = f"abs({value})"
    small = f"{size} < 100 ? format({size}, ',.2f') : format({size}, ',.0f')" if exact and prefix(unit) else f"format({size}, ',.3~r')"
    large = f"replace(format({size}, '.3~s'), 'G', 'B')"
    sign = json.dumps(prefix(unit), ensure_ascii=False)
    return f"({value} < 0 ? '-' : '') + {sign} + ({value} == 0 ? '0' : {size} < 999.5 ? ({small}) : {large})"


def days_axis(days: Sequence[date], most: int) -> dict[str, Any]:
    """Marks under the days that are drawn, at most so many: "3 Aug", with the year at the first and where it changes."""
    step = -(-len(days) // most)
    shown = list(days)[::-1][::step][::-1]  # the newest always carries its day
    monthly = is_monthly(days)
    plain, dated = ("%b", "%b %Y") if monthly else ("%-d %b", "%-d %b %Y")
    years = [day for n, day in enumerate(shown) if n == 0 or day.year != shown[n - 1].year]
    firsts = ", ".join(f"+{_utc(day)}" for day in years)
    values = "[" + ", ".join(_utc(day) for day in shown) + "]"
    text = f"utcFormat(datum.value, indexof([{firsts}], +datum.value) >= 0 ? '{dated}' : '{plain}')"
    return {"values": {"expr": values}, "labelExpr": text, "grid": False, "labelOverlap": True, "labelFlush": True}


def is_monthly(days: Sequence[date]) -> bool:
    """Whether these are first days of months; the first may be where the period begins."""
    return len(days) > 1 and all(day.day == 1 for day in days[1:]) and (len(days) == 2 or (days[2] - days[1]).days >= 28)


def _utc(day: date) -> str:
    return f"utc({day.year}, {day.month - 1}, {day.day})"
