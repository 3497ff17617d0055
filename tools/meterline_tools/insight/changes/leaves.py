"""The input: rows of attribute values with an actual and an expected amount, as numbers that cuboids can be built on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int32]
Value = Any
"""A label of an attribute: usually a text; None where it is missing."""

BITMAP_CELLS = 30_000_000
"""Up to this many possible cells, the ones in use are found in a bitmap rather than by sorting."""


@dataclass(frozen=True)
class Leaves:
    """Rows by column. `codes[i][row]` is an index into `labels[i]`, the sorted values of attribute `names[i]`.

    Attributes are in the order of their names. Rows may repeat a leaf: they are added up.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[Value, ...], ...]
    codes: tuple[Codes, ...]
    actual: Array
    expected: Array

    @property
    def rows(self) -> int:
        return int(self.actual.size)

    @classmethod
    def from_columns(cls, attributes: Mapping[str, Sequence[Value]], actual: Sequence[float], expected: Sequence[float]) -> Leaves:
        """From one sequence of values per attribute. Missing values are None, "" or NaN; a missing amount counts as 0.

        Raises ValueError when columns differ in length or an amount is infinite.
        """
        encoded = {name: encode(values) for name, values in attributes.items()}
        return cls.from_codes(encoded, actual, expected)

    @classmethod
    def from_codes(
        cls, attributes: Mapping[str, tuple[Codes, Sequence[Value]]], actual: Sequence[float] | Array, expected: Sequence[float] | Array
    ) -> Leaves:
        """From (codes, labels) per attribute; labels may come in any order and need not all be used."""
        amounts = [
            np.nan_to_num(np.asarray(column, dtype=np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf) for column in (actual, expected)
        ]
        if not all(np.isfinite(column).all() for column in amounts):
            raise ValueError("an amount is infinite")
        if {len(codes) for codes, _ in attributes.values()} | {amounts[0].size, amounts[1].size} != {amounts[0].size}:
            raise ValueError("the columns differ in length")
        names = tuple(sorted(attributes))
        ordered = [_ordered(*attributes[name]) for name in names]
        return cls(names, tuple(labels for _, labels in ordered), tuple(codes for codes, _ in ordered), amounts[0], amounts[1])

    @classmethod
    def from_rows(
        cls, rows: Iterable[Mapping[str, Any]], attributes: Sequence[str], actual: str = "actual", expected: str = "expected"
    ) -> Leaves:
        kept = list(rows)
        columns = {name: [row.get(name) for row in kept] for name in attributes}
        return cls.from_columns(columns, [row.get(actual) or 0.0 for row in kept], [row.get(expected) or 0.0 for row in kept])


def encode(values: Sequence[Value]) -> tuple[Codes, list[Value]]:
    """Codes in order of first appearance, and what they stand for."""
    found: dict[Value, int] = {}
    whole = values.tolist() if isinstance(values, np.ndarray) else values
    codes = np.fromiter((found.setdefault(value, len(found)) for value in map(_present, whole)), np.int32, len(whole))
    return codes, list(found)


def _present(value: Value) -> Value:
    """None for what stands for nothing (None, "", NaN)."""
    return None if value is None or value == "" or value != value else value  # noqa: PLR0124 (NaN differs from itself)


def _ordered(codes: Codes, labels: Sequence[Value]) -> tuple[Codes, tuple[Value, ...]]:
    """The same with labels in order (missing first, numbers before text), so that no answer hangs on the order of rows."""
    ranks = sorted(range(len(labels)), key=lambda code: _rank(labels[code]))
    place = np.empty(len(labels), np.int32)
    place[ranks] = np.arange(len(labels), dtype=np.int32)
    return place[codes] if len(labels) else codes.astype(np.int32), tuple(labels[code] for code in ranks)


def _rank(label: Value) -> tuple[int, float, str]:
    if label is None:
        return 0, 0.0, ""
    if isinstance(label, int | float):
        return 1, float(label), str(label)
    return 2, 0.0, str(label)


def summed(cells: NDArray[np.signedinteger], size: int, values: Array) -> Array:
    """Sum of the values in each of `size` cells."""
    return np.asarray(np.bincount(cells, values, size), dtype=np.float64)


def used_cells(cells: NDArray[np.int64], size: int) -> tuple[Codes, int]:
    """Cells renumbered without gaps, in the same order, and how many there are. `size` is one more than the largest possible."""
    if size <= BITMAP_CELLS:
        used = np.zeros(size, dtype=bool)
        used[cells] = True
        if used.all():
            return cells.astype(np.int32), size
        number = np.cumsum(used, dtype=np.int32)
        number -= 1
        return number[cells], int(number[-1]) + 1 if size else 0
    values, inverse = np.unique(cells, return_inverse=True)
    return inverse.astype(np.int32), int(values.size)
