"""A look at data that have not changed since is not worked out twice: a snapshot is immutable, so what was found in it stays true."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from meterline_tools.insight.attention import Worry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.coffee.told import Told
from meterline_tools.receipts import ReceiptBook
from meterline_tools.warehouse.engines import Warehouse

MOST = 64
"""Looks kept a snapshot; beyond that the one longest unused goes."""
People = list[tuple[Worry, dict[str, Any]]]


@dataclass(frozen=True)
class Poured:
    """What the items found, and the receipts and figures it stands on."""

    told: dict[str, Told]
    people: People
    book: ReceiptBook = field(default_factory=ReceiptBook)


_POTS: WeakKeyDictionary[Warehouse, OrderedDict[Any, Poured]] = WeakKeyDictionary()


def pour(bench: Workbench, focus: str, brew: Callable[[], tuple[dict[str, Told], People]]) -> Poured:
    """The look as found before by this principal at the same data, else a fresh one.

    Ids of figures count from the beginning of a book, so a look is kept and given only to a turn that begins with it.
    """
    if bench.book.receipts or bench.book.figures:
        return Poured(*brew(), bench.book)
    pot = _POTS.setdefault(bench.warehouse, OrderedDict())
    key = (bench.principal, bench.asof.known_at, bench.asof.d1, bench.asof.timezone, focus)
    if key not in pot:
        told, people = brew()
        pot[key] = Poured(told, people, _copied(bench.book, ReceiptBook()))
        if len(pot) > MOST:
            pot.popitem(last=False)
        return pot[key]
    pot.move_to_end(key)
    _copied(pot[key].book, bench.book)
    return pot[key]


def _copied(source: ReceiptBook, target: ReceiptBook) -> ReceiptBook:
    target.receipts.update(source.receipts)
    target.figures.update(source.figures)
    target.citations.update(source.citations)
    return target
