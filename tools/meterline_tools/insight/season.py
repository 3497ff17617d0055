"""The season among the moves of an account: of the whole, or of what other changes leave of it (7.2 steps 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.calendar import LAST_YEAR, NEXT_YEAR
from meterline_tools.insight.common_lift import CommonLift
from meterline_tools.insight.detect import Change, fill_gaps
from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.history import History
from meterline_tools.insight.material import Move
from meterline_tools.insight.thresholds import Thresholds

BASE, LEAST_BASE = 8 * WEEK, 4 * WEEK
"""Days before a season whose median is the level that it departs from; so few where the history begins there."""
ALL_OF_IT = 0.8
"""What keeps more of its lift a month or two later was no season, even if another year had one then; less may be what came next."""
LONGEST = 12
"""Weeks that a season lasts at most; what is longer is seen as its strongest weeks."""
MONTH = 31


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


@dataclass(frozen=True)
class Pair:
    """The same days of two years: what was used, at list prices where they are known (a price is no season), and what was paid."""

    now: Array
    then: Array
    paid: Array
    parts: CommonLift
    """All that is known of the same leaves, by workload."""
    at: tuple[int, int]
    """Where the days begin in it, in this year and in the other."""


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
    if season.onset < offset or end - season.onset < WEEK - 1:
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
        pair = _like_for_like(history, frame, onset - BASE, onset - BASE - back, BASE, weeks * WEEK, ~move.mask) if onset >= BASE else None
        if pair is None or pair.now.size < BASE + weeks * WEEK:
            continue
        (base, lift), (base_then, lift_then) = (_lift(usd, BASE, weeks) for usd in (pair.now, pair.then))
        alike = lift * lift_then > 0 and abs(lift_then) >= max(rules.calendar.min_twice, rules.calendar.share * abs(lift))
        if base and base_then and alike and _stays(pair.then[BASE + weeks * WEEK :], base_then, lift_then) <= rules.calendar.share:
            return True
    return False


def _lift(usd: Array, base: int, weeks: int, at: int = 0) -> tuple[float, float]:
    """Level of the `base` days from an index on, and the lift of the weeks after them; 0 without a level."""
    level = float(np.median(usd[at : at + base].reshape(-1, WEEK).mean(axis=1)))
    return level, float(usd[at + base : at + base + weeks * WEEK].mean()) / level - 1.0 if level > 0 else 0.0


def find_season(history: History, frame: Frame, asked: tuple[date, date], rules: Thresholds, beside: Mask | None = None) -> Season | None:
    """The strongest season that begins on these days: the year before shows it as well, or else the year after.

    Both years are looked at together: each alone may be within its noise, and what a season was a year ago must not count as noise.
    `beside` are leaves to leave out.
    """
    low = max(history.index(asked[0]), history.first + BASE)
    starts = history.index(asked[1]) - low + 1
    if starts <= 0:
        return None
    for back, source in ((rules.calendar.shift_days, LAST_YEAR), (-rules.calendar.shift_days, NEXT_YEAR)):
        base = min(BASE, (low - max(back, 0) - history.first) // WEEK * WEEK)
        if base < LEAST_BASE:
            continue
        pair = _like_for_like(history, frame, low - base, low - base - back, base, starts, beside)
        found = None if pair is None else _both_years(pair, base, starts, rules)
        if pair is not None and found is not None:
            at, weeks, lift, then = found
            level = _lift(pair.paid, base, weeks, at)[0]
            end = low + at + weeks * WEEK
            if back < 0:
                end = _last_day(history, end, level, lift, rules)
            if end - low - at > LONGEST * WEEK:
                continue
            return Season(low + at, end - low - at, end > history.usd.size - WEEK, level, lift, then, source)
    return None


def _last_day(history: History, end: int, base: float, lift: float, rules: Thresholds) -> int:
    """Where this year's weeks fall back, when the year after is known only so far."""
    usd = history.filled()
    while end + WEEK <= usd.size and (float(usd[end : end + WEEK].mean()) / base - 1.0) / lift > rules.calendar.share:
        end += WEEK
    return end


def _like_for_like(history: History, frame: Frame, now: int, then: int, base: int, starts: int, beside: Mask | None) -> Pair | None:
    """The days from an index of the history on, in this year and in another, of the leaves that both knew before.

    None where the other year is not known; where the leaves are not, of the whole account.
    """
    size, offset = history.usd.size, history.usd.size - frame.days
    span = min(base + starts + (LONGEST + 8) * WEEK, size - max(now, then))
    if then < history.first or span < base + WEEK:
        return None
    if min(now, then) < offset:
        if beside is not None:
            return None
        start, paid, listed = history.first, history.usd[None], history.list_usd[None]
    else:
        usd = frame.measures["usd"]
        kept = np.logical_and(*(usd[:, at - offset : at - offset + base].sum(axis=1) > 0 for at in (now, then)))
        kept &= True if beside is None else ~beside
        start = offset
        paid, listed = (np.pad(frame.by_workload(name, keep=kept), ((0, 0), (offset, 0))) for name in ("usd", "list_usd"))
    paid, listed = (np.array([fill_gaps(row, history.rows) for row in rows]) for rows in (paid, listed))
    known = min(now, then)
    used = listed if bool(np.all(listed.sum(axis=0)[known:][paid.sum(axis=0)[known:] > 0] > 0)) else paid
    total, money = used.sum(axis=0), paid.sum(axis=0)
    parts = CommonLift(used[:, start:], base)
    return Pair(total[now : now + span], total[then : then + span], money[now : now + span], parts, (now - start, then - start))


def _both_years(pair: Pair, base: int, starts: int, rules: Thresholds) -> tuple[int, int, float, float] | None:
    """Start, weeks and both lifts of the stretch that both years show most strongly."""
    # The more first days there are to choose from, the farther off both years have to be together.
    least = np.sqrt(rules.noise.z**2 + 2 * np.log(max(1.0, starts / MONTH)))
    now, then = pair.now, pair.then
    best, out = 0.0, None
    usually = {weeks: pair.parts.usual(weeks, rules) for weeks in range(1, LONGEST + 1)}
    for at in range(min(starts, now.size - base - WEEK + 1)):
        for weeks in range(1, min(LONGEST, (now.size - base - at) // WEEK) + 1):
            end = at + base + weeks * WEEK
            short = weeks * WEEK < rules.calendar.min_days and end + WEEK <= now.size  # over already; what is still on may be short
            common, usual = pair.parts.by_day(weeks), usually[weeks]
            if short or usual is None or max(pair.at) + at >= common.size:
                continue
            here, there = (float(common[day + at]) for day in pair.at)
            middle, strays = usual
            far = abs(here + there - 2 * middle) / np.sqrt(2)
            if here * there <= 0 or min(abs(here), abs(there)) < rules.calendar.min_twice or far < least * strays:
                continue
            (level, lift), (level_then, lift_then) = _lift(now, base, weeks, at), _lift(then, base, weeks, at)
            weaker = min(abs(lift), abs(lift_then))
            alike = min(lift * here, lift_then * here) > 0 and weaker >= rules.calendar.share * max(abs(lift), abs(lift_then))
            if not alike or weaker**2 * weeks <= best:
                continue
            if _stays(now[end:], level, lift) > ALL_OF_IT or _stays(then[end:], level_then, lift_then) > rules.calendar.share:
                continue
            best, out = weaker**2 * weeks, (at, weeks, lift, lift_then)
    return out


def _stays(after: Array, base: float, lift: float) -> float:
    """How much of a lift is still there one to two months later; 0 where that is not known yet."""
    later = after[4 * WEEK : 8 * WEEK]
    return (float(later.mean()) / base - 1.0) / lift if later.size >= WEEK else 0.0
