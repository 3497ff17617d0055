"""Every change of a table of usage, one after another, each dollar in one of them: where, since when, how much, of what.

The order is that of the decision logic: a step of the unit price is looked for first, as it moves money without anybody using
more; then the slice and the stretch of days with the strongest evidence. What is found is taken out, and the rest is looked at
again. A leaf's day belongs to one change at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.baseline import WEEK, project, weekly_trend, whole_weeks
from meterline_tools.insight.frames import Array, Days, Frame, Mask
from meterline_tools.insight.price import PriceSplit, cents, split_price
from meterline_tools.insight.survey.cells import Cell, cells, matching
from meterline_tools.insight.survey.dating import Dated, date_change, slowly
from meterline_tools.insight.survey.scan import SPAN, Field, Hit, best_hit, common_shift, fill_days, make_field, usual_gains, what_it_ends
from meterline_tools.insight.thresholds import Thresholds

Lasting = Literal["durable", "one_time", "seasonal", "too_early"]
ACCOUNT = "account"


@dataclass(frozen=True)
class Episode:
    """One change: a slice, its days, its money and what the money is made of. Days are indices of the frame."""

    where: Mapping[str, str]
    mask: Mask
    dated: Dated
    delta: float
    """Actual less expected over its days, in cents."""
    price: PriceSplit
    gain: float
    """Evidence: a likelihood ratio against chance, in units of what is usual for the slice."""
    accounts: int
    """Accounts in the slice that use anything."""
    moved_share: float
    """Share of them that moved by themselves on these days."""
    season_share: float | None
    """How much of it the same days of last year show; None without that year."""
    lasting: Lasting
    also: tuple[str, ...] = ()
    """Further values of the slice's last attribute, for things that came together."""

    @property
    def common(self) -> bool:
        """Whether it happened to several accounts at once, and not to one of them."""
        return ACCOUNT not in self.where and self.accounts > 1


@dataclass(frozen=True)
class Survey:
    """All changes found, the one with the most money first, and what they leave: parts and rest add up to `delta`."""

    episodes: tuple[Episode, ...]
    delta: float
    rest: float

    @property
    def surge(self) -> Episode | None:
        """The largest rise that is not the season's; None when there is none."""
        return next((episode for episode in self.episodes if episode.delta > 0 and episode.lasting != "seasonal"), None)

    @property
    def seasonal(self) -> Episode | None:
        """The largest rise that the same days of last year show as well."""
        return next((episode for episode in self.episodes if episode.delta > 0 and episode.lasting == "seasonal"), None)


@dataclass
class _Table:
    """What is still unexplained: money, and the field of its logarithms."""

    frame: Frame
    money: Array
    slices: list[Cell]
    first: int
    rules: Thresholds

    def field(self) -> Field:
        return make_field(self.money, self.frame.start, self.first, self.rules)


def survey(
    frame: Frame, earliest: date, latest: date, rules: Thresholds, attributes: Sequence[str], depth: int = 2, *, ended: bool = False
) -> Survey:
    """All changes that begin between `earliest` and `latest` in any slice of at most `depth` of these attributes.

    With `ended`, what began up to eight weeks before and came to its end in these days is one of them.
    """
    first = min(max(frame.index(earliest), SPAN), frame.days)
    table = _Table(frame, frame.measures["usd"].copy(), cells(frame.leaves, attributes, depth), first, rules)
    episodes = [*_price_steps(table, first, frame.index(latest)), *_newcomers(table, first, frame.index(latest), attributes)]
    usual: Array | None = None
    for _ in range(rules.scan.most_changes):
        field = table.field()
        if usual is None:
            usual = usual_gains(field, np.array([cell.mask for cell in table.slices], dtype=float), first, rules)
        hit = best_hit(field, table.slices, table.money, first, frame.index(latest), _floor(table), usual, rules)
        if hit is None:
            break
        episode = _take(table, field, what_it_ends(field, hit, first - (SPAN if ended else 0), rules))
        if episode.delta * episode.dated.shift > 0 or episode.price.driver == "mix":
            _append(episodes, episode)
    return _add_up(frame, episodes, first, rules)


def _append(episodes: list[Episode], episode: Episode) -> None:
    """Adds a change; one that goes on where another of the same slice left off is the same change."""
    for at, other in enumerate(episodes):
        early, late = sorted((other, episode), key=lambda each: each.dated.onset)
        close = late.dated.onset <= early.dated.end + WEEK // 2
        if (
            close
            and np.array_equal(early.mask, late.mask)
            and early.delta * late.delta > 0
            and "price" not in (early.price.driver, late.price.driver)
        ):
            dated = replace(early.dated, end=late.dated.end, ongoing=late.dated.ongoing, shape=late.dated.shape)
            split = PriceSplit(
                cents(early.delta + late.delta),
                cents(early.price.price + late.price.price),
                cents(early.price.volume + late.price.volume),
                cents(early.price.mix + late.price.mix),
                early.price.list_change,
                early.price.contracted_change,
                early.price.effective_change,
                early.price.measurable,
            )
            episodes[at] = replace(early, dated=dated, delta=split.delta, price=split, lasting=late.lasting)
            return
    episodes.append(episode)


def _newcomers(table: _Table, first: int, latest: int, attributes: Sequence[str]) -> list[Episode]:
    """What is used for the first time: leaves without any past, that came together and share what is new about them."""
    frame, rules = table.frame, table.rules
    used = table.money > 0
    start = np.where(used.any(axis=1), used.argmax(axis=1), frame.days)
    fresh = (start >= first) & (start < frame.days) & (start >= SPAN)
    opened = _opened(frame, start, first)
    teams = np.array([leaf.get("team") or "" for leaf in frame.leaves])
    found: list[Episode] = []
    while (fresh & (start <= latest)).any():
        leader = int(np.flatnonzero(fresh)[np.argmin(start[fresh])])
        group = fresh & (start <= start[leader] + rules.slices.new_after_days) & (opened == opened[leader])
        if not opened[leader]:
            group &= (start <= start[leader] + AT_ONCE) | ((teams == teams[leader]) & (teams != ""))
        if any(leaf.get(ACCOUNT) for leaf in frame.leaves):
            group &= matching(frame.leaves, {ACCOUNT: frame.leaves[leader].get(ACCOUNT) or ""})
        cell = _named(frame, group, start, attributes)
        fresh &= ~group
        onset = int(start[leader])
        daily = table.money[group].sum(axis=0)
        stopped = int(np.flatnonzero(daily > 0)[-1])
        ongoing = frame.days - 1 - stopped <= rules.scan.longest_gap
        end = frame.days - 1 if ongoing else stopped
        delta = cents(float(table.money[group, onset : end + 1].sum()))
        if delta < _floor(table) * (end + 1 - onset):
            continue
        dated = Dated(onset, end, ongoing, "ramp" if ongoing else "pulse", float(np.log1p(1.0 / rules.scan.offset)))
        split = PriceSplit(delta, 0.0, delta, 0.0, None, None, None, True, new=delta)
        accounts = len({frame.leaves[row].get(ACCOUNT) for row in np.flatnonzero(group)})
        lasting = _lasting(frame, dated, None, rules)
        found.append(Episode(cell.where, group, dated, delta, split, np.inf, accounts, 1.0, None, lasting, cell.also))
        table.money[group, onset : end + 1] = 0.0
    return found


AT_ONCE = 2
"""Days within which things of different teams, in places that were used before, have come together."""


def _opened(frame: Frame, start: Days, first: int) -> NDArray[np.int_]:
    """A number for what was opened with each leaf: a region, workspaces or a product, where none was used before; 0 for nothing."""
    used = [leaf for leaf, day in zip(frame.leaves, start, strict=True) if day < first]
    known = {name: {(leaf.get(ACCOUNT), leaf.get(name)) for leaf in used} for name in ("region", "workspace", "sku_family")}
    kinds: list[tuple[str, bool, str]] = []
    for leaf in frame.leaves:
        region, workspace, family = ((leaf.get(ACCOUNT), leaf.get(name)) not in known[name] for name in known)
        place = region or workspace
        kinds.append(
            (
                (leaf.get("region") or "") if region else "",
                not region and workspace,
                (leaf.get("sku_family") or "") if family and not place else "",
            )
        )
    nothing = ("", False, "")
    order = {kind: at for at, kind in enumerate([nothing, *sorted(set(kinds) - {nothing})])}
    return np.array([order[kind] for kind in kinds], dtype=np.int_)


NEW_FIRST = (ACCOUNT, "region", "workspace", "sku_family", "workload", "connector", "sku")
"""What says most when it is new: a first region says more than the workloads in it."""


def _named(frame: Frame, group: Mask, start: Days, attributes: Sequence[str]) -> Cell:
    """The attribute whose values are all new with this group, and hold nothing else; else the workloads."""
    rows = np.flatnonzero(group)
    own = {ACCOUNT: frame.leaves[rows[0]].get(ACCOUNT) or ""} if frame.leaves[rows[0]].get(ACCOUNT) else {}
    inside = matching(frame.leaves, own)
    for attribute in (name for name in NEW_FIRST if name in attributes):
        values = sorted({frame.leaves[row].get(attribute) or "" for row in rows})
        holds = inside & np.array([(leaf.get(attribute) or "") in values for leaf in frame.leaves])
        if "" not in values and np.array_equal(holds, group):
            where = {**own, attribute: values[0]}
            return Cell(where, group, tuple(values[1:]))
    values = sorted({frame.leaves[row].get("workload") or "" for row in rows})
    return Cell({**own, "workload": values[0]}, group, tuple(values[1:]))


def _price_steps(table: _Table, first: int, latest: int) -> list[Episode]:
    """Steps of unit prices, which hardly stray; what they cost is taken out at the old price, the quantity stays to be looked at."""
    frame, rules = table.frame, table.rules
    found: list[Episode] = []
    qty = np.nan_to_num(frame.measures["qty"])
    for _ in range(rules.scan.most_changes):
        prices = unit_prices(table.money, qty)
        field = make_field(prices, frame.start, first, rules, rules.scan.price_floor_sd)
        usual = usual_gains(field, np.array([cell.mask for cell in table.slices], dtype=float), first, rules)
        hit = best_hit(field, table.slices, table.money, first, latest, 0.0, usual, rules)
        if hit is None or abs(hit.shift) < rules.detect.price_step:
            break
        dated = date_change(common_shift(field, hit.cell, hit.onset), hit.onset, hit.end, rules)
        days = slice(dated.onset, dated.end + 1)
        mask = hit.cell.mask
        before = np.median(prices[mask, max(0, dated.onset - SPAN) : dated.onset], axis=1)
        paid = table.money[mask, days].copy()
        table.money[mask, days] = np.where(qty[mask, days] > 0, qty[mask, days] * before[:, None], paid)
        delta = cents(float((paid - table.money[mask, days]).sum()))
        if abs(delta) < _floor(table) * (dated.end + 1 - dated.onset):
            continue
        moved, accounts = _breadth(frame, field, hit.cell, dated)
        split = PriceSplit(delta, delta, 0.0, 0.0, None, None, float(np.expm1(dated.shift)), True)
        lasting = _lasting(frame, dated, None, rules)
        found.append(Episode(hit.cell.where, mask, dated, delta, split, hit.gain, accounts, moved, None, lasting))
    return found


def unit_prices(money: Array, qty: Array) -> Array:
    """Money a unit, leaves x days; days without quantity take the price of the day before (or the first known one)."""
    known = (qty > 0) & (money > 0)
    at = np.where(known, np.arange(qty.shape[1])[None, :], -1)
    at = np.maximum.accumulate(at, axis=1)
    first = np.where(known.any(axis=1), known.argmax(axis=1), 0)
    at = np.where(at < 0, first[:, None], at)
    ratio = np.where(known, money / np.where(known, qty, 1.0), 0.0)
    return np.asarray(np.take_along_axis(ratio, at, axis=1))


def _floor(table: _Table) -> float:
    """Money a day below which a change of a slice is not worth a word."""
    level = float(np.median(table.frame.total()[max(0, table.first - SPAN) : table.first]))
    return table.rules.scan.least_share * level


def _take(table: _Table, field: Field, hit: Hit) -> Episode:
    """The change at a hit, measured; its leaves' days are taken out of the table."""
    frame, rules = table.frame, table.rules
    dated = date_change(common_shift(field, hit.cell, hit.onset), hit.onset, hit.end, rules)
    dated = slowly(partial(common_shift, field, hit.cell), dated, SPAN, rules)
    cell = _shifted_within(table, hit.cell, dated) or hit.cell
    expected = expect(table.money, dated.onset, rules)
    days = slice(dated.onset, dated.end + 1)
    came = (table.money > 0) | (fill_days(table.money, rules.scan.longest_gap) <= 0)
    expected *= came[:, dated.onset :]  # days whose rows never came count on neither side
    wanted = expected[cell.mask][:, : dated.end + 1 - dated.onset]
    delta = cents(float(table.money[cell.mask, days].sum() - wanted.sum()))
    price = split_price(_only(frame, cell.mask), expected[cell.mask], dated.onset, dated.end, delta, rules)
    season = _season(field, cell, dated, rules)
    moved, accounts = _breadth(frame, field, cell, dated)
    episode = Episode(cell.where, cell.mask, dated, delta, price, hit.gain, accounts, moved, season, _lasting(frame, dated, season, rules))
    table.money[np.ix_(cell.mask, np.arange(dated.onset, dated.end + 1))] = wanted
    return episode


def _only(frame: Frame, mask: Mask) -> Frame:
    leaves = tuple(leaf for leaf, inside in zip(frame.leaves, mask, strict=True) if inside)
    return Frame(frame.start, leaves, {name: values[mask] for name, values in frame.measures.items()}, frame.rows[mask], frame.names)


def expect(money: Array, onset: int, rules: Thresholds) -> Array:
    """Leaves x days from `onset` on: each leaf's weekday medians of the weeks before, with the trend of all together."""
    weeks = whole_weeks(onset, rules)
    history = money[:, onset - weeks * WEEK : onset]
    trend = weekly_trend(history.sum(axis=0).reshape(weeks, WEEK).sum(axis=1), rules)
    return np.maximum(project(history, money.shape[1] - onset, trend, rules), 0.0)


def _shifted_within(table: _Table, cell: Cell, dated: Dated) -> Cell | None:
    """The slice around this one when units only moved into it (or out of it) from beside it: a change of the mix, not of volume."""
    frame, qty = table.frame, table.frame.measures["qty"]
    gained = _quantity_change(qty[cell.mask], dated)
    units = {leaf.get("unit") for leaf, inside in zip(frame.leaves, cell.mask, strict=True) if inside}
    if len(units) != 1 or None in units or not gained:
        return None
    for attribute in sorted(cell.where, key=lambda name: name == ACCOUNT):
        around = {name: value for name, value in cell.where.items() if name != attribute}
        beside = matching(frame.leaves, around) & ~cell.mask
        beside &= np.array([leaf.get("unit") in units for leaf in frame.leaves])
        if not around or not beside.any():
            continue
        lost = _quantity_change(qty[beside], dated)
        usual = float(np.nansum(qty[beside][:, dated.onset - 4 * WEEK : dated.onset])) / (4 * WEEK)
        opposite = lost * gained < 0 and abs(lost) >= table.rules.scan.shift_least * abs(gained)
        if opposite and abs(lost) >= table.rules.scan.shift_depth * usual:
            return Cell(around, matching(frame.leaves, around))
    return None


def _quantity_change(qty: Array, dated: Dated) -> float:
    """Units a day in whole weeks of the change, less those of the four weeks before."""
    days = dated.end + 1 - dated.onset
    whole = days // WEEK * WEEK or days
    after = qty[:, dated.end + 1 - whole : dated.end + 1]
    before = qty[:, dated.onset - 4 * WEEK : dated.onset]
    return float(np.nansum(after)) / whole - float(np.nansum(before)) / (4 * WEEK)


def _season(field: Field, cell: Cell, dated: Dated, rules: Thresholds) -> float | None:
    """Which part of the shift the same days of last year show (a week either way); None without that year."""
    back = rules.calendar.shift_days
    onset, days = dated.onset - back, dated.end + 1 - dated.onset
    if onset - SPAN - WEEK < 0 or np.median(field.starts_on[cell.mask]) > onset - SPAN:
        return None
    shares = []
    for slack in range(-WEEK, WEEK + 1):
        start = onset + slack
        series = common_shift(field, cell, start)
        then = float(series[start : start + days].mean())
        later = series[start + days + 4 * WEEK : start + days + 8 * WEEK]
        stayed = dated.ongoing is False and later.size and abs(float(np.median(later))) > rules.calendar.share * abs(then)
        shares.append(0.0 if stayed else np.expm1(then) / np.expm1(dated.shift) if dated.shift else 0.0)
    return float(np.clip(max(shares), 0.0, 1.0))


def _breadth(frame: Frame, field: Field, cell: Cell, dated: Dated) -> tuple[float, int]:
    """Share of the slice's accounts that moved at least half as far by themselves, and how many accounts there are."""
    names = sorted({leaf.get(ACCOUNT) or "" for leaf, inside in zip(frame.leaves, cell.mask, strict=True) if inside})
    moved = 0
    for name in names:
        mine = Cell({}, cell.mask & matching(frame.leaves, {ACCOUNT: name}) if name else cell.mask)
        shift = float(common_shift(field, mine, dated.onset)[dated.onset : dated.end + 1].mean())
        moved += shift * dated.shift > 0 and abs(shift) >= 0.5 * abs(dated.shift)
    return moved / len(names), len(names)


def _lasting(frame: Frame, dated: Dated, season: float | None, rules: Thresholds) -> Lasting:
    if season is not None and season >= rules.calendar.share:
        return "seasonal"
    if not dated.ongoing:
        return "one_time"
    return "too_early" if frame.days - dated.onset < rules.detect.min_days_ongoing else "durable"


def _add_up(frame: Frame, episodes: Sequence[Episode], first: int, rules: Thresholds) -> Survey:
    """The whole change since the first of them began, in parts and a rest."""
    ordered = tuple(sorted(episodes, key=lambda episode: -abs(episode.delta)))
    onset = min((episode.dated.onset for episode in ordered), default=first)
    money = frame.measures["usd"]
    delta = cents(float(money[:, onset:].sum() - expect(money, onset, rules).sum()))
    return Survey(ordered, delta, cents(delta - sum(episode.delta for episode in ordered)))
