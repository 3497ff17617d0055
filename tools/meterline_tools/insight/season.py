"""The season among the moves of an account: of the whole, or of what other changes leave of it (7.2 steps 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from meterline_tools.insight.baseline import WEEK, robust_sd
from meterline_tools.insight.calendar import LAST_YEAR, NEXT_YEAR
from meterline_tools.insight.detect import Change, fill_gaps
from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.history import History
from meterline_tools.insight.material import Move
from meterline_tools.insight.thresholds import Thresholds

BASE = 8 * WEEK
"""Days before a season whose median is the level that it departs from."""
ALL_OF_IT = 0.8
"""What keeps more of its lift a month or two later was no season, even if another year had one then; less may be what came next."""
LONGEST = 12
"""Weeks that a season lasts at most; what is longer is seen as its strongest weeks."""


@dataclass(frozen=True)
class Season:
    """The same weeks of two years, in which the same leaves departed alike from the eight weeks before.

    Lifts are fractions of that level; `onset` is an index of the account's history.
    """

    onset: int
    days: int
    ongoing: bool
    base: float
    lift: float
    lift_then: float
    source: str

    @property
    def share(self) -> float:
        """The part of this year's lift that the other year shows."""
        return min(self.lift_then / self.lift, 1.0)


def with_season(
    moves: Sequence[Move], history: History, frame: Frame, asked: tuple[date, date], rules: Thresholds, known: tuple[History, Frame]
) -> list[Move]:
    """The moves with the season that begins on these days, if there is one; slices that moved alike in another year are part of it.

    `asked` are the first and the last day on which a change may begin; `known` is all up to today: a season may show in the year
    after. Slices that moved in this year only are left out of it, and it out of them: each dollar is in one change.
    """
    apart = [move for move in moves if not move.broad and not _every_year(move, known, rules)]
    taken = [move.mask for move in apart if move.mask is not None and move.source == "slice"]
    beside = np.logical_or.reduce(taken) if taken else None
    season = find_season(known[0], known[1], asked, rules, beside)
    if season is None:
        return list(moves)
    offset = history.usd.size - frame.days
    end = min(season.onset + season.days, history.usd.size) - 1
    if season.onset < offset or end - season.onset < rules.calendar.min_days - 1:
        return list(moves)
    effect = season.lift * season.base
    change = Change(season.onset - offset, end - offset, season.ongoing, season.base, effect, season.lift, "pulse")
    move = Move(change, "total", None, whole=True, beside=beside, season=(season.share, season.source))
    return sorted([move, *apart], key=lambda each: -each.change.energy) if beside is not None else [move, *apart]


def _every_year(move: Move, known: tuple[History, Frame], rules: Thresholds) -> bool:
    """Whether another year shows most of what a slice did in its first weeks, and lost it again."""
    if move.mask is None or move.source != "slice":
        return False
    history, frame = known
    onset = move.change.onset + history.usd.size - frame.days
    weeks = max(min(move.change.days // WEEK, LONGEST), 1)
    for back in (rules.calendar.shift_days, -rules.calendar.shift_days):
        pair = _like_for_like(history, frame, onset - BASE, onset - BASE - back, weeks * WEEK, ~move.mask) if onset >= BASE else None
        if pair is None or pair[0].size < BASE + weeks * WEEK:
            continue
        (base, lift), (base_then, lift_then) = (_lift(usd, weeks) for usd in pair)
        alike = lift * lift_then > 0 and abs(lift_then) >= rules.calendar.min_twice and lift_then / lift >= rules.calendar.share
        if base and base_then and alike and _stays(pair[1][BASE + weeks * WEEK :], base_then, lift_then) <= rules.calendar.share:
            return True
    return False


def _lift(usd: Array, weeks: int, at: int = 0) -> tuple[float, float]:
    """Level of the eight weeks from an index on, and the lift of the weeks after them; 0 without a level."""
    base = float(np.median(usd[at : at + BASE].reshape(-1, WEEK).mean(axis=1)))
    return base, float(usd[at + BASE : at + BASE + weeks * WEEK].mean()) / base - 1.0 if base > 0 else 0.0


def find_season(history: History, frame: Frame, asked: tuple[date, date], rules: Thresholds, beside: Mask | None = None) -> Season | None:
    """The strongest season that begins on these days: the year before shows it as well, or else the year after.

    Both years are looked at together: each alone may be within its noise, and what a season was a year ago must not count as noise.
    `beside` are leaves to leave out.
    """
    low = max(history.index(asked[0]), history.first + BASE)
    starts = history.index(asked[1]) - low + 1
    if starts <= 0:
        return None
    noise = _noise(history, rules)
    for back, source in ((rules.calendar.shift_days, LAST_YEAR), (-rules.calendar.shift_days, NEXT_YEAR)):
        pair = _like_for_like(history, frame, low - BASE, low - BASE - back, starts, beside)
        found = None if pair is None else _both_years(*pair, starts, noise, rules)
        if found is not None:
            at, weeks, base, lift, then = found
            end = _last_day(history, low + at + weeks * WEEK, base, lift, rules) if back < 0 else low + at + weeks * WEEK
            return Season(low + at, end - low - at, end > history.usd.size - WEEK, base, lift, then, source)
    return None


def _last_day(history: History, end: int, base: float, lift: float, rules: Thresholds) -> int:
    """Where this year's weeks fall back, when the year after is known only so far."""
    usd = history.filled()
    while end + WEEK <= usd.size and (float(usd[end : end + WEEK].mean()) / base - 1.0) / lift > rules.calendar.share:
        end += WEEK
    return end


def _noise(history: History, rules: Thresholds) -> float:
    """How far a week usually is from the median of the eight before it (fraction): a season is too rare to count in a median."""
    usd = history.filled()[history.first :]
    weeks = usd[usd.size % WEEK :].reshape(-1, WEEK).mean(axis=1)
    if weeks.size <= BASE // WEEK:
        return 1.0
    before = np.median(np.lib.stride_tricks.sliding_window_view(weeks, BASE // WEEK)[:-1], axis=1)
    off = weeks[BASE // WEEK :] / np.maximum(before, 1e-9) - 1.0
    return robust_sd(off, rules.baseline.mad_to_sd)


def _like_for_like(history: History, frame: Frame, now: int, then: int, starts: int, beside: Mask | None) -> tuple[Array, Array] | None:
    """Daily money from an index of the history on, in this year and in another, of the leaves that both knew before.

    None where the other year is not known; where the leaves are not, of the whole account.
    """
    size, offset = history.usd.size, history.usd.size - frame.days
    span = min(BASE + starts + (LONGEST + 8) * WEEK, size - max(now, then))
    if then < history.first or span < BASE + 2 * WEEK:
        return None
    if min(now, then) < offset:
        filled = history.filled()
        return None if beside is not None else (filled[now : now + span], filled[then : then + span])
    usd = frame.measures["usd"]
    kept = np.logical_and(*(usd[:, at - offset : at - offset + BASE].sum(axis=1) > 0 for at in (now, then)))
    if beside is not None:
        kept &= ~beside
    one, other = (fill_gaps(usd[kept, at - offset : at - offset + span].sum(axis=0), history.rows[at : at + span]) for at in (now, then))
    return one, other


def _both_years(now: Array, then: Array, starts: int, noise: float, rules: Thresholds) -> tuple[int, int, float, float, float] | None:
    """Start, weeks, level before and both lifts of the stretch that both years show most strongly."""
    # Two years off by z / sqrt(2) each are as rare as one by z; half of a week's noise is taken to be the week's own.
    shrunk = {weeks: np.sqrt((1 + 1 / weeks) / 2) for weeks in range(1, LONGEST + 1)}
    least = {weeks: max(rules.calendar.min_twice, rules.noise.z / np.sqrt(2) * noise * by) for weeks, by in shrunk.items()}
    best, out = 0.0, None
    for at in range(min(starts, now.size - BASE - rules.calendar.min_days + 1)):
        for weeks in range(rules.calendar.min_days // WEEK, min(LONGEST, (now.size - BASE - at) // WEEK) + 1):
            end = at + BASE + weeks * WEEK
            (base, lift), (base_then, lift_then) = _lift(now, weeks, at), _lift(then, weeks, at)
            weaker = min(abs(lift), abs(lift_then))
            if lift * lift_then <= 0 or weaker < least[weeks] or lift_then / lift < rules.calendar.share or weaker**2 * weeks <= best:
                continue
            if _stays(now[end:], base, lift) > ALL_OF_IT or _stays(then[end:], base_then, lift_then) > rules.calendar.share:
                continue
            best, out = weaker**2 * weeks, (at, weeks, base, lift, lift_then)
    return out


def _stays(after: Array, base: float, lift: float) -> float:
    """How much of a lift is still there one to two months later; 0 where that is not known yet."""
    later = after[4 * WEEK : 8 * WEEK]
    return (float(later.mean()) / base - 1.0) / lift if later.size >= WEEK else 0.0
