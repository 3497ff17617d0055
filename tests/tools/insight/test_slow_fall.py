"""Slow falls of all workloads: found where the money hides them, with the day they began; not what wanders, grows or steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meterline_tools.insight.detect import Change
from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.slow_fall import find_slow_fall
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import of_all_days

RULES = load_thresholds()
DAYS, ONSET, LENGTH = 420, 290, 90
LEAVES = 6


def wandering(seed: int, days: int = DAYS) -> Array:
    """Six workloads, whose weeks stray by a tenth each by itself; the first is half of the money and strays by a quarter."""
    random = np.random.default_rng(seed)
    weeks = np.exp(random.normal(0, 1, (LEAVES, days // 7 + 1)) * np.array([0.25, *[0.1] * (LEAVES - 1)])[:, None])
    level = np.array([500.0, *[100.0] * (LEAVES - 1)])[:, None]
    return np.asarray(level * np.repeat(weeks, 7, axis=1)[:, :days])


def falling(by: float, days: int = DAYS, length: int = LENGTH) -> Array:
    """A factor a day that goes down to 1 - by in a straight line and stays there."""
    return np.asarray(1.0 - by * np.clip((np.arange(days) - ONSET + 1) / length, 0.0, 1.0))


def frame_of(usd: Array) -> Frame:
    frame, _ = of_all_days(usd[:3])
    leaves = tuple({**frame.leaves[0], "workload": f"w{at}"} for at in range(len(usd)))
    none = np.full(usd.shape, np.nan)
    money = {"usd": usd, "list_usd": usd, "contracted_usd": usd, "overage_usd": 0 * usd, "correction_usd": 0 * usd}
    return replace(frame, leaves=leaves, measures={m: money.get(m, none) for m in frame.measures}, rows=np.ones(usd.shape))


def found(usd: Array) -> Change | None:
    return find_slow_fall(frame_of(usd), (ONSET - 15, ONSET + 15), RULES)


@pytest.mark.parametrize("seed", range(8))
def test_a_slow_fall_by_two_fifths_is_found_near_its_first_day_with_its_money(seed: int) -> None:
    usd = wandering(seed) * falling(0.4)
    fall = found(usd)
    assert fall is not None and fall.ongoing and fall.shape == "decay"
    assert abs(fall.onset - ONSET) <= 21
    truth = float((wandering(seed) * (falling(0.4) - 1.0)).sum(axis=0)[ONSET:].mean())
    assert fall.effect == pytest.approx(truth, rel=0.45), "the level before strays by a quarter for half of the money"


def test_what_only_wanders_or_grows_or_steps_down_is_no_slow_fall() -> None:
    growing = 1.0 + 0.5 * np.arange(DAYS) / DAYS
    stepped = np.where(np.arange(DAYS) >= ONSET, 0.6, 1.0)
    assert not [seed for seed in range(20) if found(wandering(seed))]
    assert not [seed for seed in range(20) if found(wandering(seed) * growing)]
    assert not [seed for seed in range(20) if found(wandering(seed) * stepped)]


def test_three_months_have_to_be_known() -> None:
    assert find_slow_fall(frame_of((wandering(1) * falling(0.5))[:, : ONSET + 60]), (ONSET - 15, ONSET + 15), RULES) is None


def test_it_is_told_where_nothing_else_stands_out() -> None:
    usd = wandering(2) * falling(0.4)
    frame = frame_of(usd)
    _, history = of_all_days(usd)
    told = locate(history, frame, frame.day(ONSET - 15), frame.day(ONSET + 15), RULES)
    assert isinstance(told, Located) and told.direction == "down" and abs((told.onset - frame.day(ONSET)).days) <= 21
