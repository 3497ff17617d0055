"""From daily usage to one located change: when, how much, where, and price against volume (7.2 steps 1, 2, 5, 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from meterline_tools.insight.baseline import WEEK, Baseline, baseline, project, whole_weeks
from meterline_tools.insight.detect import Change, date_drift, find_drift
from meterline_tools.insight.ending import to_its_end
from meterline_tools.insight.frames import ATTRIBUTES, Array, Frame, Mask
from meterline_tools.insight.history import History
from meterline_tools.insight.material import Move, Source, material
from meterline_tools.insight.plain import plain_step
from meterline_tools.insight.price import PriceSplit, cents, split_price
from meterline_tools.insight.season import with_season
from meterline_tools.insight.slices import BLUNT, TELLING_WHEN_NEW, Driver, Slice, as_slice, drivers, find_slice, leaf_deltas, new_leaves
from meterline_tools.insight.slow_fall import find_slow_fall
from meterline_tools.insight.survey import survey
from meterline_tools.insight.survey.episodes import unit_prices
from meterline_tools.insight.thresholds import Thresholds


@dataclass(frozen=True)
class Thin:
    """Too little history to tell a change from a beginning."""

    days: int
    needed: int
    possible_on: date
    begins: date | None = None
    """The first day with usage, where the days asked about lie before it."""


@dataclass(frozen=True)
class Quiet:
    """Nothing beyond normal variation in the days looked at."""

    start: date
    end: date
    actual_per_day: float
    expected_per_day: float
    band_per_day: float
    z: float


@dataclass(frozen=True)
class Located:
    """A change with its money, slice and parts. Indices are days of the frame."""

    frame: Frame
    change: Change
    source: Source
    """What the change showed on: the whole, a slice of it, the unit price, or a slow drift."""
    expected: Array
    """Leaves x days from onset on, scaled so that it adds up to the account's own baseline."""
    actual_per_day: float
    baseline_per_day: float
    delta: float
    """Actual minus expected over the days of the change, in cents."""
    band_per_day: float
    z: float
    """The farthest 7-day mean from its expectation, in robust standard deviations."""
    last_week_per_day: float
    part: Slice | None
    price: PriceSplit
    deltas: Array
    drivers: tuple[Driver, ...]
    rest: float
    watched: Change
    """Its first months, which say what it is: later days hold other changes too."""
    watched_price: PriceSplit
    priced: float = 0.0
    """What a further change, of the price, made of the excess of its slice: that money is the price's."""
    beside: Mask | None = None
    """Leaves of other changes, for a change of the rest of the account: what they moved is no part of it."""
    season: tuple[float, str] | None = None
    """Of a season: the part of its lift that another year shows, and which year."""
    further: tuple[Located, ...] = ()
    """Other changes of the same account that began in the days looked at, in slices of their own; the largest first."""

    @property
    def onset(self) -> date:
        return self.frame.day(self.change.onset)

    @property
    def end(self) -> date:
        return self.frame.day(self.change.end)

    @property
    def pct(self) -> float | None:
        return self.actual_per_day / self.baseline_per_day - 1.0 if self.baseline_per_day > 0 else None

    @property
    def own(self) -> float:
        """The excess of the slice it showed on; of the whole account, all that is not in a slice of the further changes."""
        if self.part is not None and self.source == "slice":
            return cents(self.part.contribution - self.priced)
        return cents(self.delta - sum(self._within(other) for other in self.further))

    def _within(self, other: Located) -> float:
        """What of this change's excess lies in another one's slice and days."""
        if other.part is None:
            return 0.0
        low, high = max(self.change.onset, other.change.onset), min(self.change.end, other.change.end) + 1
        days = slice(low - self.change.onset, max(low, high) - self.change.onset)
        actual = self.frame.measures["usd"][other.part.mask, low : max(low, high)]
        return float(actual.sum() - self.expected[other.part.mask][:, days].sum())

    @property
    def direction(self) -> Literal["up", "down"]:
        """Which way it went: that of its slice, where it showed on one; the account may have gone the other way."""
        size = self.part.contribution if self.part is not None and self.source == "slice" else self.delta
        return "up" if size > 0 else "down"


def locate(history: History, frame: Frame, earliest: date, latest: date, rules: Thresholds) -> Located | Quiet | Thin:
    """The most material change that begins between `earliest` and `latest`, with the further ones."""
    found = locate_all(history, frame, earliest, latest, rules)
    return replace(found[0], further=found[1:]) if isinstance(found, tuple) else found


def locate_all(history: History, frame: Frame, earliest: date, latest: date, rules: Thresholds) -> tuple[Located, ...] | Quiet | Thin:
    """Every material change that begins between `earliest` and `latest`, the largest first, each dollar in one of them.

    The first may be of the whole account, as a season is; the others are slices that moved apart from it.
    """
    days = history.usd.size - history.first
    needed = rules.baseline.thin_days + rules.detect.min_days_ongoing
    if days < needed:
        return Thin(max(days, 0), needed, history.day(history.usd.size - max(days, 0) + needed))
    offset = history.usd.size - frame.days
    low = max(earliest, history.day(history.first + rules.baseline.thin_days))
    if low > latest:
        known = (latest - history.day(history.first)).days + 1
        return Thin(max(known, 0), needed, history.day(history.first + needed), None if known > 0 else history.day(history.first))
    seen = min(frame.days, frame.index(latest) + 1 + rules.detect.watched_days)
    moves = _moves(history.until(offset + seen), frame.until(seen), (earliest, low, latest), rules, (history, frame))
    moves = [to_its_end(frame, move, seen, rules, [other for other in moves if other is not move]) for move in moves]
    started = [move for move in moves if move.change.effect > 0 and move.broad]
    if started and started[0] is moves[0] and moves[0].change.onset + offset - history.first < rules.baseline.start_up_days:
        return Thin(days, rules.baseline.start_up_days, history.day(history.first + rules.baseline.start_up_days))
    found = [
        located
        for at, move in enumerate(moves)
        if (located := _measure(history, frame, move, rules, [*moves[:at], *moves[at + 1 :]], alone=at > 0)) is not None
    ]
    apart = found[:1] + [
        each
        for each in found[1:]
        if each.beside is not None or (each.part is not None and (_of_prices(each, found[0]) or not _same_slice(each, found[0])))
    ]
    prices = [each for each in apart if each.source == "price"]
    apart = [each if each.source == "price" else replace(each, priced=sum(_priced(price, each) for price in prices)) for each in apart]
    return tuple(apart) if apart else _quiet(history, frame, latest, rules)


def measured(history: History, frame: Frame, move: Move, rules: Thresholds) -> Located | None:
    """One move by itself, with its money; None where too little lies before it."""
    return _measure(history, frame, move, rules, [], alone=move.mask is not None)


def usual_level(history: History, before: date) -> float:
    """Usual money a day in the eight weeks before a day; 0 where nothing was used by then."""
    at = max(history.index(before), history.first + WEEK)
    days = history.filled()[max(history.first, at - 8 * WEEK) : at]
    return float(np.median(days)) if days.size else 0.0


def _moves(history: History, frame: Frame, asked: tuple[date, date, date], rules: Thresholds, known: tuple[History, Frame]) -> list[Move]:
    """What moved, in the order in which it is told: what began in the days asked about comes first, then by money.

    `known` is all up to today: a season may show in the year after.
    """
    earliest, low, latest = asked
    moves = material(survey(frame, low, latest, rules, _attributes(frame), depth=1, ended=True), frame, usual_level(history, low), rules)
    first, last = frame.index(low), frame.index(latest)
    moves = [move for move in moves if move.change.onset <= last]
    moves.sort(key=lambda move: move.change.onset < first - rules.scan.min_days)
    season, stands = _season_among(moves, history, frame, (earliest, latest), rules, known)
    if season and stands:
        moves = season
    if not moves and (drift := _drift(history, frame, earliest, latest, rules)) is not None:
        moves = [Move(drift, "drift", None)]
    if not moves and not season and (fall := find_slow_fall(frame, (first, last), rules)) is not None:
        moves = [Move(fall, "drift", None)]
    if not any(move.broad for move in moves):
        taken = np.logical_or.reduce([move.mask for move in moves if move.mask is not None]) if moves else None
        more = plain_step(frame, _attributes(frame), (low, latest), usual_level(history, low), taken, rules)
        moves = sorted([*moves, *more], key=lambda move: (move.change.onset < first - rules.scan.min_days, -move.change.energy))
    return moves or season


def _season_among(
    moves: list[Move], history: History, frame: Frame, asked: tuple[date, date], rules: Thresholds, known: tuple[History, Frame]
) -> tuple[list[Move], bool]:
    """The moves with a season among them, and whether it stands out beside anything else; none where it does not stand out at all.

    Of what two years show in the same weeks, each has to stand out the less; but not where it takes the place of another change of
    the whole account, and no price is a season.
    """
    found = with_season(moves, history, frame, asked, rules, known)
    season = next((move for move in found if move.season is not None), None)
    if season is None or any(move.broad and move.source == "price" for move in moves):
        return [], False
    located = _measure(history, frame, season, rules, [move for move in found if move is not season], alone=False)
    z = 0.0 if located is None else abs(located.z)
    weak = z >= rules.noise.z / 2.0**0.5
    stands = z >= rules.noise.z or (weak and season.beside is not None)
    return (found, stands) if stands or (weak and not moves) else ([], False)


def _of_prices(one: Located, other: Located) -> bool:
    """Whether one of two changes is of the price and the other of what was used: the same leaves may show both."""
    return (one.source == "price") != (other.source == "price")


def _priced(price: Located, other: Located) -> float:
    """What a change of the price made of another change's slice and days."""
    if price.part is None or other.part is None:
        return 0.0
    low, high = max(price.change.onset, other.change.onset), min(price.change.end, other.change.end) + 1
    rows = price.part.mask & other.part.mask
    paid = price.frame.measures["usd"][rows, low : max(low, high)]
    return float(paid.sum() - price.expected[rows, low - price.change.onset : max(low, high) - price.change.onset].sum())


def _same_slice(one: Located, other: Located) -> bool:
    """Whether two changes share leaves on the same days, so that a dollar would be in both."""
    if one.part is None or other.part is None:
        return False
    meet = one.change.onset <= other.change.end and other.change.onset <= one.change.end
    return meet and bool((one.part.mask & other.part.mask).any())


def _attributes(frame: Frame) -> list[str]:
    """Slice attributes of one account; those that say little about what happened come last."""
    return [name for name in ATTRIBUTES if name not in BLUNT and frame.has(name)]


def _drift(history: History, frame: Frame, earliest: date, latest: date, rules: Thresholds) -> Change | None:
    """A slow fall of the whole account that is under way, when its days were asked about."""
    drift = find_drift(history.filled()[history.first :], rules)
    if drift is None:
        return None
    drift = date_drift(history.filled()[history.first :], drift, rules)
    shifted = replace(drift, onset=drift.onset + history.first, end=drift.end + history.first)
    slack = timedelta(days=rules.detect.early_onset_days)
    asked = latest >= history.day(history.usd.size - 1) - timedelta(days=WEEK)
    if not asked and not earliest - slack <= history.day(shifted.onset) <= latest + slack:
        return None
    offset = history.usd.size - frame.days
    if shifted.onset < offset:
        return None
    return replace(shifted, onset=shifted.onset - offset, end=shifted.end - offset)


def leaf_expectations(frame: Frame, onset: int, total: Baseline, rules: Thresholds) -> Array:
    """Leaves x days from onset on: each leaf's own weekday medians, scaled to the account's baseline."""
    weeks = min(whole_weeks(onset, rules), total.weeks)
    history = frame.measures["usd"][:, onset - weeks * WEEK : onset]
    expected = project(history, frame.days - onset, total.trend_per_week, rules)
    sums = expected.sum(axis=0)
    scale = np.where(sums > 0, total.expected[: sums.size] / np.where(sums > 0, sums, 1.0), 1.0)
    return np.asarray(np.maximum(expected, 0.0) * scale)


def _measure(history: History, frame: Frame, move: Move, rules: Thresholds, others: list[Move], alone: bool) -> Located | None:
    """The change with its money; `alone`: of its slice only, as if nothing else had moved."""
    offset, change = history.usd.size - frame.days, move.change
    base = baseline(history.filled()[history.first :], change.onset + offset - history.first, rules)
    if base is None or change.onset < rules.baseline.min_weeks * WEEK:
        return None
    expected = leaf_expectations(frame, change.onset, base, rules)
    stands = ~move.beside if move.beside is not None else move.mask if alone else None
    if move.source == "price":
        expected = _at_old_prices(frame, expected, change, move.mask)
    elif stands is not None:
        expected = np.where(stands[:, None], expected, frame.measures["usd"][:, change.onset :])
    watched = replace(change, end=min(change.end, change.onset + rules.detect.watched_days - 1))
    usd = frame.total()[change.onset :]
    gap = usd - expected.sum(axis=0)
    days = change.days
    deltas = leaf_deltas(frame, expected, change.onset, change.end)
    delta = cents(float(deltas.sum()))
    if not delta:
        return None
    part = _slice(frame, expected, deltas, move, watched, others, rules)
    price = split_price(frame, expected, change.onset, change.end, delta, rules)
    near = float(leaf_deltas(frame, expected, watched.onset, watched.end).sum())
    near_price = price if watched == change else split_price(frame, expected, watched.onset, watched.end, near, rules)
    if near_price.price_share >= rules.price.branch_share and part is not None and len(part.values) > 1:
        part = None
    lines, rest = drivers(frame, deltas, delta, rules, _driver_attribute(frame, part))
    weekly = np.convolve(gap[:days], np.ones(min(WEEK, days)) / min(WEEK, days), mode="valid")
    return Located(
        frame=frame,
        change=change,
        source=move.source,
        expected=expected,
        actual_per_day=float(usd[:days].mean()),
        baseline_per_day=float(expected[:, :days].sum() / days),
        delta=delta,
        band_per_day=base.sd_week,
        z=float(weekly[np.argmax(np.abs(weekly))] / max(base.sd_week, 1e-9)),
        last_week_per_day=float(gap[-WEEK:].mean()),
        part=part,
        price=price,
        deltas=deltas,
        drivers=tuple(lines),
        rest=rest,
        watched=watched,
        watched_price=near_price,
        beside=move.beside,
        season=move.season,
    )


def _at_old_prices(frame: Frame, expected: Array, change: Change, mask: Mask | None) -> Array:
    """For a step of the price: what the very quantities of these days would have cost before it."""
    qty = np.nan_to_num(frame.measures["qty"])
    size = np.where((qty > 0).any(axis=1, keepdims=True), qty, frame.measures["list_usd"])
    usd = frame.measures["usd"]
    prices = unit_prices(usd, size)
    before = np.median(prices[:, max(0, change.onset - 4 * WEEK) : change.onset], axis=1)
    moved = np.ones(usd.shape[0], dtype=bool) if mask is None else mask
    days = slice(change.onset, change.end + 1)
    out = expected.copy()
    out[:, : change.days] = np.where(moved[:, None] & (before[:, None] > 0), size[:, days] * before[:, None], usd[:, days])
    return out


def _slice(
    frame: Frame, expected: Array, deltas: Array, move: Move, watched: Change, others: list[Move], rules: Thresholds
) -> Slice | None:
    """The slice of a move, or a wider one of the same attribute that carries most of all that moved its way at first."""
    if move.whole:
        return None
    usual = expected[:, : watched.days].sum(axis=1)
    sizes = np.maximum(frame.measures["usd"][:, watched.onset : watched.end + 1].sum(axis=1), usual)
    near = deltas if watched.end == move.change.end else leaf_deltas(frame, expected, watched.onset, watched.end)
    own = None
    if move.where is not None and not move.broad:
        own = as_slice(frame, *move.where, near, sizes)
        if move.source != "drift" and (move.fresh or move.apart or own.share >= rules.slices.coverage):
            return replace(own, contribution=cents(float(deltas[own.mask].sum())))
    fresh = {attribute: new_leaves(frame, watched.onset, rules, attribute) for attribute in TELLING_WHEN_NEW}
    part = find_slice(frame, near, sizes, usual, rules, fresh)
    if part is not None and move.broad and _moved_alike(part.mask, near, usual):
        part = None
    if own is not None and part is not None:
        wider = part
        taken = any(other.mask is not None and bool((other.mask & wider.mask & ~own.mask).any()) for other in others)
        part = own if taken or not bool((wider.mask >= own.mask).all()) else wider
    part = part or own
    return None if part is None else replace(part, contribution=cents(float(deltas[part.mask].sum())))


def _moved_alike(mask: Mask, deltas: Array, usual: Array) -> bool:
    """Whether what is beside a slice moved at least half as far the same way: then all of it moved, not the slice."""
    inside, beside = float(usual[mask].sum()), float(usual[~mask].sum())
    if inside <= 0 or beside <= 0:
        return False
    own, other = float(deltas[mask].sum()) / inside, float(deltas[~mask].sum()) / beside
    return own * other > 0 and abs(other) >= 0.5 * abs(own)


def _driver_attribute(frame: Frame, part: Slice | None) -> str | None:
    return part.attribute if part is not None and part.attribute in ("region", "workspace", "sku_family", "connector") else None


def _quiet(history: History, frame: Frame, latest: date, rules: Thresholds) -> Quiet | Thin:
    """The week up to `latest` against its expectation."""
    end = min(history.index(latest), history.usd.size - 1)
    onset = max(end - WEEK + 1, 0)
    series = history.filled()[history.first :]
    base = baseline(series, onset - history.first, rules)
    if base is None:
        return Thin(history.usd.size - history.first, rules.baseline.thin_days, history.day(history.first + rules.baseline.thin_days))
    actual = float(history.usd[onset : end + 1].mean())
    expected = float(base.expected[: end + 1 - onset].mean())
    return Quiet(history.day(onset), history.day(end), actual, expected, base.sd_week, (actual - expected) / max(base.sd_week, 1e-9))
