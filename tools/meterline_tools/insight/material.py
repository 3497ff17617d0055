"""Which of the changes that a survey finds in one account are worth an explanation, and which of them are one (7.2 steps 1 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.detect import Change, material_floor
from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.survey import Episode, Survey
from meterline_tools.insight.thresholds import Thresholds

Source = Literal["total", "price", "slice", "drift"]


@dataclass(frozen=True)
class Move:
    """One change of an account: its days, what it showed on, and its slice (None: the whole)."""

    change: Change
    source: Source
    where: tuple[str, tuple[str, ...]] | None
    mask: Mask | None = None
    fresh: bool = False
    """Whether the slice was used for the first time."""
    whole: bool = False
    """Whether it is of the whole account by its nature, as a season is."""
    beside: Mask | None = None
    """Leaves of other changes that it leaves out, when it is of the rest of the account."""
    season: tuple[float, str] | None = None
    """Of a season: the part of its lift that another year shows, and which year."""
    apart: bool = False
    """Whether it showed against the rest of the account: nothing beside the slice is drawn in."""

    @property
    def broad(self) -> bool:
        return self.where is None


LEAST_PRICE_DAYS = 4 * WEEK
"""A price that is over sooner was that of a tier, which the month's own volume reached: it is no change of the price."""


def material(found: Survey, frame: Frame, level: float, rules: Thresholds) -> list[Move]:
    """Changes that move enough of the account, the most striking first; things that moved alike on the same days are one.

    Striking is what a step explains of all that strays, its height squared times its days: money alone would put a little of a
    whole year before much of a fortnight.

    `level` is the account's usual money a day.
    """
    groups: list[list[Episode]] = []
    for episode in found.episodes:
        mine = next((group for group in groups if _together(group[0], episode)), None)
        if mine is None:
            groups.append([episode])
        else:
            mine.append(episode)
    kept = [group for group in groups if _enough(group, frame, level, rules)]
    return [_move(group, frame) for group in sorted(kept, key=lambda group: -_strikes(group))]


def _together(one: Episode, other: Episode) -> bool:
    """Whether two slices of the same attribute moved the same way on the same days."""
    slow = "ramp" in (one.dated.shape, other.dated.shape) or "decay" in (one.dated.shape, other.dated.shape)
    near = (3 if slow else 1) * WEEK
    same_days = abs(one.dated.onset - other.dated.onset) <= near and (
        one.dated.ongoing == other.dated.ongoing and (one.dated.ongoing or abs(one.dated.end - other.dated.end) <= near)
    )
    alike = one.price.driver == other.price.driver and one.delta * other.delta > 0 and np.isinf(one.gain) == np.isinf(other.gain)
    return alike and same_days and list(one.where) == list(other.where) and bool(one.where)


def _delta(group: Sequence[Episode]) -> float:
    return sum(episode.delta for episode in group)


def _strikes(group: Sequence[Episode]) -> float:
    return _delta(group) ** 2 / max(episode.dated.end + 1 - episode.dated.onset for episode in group)


def _enough(group: Sequence[Episode], frame: Frame, level: float, rules: Thresholds) -> bool:
    """Whether it moves enough money a day, and enough of a month; a step of the price needs less, as it hardly strays.

    What is used for the first time is no straying either: it needs the money a day that a change has to move, once it is there.
    """
    days = max(episode.dated.end + 1 - episode.dated.onset for episode in group)
    per_day = abs(_delta(group)) / days
    if per_day < rules.noise.least_per_day:
        return False
    if group[0].price.driver == "price":
        lasts = any(episode.dated.ongoing for episode in group) or days >= LEAST_PRICE_DAYS
        return per_day >= rules.detect.price_step * level and days >= rules.detect.min_days and lasts
    if np.isinf(group[0].gain) and days >= rules.detect.min_days:
        end = max(episode.dated.end for episode in group) + 1
        mask = np.logical_or.reduce([episode.mask for episode in group])
        latest = float(frame.measures["usd"][mask, max(end - WEEK, end - days) : end].sum()) / min(WEEK, days)
        return max(latest, per_day) >= material_floor(level, rules)
    lasting = per_day >= rules.noise.min_share * level
    ongoing = any(episode.dated.ongoing for episode in group)
    enough = ongoing or abs(_delta(group)) >= rules.noise.month_share * 4 * WEEK * level
    return lasting and enough and days >= rules.detect.min_days


def _level(usd: Array, onset: int) -> float:
    """Money a day in a usual week of the eight before a day: weekends are part of it."""
    before = usd[max(0, onset - 8 * WEEK) : onset]
    weeks = before[before.size % WEEK :].reshape(-1, WEEK).mean(axis=1)
    return float(np.median(weeks if weeks.size else before)) if before.size else 0.0


def _move(group: Sequence[Episode], frame: Frame) -> Move:
    first = max(group, key=lambda episode: abs(episode.delta))
    onset, end = min(episode.dated.onset for episode in group), max(episode.dated.end for episode in group)
    mask = np.logical_or.reduce([episode.mask for episode in group])
    effect = _delta(group) / (end + 1 - onset)
    base = _level(frame.measures["usd"][mask].sum(axis=0), onset)
    ongoing = any(episode.dated.ongoing for episode in group)
    z = float(np.sign(effect)) * min(float(np.sqrt(first.gain)), 99.0)
    change = Change(onset, end, ongoing, base, effect, z, first.dated.shape)
    if not first.where:
        return Move(change, "price" if first.price.driver == "price" else "total", None)
    attribute = list(first.where)[-1]
    values = [value for episode in group for value in (episode.where[attribute], *episode.also)]
    source: Source = "price" if first.price.driver == "price" else "slice"
    return Move(change, source, (attribute, tuple(dict.fromkeys(values))), mask, bool(np.isinf(first.gain)))
