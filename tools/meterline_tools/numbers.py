"""How numbers read in text: three significant figures in prose, exact values stay in the receipts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_SCALES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def three_significant(value: float) -> str:
    """`value` (already scaled below 1000) with three significant figures: 12.3, 1.23, 123, 0.0123."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{float(text):.12f}".rstrip("0").rstrip(".") if "e" in text else text


def scaled(value: float) -> str:
    """12,345 reads 12.3k; 1,187,340 reads 1.19M. Scale is chosen after rounding, so 999,999 reads 1M."""
    for factor, suffix in _SCALES:
        if abs(value) >= factor * 0.9995:
            return three_significant(round(value / factor, 2 - len(str(int(abs(value) / factor))) + 1)) + suffix
    return three_significant(value)


def money(value: float, currency: str) -> str:
    """-$12.3k, €1.19M, CHF 310, $310, $4.20."""
    symbol = SYMBOLS.get(currency)
    sign = "-" if value <= -0.005 else ""  # what is printed as nothing has no side
    size = abs(value)
    body = f"{size:,.2f}" if 0 < size < 100 else f"{size:,.0f}" if size < 999.5 else scaled(size)
    if size == 0:
        body = "0"
    return f"{sign}{symbol}{body}" if symbol else f"{sign}{currency} {body}"


def price(value: float, currency: str) -> str:
    """A price per unit: $1.29, $0.0188, €12.50; three significant figures below one."""
    if abs(value) >= 1 or value == 0:
        return money(value, currency)
    body, symbol = three_significant(abs(value)), SYMBOLS.get(currency)
    return f"{'-' if value < 0 else ''}{symbol}{body}" if symbol else f"{'-' if value < 0 else ''}{currency} {body}"


def percent(fraction: float) -> str:
    """0.1239 reads 12.4%; 1.876 reads 188%; tiny values keep one decimal."""
    size = fraction * 100
    return f"{size:,.0f}%" if abs(size) >= 99.95 else f"{size:z.1f}%"


_PLAIN: dict[str, Callable[[float], str]] = {
    "%": percent,
    "points": lambda v: f"{v * 100:z.1f} points",
    "ratio": lambda v: f"{v:z.2f}×",
    "days": lambda v: f"{v:z,.0f} day{'' if v == 1 else 's'}",
    "count": lambda v: f"{v:z,.0f}",
    "": lambda v: f"{v:z,.0f}",
    "number": scaled,
}
_PER = {"": "", "day": " a day", "month": " a month", "yr": " a year"}


def display(value: float | int | str | None, unit: str) -> str:
    """The text of a figure. Units: a currency code, CUR/day, CUR/month, CUR/yr, %, points, ratio, date, days, count, or a noun."""
    if value is None:
        return "no data"
    if isinstance(value, str):
        return _date_text(value) if unit == "date" else value
    if unit in _PLAIN:
        return _PLAIN[unit](float(value))
    head, _, per = unit.partition("/")
    if len(head) == 3 and head.isupper():
        return money(float(value), head) + _PER[per] if per in _PER else f"{price(float(value), head)} per {per.replace('_', ' ')}"
    return f"{scaled(float(value))} {unit}"


def _date_text(iso: str) -> str:
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return f"{day.day} {day:%b %Y}"
