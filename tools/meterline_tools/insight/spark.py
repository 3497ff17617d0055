"""A line of numbers as a line of blocks, for a terminal and for a page alike."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"


def sparkline(values: Sequence[float | None]) -> str:
    """A block for each value, from the lowest to the highest of them; a day without data is a dot, a flat line a low one."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return "".join(GAP if value is None else BLOCKS[round((value - low) / span * (len(BLOCKS) - 1)) if span else 0] for value in values)
