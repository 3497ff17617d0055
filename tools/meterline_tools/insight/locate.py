"""From daily usage to one located change: when, how much, where, and price against volume (7.2 steps 1, 2, 5, 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from meterline_tools.insight.baseline import WEEK, Baseline, baseline, past_errors, project, whole_weeks
from meterline_tools.insight.detect import Change, fill_gaps, find_change, find_drift, fit_shape, material_floor
from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.price import PriceSplit, cents, split_price
from meterline_tools.insight.slices import TELLING_WHEN_NEW, Driver, Slice, drivers, find_slice, leaf_deltas, new_leaves
from meterline_tools.insight.thresholds import Thresholds

Source = Literal["total", "price", "slice", "drift"]


@dataclass(frozen=True)
class History:
    """The account's daily money over all days we know, ending on the frame's last day."""

    start: date
    usd: Array
    list_usd: Array
    rows: Array

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)

    def index(self, day: date) -> int:
        return (day - self.start).days

    @property
    def first(self) -> int:
        """Index of the first day with money; the length when there is none."""
        paid = np.flatnonzero(self.usd > 0)
        return int(paid[0]) if paid.size else self.usd.size

    def filled(self) -> Array:
        return fill_gaps(self.usd, self.rows)


@dataclass(frozen=True)
class Thin:
    """Too little history to tell a change from a beginning."""

    days: int
    needed: int
    possible_on: date


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
    def direction(self) -> Literal["up", "down"]:
        return "up" if self.delta > 0 else "down"


def locate(
    history: History, frame: Frame, earliest: date, latest: date, rules: Thresholds, season: Array | None = None
) -> Located | Quiet | Thin:
    """The most material change that begins between `earliest` and `latest`. `season` is a factor for each day of `history`."""
    days = history.usd.size - history.first
    needed = rules.baseline.thin_days + rules.detect.min_days_ongoing
    if days < needed:
        return Thin(max(days, 0), needed, history.day(history.usd.size - max(days, 0) + needed))
    found = _find(history, frame, earliest, latest, rules, season)
    if found is None:
        return _quiet(history, frame, latest, rules, season)
    change, source = found
    started = change.onset + history.usd.size - frame.days - history.first
    if change.effect > 0 and source == "total" and started < rules.baseline.start_up_days:
        return Thin(days, rules.baseline.start_up_days, history.day(history.first + rules.baseline.start_up_days))
    located = _measure(history, frame, change, source, rules, season)
    if located is None:
        return _quiet(history, frame, latest, rules, season)
    located = _lasting_slice(located, history, rules, season) or located
    source = located.source
    shaped = fit_shape(_carrying_series(history, frame, located, season, rules), located.change, rules)
    if shaped.onset >= 2 * WEEK:
        located = _measure(history, frame, shaped, source, rules, season) or located
    return located if _material(located, rules) else _quiet(history, frame, latest, rules, season)


def _lasting_slice(located: Located, history: History, rules: Thresholds, season: Array | None) -> Located | None:
    """For a total that came back while what carried it stays: the lasting change of the slice, against which others moved."""
    part, change = located.part, located.change
    if part is None or change.ongoing or located.source != "total":
        return None
    series = located.frame.measures["usd"][part.mask].sum(axis=0)
    found = find_change(series, rules, earliest=change.onset - 2 * WEEK, latest=change.onset + WEEK, least_share=0.3)
    if found is None or not found.ongoing or found.effect * change.effect <= 0 or not _comes_or_goes(series, found):
        return None
    return _measure(history, located.frame, found, "slice", rules, season)


def _material(located: Located, rules: Thresholds) -> bool:
    """Whether the measured change still stands out; moves that cancel out and price steps are judged by their own size."""
    if located.source != "total":
        return True
    share = abs(located.pct) if located.pct is not None else 1.0
    return share >= rules.noise.min_share and abs(located.z) >= rules.noise.z


def _shift(change: Change, by: int) -> Change:
    return replace(change, onset=change.onset + by, end=change.end + by)


def _find(
    history: History, frame: Frame, earliest: date, latest: date, rules: Thresholds, season: Array | None
) -> tuple[Change, Source] | None:
    """The change of the total, of the unit price, or of slices that cancel out; in frame indices."""
    offset = history.usd.size - frame.days
    low = max(history.index(earliest), history.first + rules.baseline.thin_days)
    high = history.index(latest)
    usd = history.filled() if season is None else history.filled() / season
    total = find_change(usd[history.first :], rules, earliest=low - history.first, latest=high - history.first)
    total = total and _shift(total, history.first)
    price = _price_change(history, rules, low, high)
    level = float(np.median(usd[max(history.first, low - 8 * WEEK) : low + 1]))
    if price is not None and (total is None or _same_days(price, total)) and abs(price.effect) * level >= material_floor(level, rules):
        money = price.effect / max(price.base, 1e-9) * level
        if total is None or (money * total.effect > 0 and abs(money) >= rules.price.branch_share * abs(total.effect)):
            return _shift(replace(price, effect=money, base=level), -offset), "price"
    if total is not None:
        return _shift(total, -offset), "total"
    part = _slice_change(frame, rules, low - offset, high - offset, level)
    if part is not None:
        return part, "slice"
    drift = find_drift(usd[history.first :], rules) if latest >= frame.day(frame.days - 1) - timedelta(days=WEEK) else None
    return (_shift(drift, history.first - offset), "drift") if drift is not None else None


def _same_days(one: Change, other: Change) -> bool:
    return one.onset <= other.end and other.onset <= one.end


def _price_change(history: History, rules: Thresholds, low: int, high: int) -> Change | None:
    """A step of effective over list price: hardly noisy, so small steps count."""
    valued = history.list_usd > 0
    if valued.mean() < 0.5:
        return None
    ratio = np.where(valued, history.usd / np.where(valued, history.list_usd, 1.0), np.nan)
    ratio = ratio[history.first :]
    holes = np.isnan(ratio)
    ratio[holes] = np.interp(np.flatnonzero(holes), np.flatnonzero(~holes), ratio[~holes]) if holes.any() else ratio[holes]
    noise = max(past_errors(ratio[: max(low - history.first, 1)], rules), 0.25 * rules.detect.price_step)
    found = find_change(
        ratio,
        rules,
        earliest=low - history.first,
        latest=high - history.first,
        least_share=rules.detect.price_step,
        floor=0.0,
        noise=noise,
    )
    return found and _shift(found, history.first)


def _slice_change(frame: Frame, rules: Thresholds, low: int, high: int, level: float) -> Change | None:
    """The strongest lasting change of one slice, for accounts whose slices move against each other."""
    best: tuple[tuple[bool, float], Change] | None = None  # what is new says more than what it takes from
    for attribute in ("workload", "workspace", "region"):
        values = sorted({leaf[attribute] or "" for leaf in frame.leaves if leaf.get(attribute)})
        if len(values) < 2:
            continue
        for value in values:
            series = frame.measures["usd"][frame.mask(attribute, [value])].sum(axis=0)
            floor = rules.detect.slice_share * level
            found = find_change(series, rules, earliest=low, latest=high, least_share=rules.detect.slice_lift, floor=floor)
            if found is None or found.days < 2 * WEEK or not (_comes_or_goes(series, found) or abs(found.z) >= rules.detect.slice_z):
                continue
            rank = (found.effect > 0 and _comes_or_goes(series, found), found.energy)
            if best is None or rank > best[0]:
                best = rank, found
    return best[1] if best is not None else None


def _comes_or_goes(series: Array, change: Change) -> bool:
    """Whether the slice was new, or is nearly gone."""
    before = float(series[max(0, change.onset - 4 * WEEK) : max(change.onset - WEEK, 1)].mean())
    after = float(series[change.onset : change.end + 1].mean())
    return min(before, after) <= 0.1 * max(before, after)


def _carrying_series(history: History, frame: Frame, located: Located, season: Array | None, rules: Thresholds) -> Array:
    """The series on which to date the change, over the days of the frame: the unit price, the slice or the total."""
    offset = history.usd.size - frame.days
    if located.source == "price" or located.price.price_share >= rules.price.branch_share:
        lists = history.list_usd[offset:]
        return np.asarray(np.where(lists > 0, history.usd[offset:] / np.where(lists > 0, lists, 1.0), 0.0))
    if located.part is not None:
        return fill_gaps(frame.measures["usd"][located.part.mask].sum(axis=0), frame.rows.sum(axis=0))
    usd = history.filled() if season is None else history.filled() / season
    return np.asarray(usd[offset:])


def leaf_expectations(frame: Frame, onset: int, total: Baseline, rules: Thresholds) -> Array:
    """Leaves x days from onset on: each leaf's own weekday medians, scaled to the account's baseline."""
    weeks = min(whole_weeks(onset, rules), total.weeks)
    history = frame.measures["usd"][:, onset - weeks * WEEK : onset]
    expected = project(history, frame.days - onset, total.trend_per_week, rules)
    sums = expected.sum(axis=0)
    scale = np.where(sums > 0, total.expected[: sums.size] / np.where(sums > 0, sums, 1.0), 1.0)
    return np.asarray(np.maximum(expected, 0.0) * scale)


def _measure(history: History, frame: Frame, change: Change, source: Source, rules: Thresholds, season: Array | None) -> Located | None:
    offset = history.usd.size - frame.days
    base = baseline(history.filled()[history.first :], change.onset + offset - history.first, rules, _from(season, history.first))
    if base is None or change.onset < rules.baseline.min_weeks * WEEK:
        return None
    expected = leaf_expectations(frame, change.onset, base, rules)
    usd = frame.total()[change.onset :]
    gap = usd - expected.sum(axis=0)
    days = change.days
    deltas = leaf_deltas(frame, expected, change.onset, change.end)
    delta = cents(float(deltas.sum()))
    if not delta:
        return None
    usual = expected[:, :days].sum(axis=1)
    sizes = np.maximum(frame.measures["usd"][:, change.onset : change.end + 1].sum(axis=1), usual)
    fresh = {attribute: new_leaves(frame, change.onset, rules, attribute) for attribute in TELLING_WHEN_NEW}
    part = find_slice(frame, _one_way(deltas, change) if source == "slice" else deltas, sizes, usual, rules, fresh)
    price = split_price(frame, expected, change.onset, change.end, delta, rules)
    if price.price_share >= rules.price.branch_share and part is not None and len(part.values) > 1:
        part = None
    lines, rest = drivers(frame, deltas, delta, rules, _driver_attribute(frame, part))
    weekly = np.convolve(gap[:days], np.ones(min(WEEK, days)) / min(WEEK, days), mode="valid")
    return Located(
        frame=frame,
        change=change,
        source=source,
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
    )


def _from(season: Array | None, first: int) -> Array | None:
    return None if season is None else season[first:]


def _one_way(deltas: Array, change: Change) -> Array:
    """Only what moved the way of the slice that was found."""
    return np.maximum(deltas, 0.0) if change.effect > 0 else np.minimum(deltas, 0.0)


def _driver_attribute(frame: Frame, part: Slice | None) -> str | None:
    return part.attribute if part is not None and part.attribute in ("region", "workspace", "sku_family", "connector") else None


def _quiet(history: History, frame: Frame, latest: date, rules: Thresholds, season: Array | None) -> Quiet | Thin:
    """The week up to `latest` against its expectation."""
    end = min(history.index(latest), history.usd.size - 1)
    onset = max(end - WEEK + 1, 0)
    series = history.filled()[history.first :]
    base = baseline(series, onset - history.first, rules, _from(season, history.first))
    if base is None:
        return Thin(history.usd.size - history.first, rules.baseline.thin_days, history.day(history.first + rules.baseline.thin_days))
    actual = float(history.usd[onset : end + 1].mean())
    expected = float(base.expected[: end + 1 - onset].mean())
    return Quiet(history.day(onset), history.day(end), actual, expected, base.sd_week, (actual - expected) / max(base.sd_week, 1e-9))
