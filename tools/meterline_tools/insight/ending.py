"""When a change is over: on the day from which the level before it is back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.detect import Change, Shape
from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.material import Move
from meterline_tools.insight.thresholds import Thresholds

FORTNIGHT = 2 * WEEK


def to_its_end(frame: Frame, move: Move, seen: int, rules: Thresholds, others: Sequence[Move] = ()) -> Move:
    """A change that was still on after its first months, or whose level stayed when it seemed to end, goes on to the last day, or to
    the day on which the level before is back. What began there anew, of the same slice and the same way, is another change."""
    change = move.change
    usd = (frame.measures["usd"] if move.mask is None else frame.measures["usd"][move.mask]).sum(axis=0)
    if change.ongoing:
        return replace(move, change=_until_back(usd, change, seen - FORTNIGHT, rules)) if seen < frame.days else move
    if move.source == "price" or move.whole or not _stays(usd, change) or any(_takes_over(move, other) for other in others):
        return move
    longer = _until_back(usd, change, change.end + 1, rules)
    effect = float(usd[longer.onset : longer.end + 1].mean()) - longer.base
    shape: Shape = "step" if longer.ongoing and longer.shape == "pulse" else longer.shape
    return replace(move, change=replace(longer, effect=effect, shape=shape))


def _takes_over(move: Move, other: Move) -> bool:
    """Whether another change of the slice begins within a week of this one's end, on top of it."""
    begins = abs(other.change.onset - move.change.end) <= WEEK and other.change.effect * move.change.effect > 0
    return begins and other.mask is not None and move.mask is not None and bool((other.mask & move.mask).any())


def _stays(usd: Array, change: Change) -> bool:
    """Whether the fortnight after its last day keeps more than half of the effect: then it did not end there."""
    after = usd[change.end + 1 : change.end + 1 + FORTNIGHT]
    return after.size >= WEEK and (float(after.mean()) - change.base) / change.effect > 0.5 if change.effect else False


def _until_back(usd: Array, change: Change, first: int, rules: Thresholds) -> Change:
    """The change up to the first fortnight from an index on in which the level before is back for good; else to the last day."""
    if usd.size - first < FORTNIGHT:
        return replace(change, end=usd.size - 1, ongoing=True)
    gap = np.convolve(usd[first:], np.ones(FORTNIGHT) / FORTNIGHT, mode="valid") - change.base
    # Money far beyond the level before is no sign of an end: what became cheaper may have grown since.
    tail = rules.detect.ended_tail * abs(change.effect)
    back = np.flatnonzero(np.abs(gap) <= tail)
    if back.size and bool(np.median(np.abs(gap[int(back[0]) :])) <= tail):
        return replace(change, end=min(first + FORTNIGHT - 1 + int(back[0]), usd.size - 1), ongoing=False)
    return replace(change, end=usd.size - 1, ongoing=True)
