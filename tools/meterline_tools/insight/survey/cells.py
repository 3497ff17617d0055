"""The slices a change can sit in: the whole, one value of an attribute, or values of two attributes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from meterline_tools.insight.frames import Mask


@dataclass(frozen=True)
class Cell:
    """A slice by its attribute values (none: the whole) and the leaves in it."""

    where: Mapping[str, str]
    mask: Mask
    also: tuple[str, ...] = ()
    """Further values of the last attribute of `where`, for things that came together."""

    @property
    def depth(self) -> int:
        return len(self.where)


def cells(leaves: Sequence[Mapping[str, str | None]], attributes: Sequence[str], depth: int = 2) -> list[Cell]:
    """Every slice of at most `depth` (one or two) attributes that holds a leaf, the plainest first.

    Slices of the very same leaves are one: the one with fewer attributes, then the one whose attributes come first.
    """
    found: dict[bytes, Cell] = {}
    everything = np.ones(len(leaves), dtype=bool)
    codes = {attribute: _by_value(leaves, attribute) for attribute in attributes}
    candidates = [Cell({}, everything)]
    candidates += [Cell({attribute: value}, mask) for attribute in attributes for value, mask in codes[attribute].items()]
    for one, other in combinations(attributes, 2) if depth > 1 else ():
        for value, mask in codes[one].items():
            candidates += [Cell({one: value, other: name}, mask & inside) for name, inside in codes[other].items()]
    for cell in candidates:
        if cell.mask.any():
            found.setdefault(cell.mask.tobytes(), cell)
    return list(found.values())


def _by_value(leaves: Sequence[Mapping[str, str | None]], attribute: str) -> dict[str, Mask]:
    values = sorted({value for leaf in leaves if (value := leaf.get(attribute))})
    return {value: np.array([leaf.get(attribute) == value for leaf in leaves], dtype=bool) for value in values}


def matching(leaves: Sequence[Mapping[str, str | None]], where: Mapping[str, str]) -> Mask:
    """The leaves that have all these values."""
    return np.array([all(leaf.get(attribute) == value for attribute, value in where.items()) for leaf in leaves], dtype=bool)
