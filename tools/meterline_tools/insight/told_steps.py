"""Steps looked for where and on the day that somebody told of one.

To look at every slice and every day takes evidence that chance cannot make among so many looks. Where a sentence names a slice and a
day there is one look, and a step that stands out from the weeks beside it is enough: what was said and what was used agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.detect import Change, fill_gaps
from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.material import Move
from meterline_tools.insight.plain import dated_step, weekly_means
from meterline_tools.insight.said_days import dates_in
from meterline_tools.insight.slice_words import SliceWords, mentions, named_in, slice_words, tokens
from meterline_tools.insight.slices import Slice
from meterline_tools.insight.survey.cells import Cell, cells
from meterline_tools.insight.thresholds import Thresholds

_NAMED = ("workload",)
"""What people call by name; the words for anything wider hold the names of what is in it."""
_BEFORE, _LEAST_BEFORE = 8, 4
"""Weeks before a day whose level is compared, and the fewest of them with usage."""
_AT_ONCE, _SLOWLY = (0, 4), (4, 8)
"""Weeks after a day that show a step, and that show what comes slowly."""
_SLACK = timedelta(days=3)
"""By this what is told may miss the day on which it shows."""
_LONGEST = timedelta(days=16)
"""What is named as more days than these, names none."""
_UNDATED = (timedelta(days=-21), timedelta(days=7))
"""Where a sentence that names a slice and no day may speak of, from the day on which it was said."""


def told_steps(frame: Frame, statements: Iterable[Statement], days: tuple[date, date], level: float, rules: Thresholds) -> list[Move]:
    """The steps that sentences tell of and that stand out on their days, the farthest first; each slice once.

    `days` are the first and the last on which a change may begin, `level` is the account's usual money a day.
    """
    parts = [(cell, _words(frame, cell)) for cell in cells(frame.leaves, [name for name in _NAMED if frame.has(name)], 1)[1:]]
    floor = max(rules.told.share * level, rules.noise.least_per_day)
    found: dict[bytes, tuple[float, Move]] = {}
    for at, first, last in dict.fromkeys(_looks(statements, parts, days)):
        cell = parts[at][0] if at is not None else None
        strength, move = _step(frame, cell, frame.index(first - _SLACK), frame.index(last + _SLACK), rules)
        least = rules.told.z + (rules.told.wide if last - first > _SLACK else 0.0)
        if move is None or strength < least or abs(move.change.effect) < floor:
            continue
        key = b"" if move.mask is None else move.mask.tobytes()
        if strength > found.get(key, (0.0, move))[0]:
            found[key] = strength, move
    return [move for _, move in sorted(found.values(), key=lambda each: -each[0])]


def _words(frame: Frame, cell: Cell) -> SliceWords:
    attribute, value = next(iter(cell.where.items()))
    return slice_words(frame, Slice(attribute, (value,), cell.mask, 0.0, 0.0, 0.0, 0.0))


def _looks(
    statements: Iterable[Statement], parts: Sequence[tuple[Cell, SliceWords]], days: tuple[date, date]
) -> Iterator[tuple[int | None, date, date]]:
    """(part or None for the whole account, first day, last day) of each sentence that tells where or when among `days`."""
    for said in statements:
        if said.flagged:
            continue
        mentioned = dates_in(said.text, said.day)
        named = _called(said, said.text, parts)
        spans = [(m.start, m.end) for m in mentioned if not m.limit and m.end - m.start <= _LONGEST]
        if named and not mentioned:
            spans = [(said.day + _UNDATED[0], said.day + _UNDATED[1])]
        spans = [(max(first, days[0]), min(last, days[1])) for first, last in spans if first <= days[1] and last >= days[0]]
        places: list[int | None] = [*(named or _called(said, f"{said.beside} {said.title or ''}", parts))] or [None]
        yield from ((at, first, last) for first, last in spans for at in places)


def _called(said: Statement, text: str, parts: Sequence[tuple[Cell, SliceWords]]) -> list[int]:
    return [at for at, (_, words) in enumerate(parts) if said.tags & words.ids or _calls(words, text)]


def _calls(words: SliceWords, text: str) -> bool:
    whose = named_in(text, words)
    return whose == "slice" or (not whose and mentions(words.own, tokens(text)))


def _step(frame: Frame, cell: Cell | None, first: int, last: int, rules: Thresholds) -> tuple[float, Move | None]:
    """How far the weeks after one of these days lie from those before (in standard deviations), at most, and the step as a move."""
    mask = cell.mask if cell is not None else np.ones(len(frame.leaves), dtype=bool)
    series = fill_gaps(frame.measures["usd"][mask].sum(axis=0), frame.rows[mask].sum(axis=0))
    near = range(max(first, 0), min(last, series.size - WEEK) + 1)
    if not near:
        return 0.0, None
    strength, at = max((_apart(series, day, _AT_ONCE, rules), day) for day in near)
    middle = near[len(near) // 2]
    slow = _apart(series, middle, _SLOWLY, rules) if cell is None else 0.0
    if slow > strength:  # people leave one by one: the whole of an account falls slowly, what is switched falls at once
        base = float(np.median(series[max(0, middle - _BEFORE * WEEK) : middle]))
        effect = float(series[middle:].mean()) - base
        return slow, Move(Change(middle, series.size - 1, True, base, effect, slow, "decay" if effect < 0 else "ramp"), "drift", None)
    if not strength:
        return 0.0, None
    change = dated_step(series, at, rules)
    if cell is None:
        return strength, Move(change, "total", None)
    attribute, value = next(iter(cell.where.items()))
    return strength, Move(change, "slice", (attribute, (value,)), cell.mask, apart=True)


def _apart(series: Array, day: int, weeks: tuple[int, int], rules: Thresholds) -> float:
    """How far the means of some weeks after a day lie from those of the eight before, in logarithms, as a two-sample z.

    0 with too few weeks, or where they differ by less than `told.ratio`.
    """
    before = weekly_means(series[max(0, day - _BEFORE * WEEK) : day], last=True)
    after = weekly_means(series[day + weeks[0] * WEEK : day + weeks[1] * WEEK])
    if np.count_nonzero(before) < _LEAST_BEFORE or not after.size:
        return 0.0
    tiny = 0.02 * float(np.median(before)) + 1e-9
    low, high = np.log(before + tiny), np.log(after + tiny)
    strays = max(float(low.std(ddof=1)), rules.baseline.floor_sd_share)
    gaps = [(abs(float(high[:n].mean() - low.mean())), n) for n in range(1, high.size + 1)]
    return max((gap / (strays * float(np.sqrt(1 / n + 1 / low.size))) for gap, n in gaps if gap >= rules.told.ratio), default=0.0)
