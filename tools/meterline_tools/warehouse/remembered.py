"""Results of statements over a snapshot, kept while there is room: a snapshot never changes, so neither does a result.

A statement is known again by what it says and by the values bound in it, whoever built it. Scope and time of
knowledge stand inside every statement, so that one asker is never shown what another one was.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import CompoundSelect, Select

MOST_CELLS = 400_000
"""Room for all results together; a cell takes some 60 bytes."""
LARGEST = 40_000
"""Cells of the largest result that is kept."""
LONG = 5_000
"""From so many cells on a result goes before any shorter one: one account's history would push out a hundred totals."""
_Result = TypeVar("_Result")


@dataclass
class Remembered(Generic[_Result]):
    """Results by statement; long ones go first, then those not looked at for longest. Safe to use from several threads."""

    room: int = MOST_CELLS
    _kept: OrderedDict[Hashable, tuple[_Result, int]] = field(default_factory=OrderedDict)
    _cells: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable) -> _Result | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, result: _Result, cells: int) -> None:
        """Keeps a result of so many cells, unless it is very large; then the room is cleared to its size again."""
        if cells > min(LARGEST, self.room):
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = (result, cells)
            self._cells += cells
            while self._cells > self.room:
                first = next((name for name, (_, size) in self._kept.items() if size >= LONG), next(iter(self._kept)))
                self._cells -= self._kept.pop(first)[1]


def identity(statement: Select[Any] | CompoundSelect[Any]) -> Hashable | None:
    """What tells a statement from every other one: its structure and its bound values. None where it cannot be told."""
    key = statement._generate_cache_key()  # what SQLAlchemy itself finds compiled statements by
    if key is None:
        return None
    values = tuple(_fixed(bound.effective_value) for bound in key.bindparams)
    try:
        hash(values)
    except TypeError:
        return None
    return key.key, values


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple, set, frozenset)) else value
