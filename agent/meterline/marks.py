"""Marks: how a draft refers to figures and quotations without typing them.

`[[F3]]` value · `[[F3.abs]]` magnitude · `[[F3.change]]` "up 12.4%" · `[[F3.window]]` its dates ·
`[[F3.label]]` · `[[F3.entity]]` · `[[C2]]` a verbatim quotation with speaker, side and date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from meterline_tools.numbers import display
from meterline_tools.receipts import Figure, Window

MARK = re.compile(r"\[\[([FC]\d+)(?:\.(\w+))?\]\]")
VIEWS = frozenset({"", "abs", "change", "window", "label", "entity"})


@dataclass(frozen=True)
class Mark:
    id: str
    view: str
    start: int
    end: int

    @property
    def is_figure(self) -> bool:
        return self.id.startswith("F")


@lru_cache(maxsize=4096)
def find_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a text, in order; each text is asked for them many times in a turn."""
    if "[[" not in text:
        return ()
    return tuple(Mark(match.group(1), match.group(2) or "", match.start(), match.end()) for match in MARK.finditer(text))


def without_marks(text: str) -> str:
    """The text a model wrote itself; marks become a blank so that words on both sides stay apart."""
    return MARK.sub(" ", text)


def day_text(day: date, *, year: bool = True) -> str:
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def window_text(window: Window) -> str:
    """ "15 Aug 2026", "17 Jul to 15 Aug 2026", "1 Dec 2025 to 15 Jan 2026"."""
    if window.start == window.end:
        return day_text(window.end)
    return f"{day_text(window.start, year=window.start.year != window.end.year)} to {day_text(window.end)}"


def _change_text(figure: Figure) -> str:
    if not isinstance(figure.value, int | float):
        return figure.display
    if display(0, figure.unit) == display(abs(figure.value), figure.unit) or figure.value == 0:
        return "unchanged"
    return f"{'up' if figure.value > 0 else 'down'} {display(abs(figure.value), figure.unit)}"


def figure_text(figure: Figure, view: str) -> str:
    """The printed form of one figure mark."""
    if view == "abs" and isinstance(figure.value, int | float):
        return display(abs(figure.value), figure.unit)
    if view == "change":
        return _change_text(figure)
    if view == "window":
        return window_text(figure.window) if figure.window else "no window"
    if view == "label":
        return figure.label
    if view == "entity":
        return figure.entity.name if figure.entity else ""
    return figure.display
