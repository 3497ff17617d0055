"""What is found: slices with signed contributions, and the rest with which they add up to the total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Slice:
    """Leaves that agree on `where` and changed alike, less those that a slice before it has taken."""

    where: Mapping[str, Any]
    """Attribute -> value; None is a missing value."""
    actual: float
    expected: float
    contribution: float
    """Actual minus expected."""
    share: float
    """Of all movement, up and down, the rest's included: 0 to 1."""
    size: float
    """Contribution as a share of the whole table, signed: what `min_share` is held against."""
    confidence: float
    """That this very slice moved, rather than noise or a part of it: 0.5 to 1."""
    leaves: int
    rows: NDArray[np.intp] = field(repr=False)
    """Indices of the input rows."""


@dataclass(frozen=True)
class Rest:
    """Everything in no slice."""

    actual: float
    expected: float
    contribution: float
    share: float
    leaves: int


@dataclass(frozen=True)
class Localised:
    """`slices` by size of contribution. Contributions of slices and rest add up to `change`."""

    actual: float
    expected: float
    change: float
    slices: tuple[Slice, ...]
    rest: Rest
    common: float | None = 0.0
    """What the rest changed by, as a share of what was expected, when most leaves changed alike: slices are what departs from that. 0 when
    they did not change, or not alike; None when nothing was expected of the rest."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data; rows are left out."""
        return {
            "actual": self.actual,
            "expected": self.expected,
            "change": self.change,
            "slices": [
                {
                    "where": dict(each.where),
                    "actual": each.actual,
                    "expected": each.expected,
                    "contribution": each.contribution,
                    "share": each.share,
                    "size": each.size,
                    "confidence": each.confidence,
                    "leaves": each.leaves,
                }
                for each in self.slices
            ],
            "rest": {
                "actual": self.rest.actual,
                "expected": self.rest.expected,
                "contribution": self.rest.contribution,
                "share": self.rest.share,
                "leaves": self.rest.leaves,
            },
            "common": self.common,
        }
