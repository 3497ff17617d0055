"""When a change is over: series made by hand, whose end is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meterline_tools.insight.detect import Change
from meterline_tools.insight.ending import to_its_end
from meterline_tools.insight.frames import Frame
from meterline_tools.insight.material import Move
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, Made, with_effect

RULES = load_thresholds()
ONSET, DIP = 300, 320
FLAT = Made(np.full((3, DAYS), 100.0), np.zeros((3, DAYS)))


def orders(level_after_dip: float) -> tuple[Frame, Move]:
    """The orders sync rises from 100 to 200 a day, and is at another level after twenty days; a survey said that it ended there."""
    usd = FLAT.usd.copy()
    usd[0, ONSET:] = 200.0
    usd[0, DIP:] = level_after_dip
    frame = replace(FLAT, usd=usd).frame(before=200)
    first = DAYS - 200
    change = Change(ONSET - first, DIP - 1 - first, False, 100.0, 100.0, 9.0, "pulse")
    mask = np.array([True, False, False])
    return frame, Move(change, "slice", ("workload", ("w-orders",)), mask)


@pytest.mark.parametrize("level", [200.0, 170.0, 155.0])
def test_a_level_that_stays_above_half_of_the_effect_has_not_ended(level: float) -> None:
    frame, move = orders(level)
    change = to_its_end(frame, move, frame.days, RULES).change
    assert (change.ongoing, change.end, change.shape) == (True, frame.days - 1, "step")
    days_high, days_later = DIP - ONSET, DAYS - DIP
    assert change.effect == pytest.approx((100.0 * days_high + (level - 100.0) * days_later) / (days_high + days_later))


@pytest.mark.parametrize("level", [100.0, 110.0, 145.0])
def test_one_that_fell_back_below_half_has(level: float) -> None:
    frame, move = orders(level)
    assert to_its_end(frame, move, frame.days, RULES) == move


def test_one_that_stayed_for_weeks_more_and_is_back_since_ends_there() -> None:
    frame, move = orders(180.0)
    frame.measures["usd"][0, frame.days - 40 :] = 100.0
    change = to_its_end(frame, move, frame.days, RULES).change
    assert not change.ongoing
    # Within the first fortnight that is back: at most so many days after the level fell.
    assert frame.days - 41 <= change.end <= frame.days - 40 + 13


def test_what_began_there_anew_is_another_change() -> None:
    frame, move = orders(180.0)
    anew = replace(move, change=replace(move.change, onset=move.change.end + 1, end=frame.days - 1, effect=80.0, ongoing=True))
    assert to_its_end(frame, move, frame.days, RULES, [anew]) == move
    elsewhere = replace(anew, mask=np.array([False, True, False]))
    assert to_its_end(frame, move, frame.days, RULES, [elsewhere]).change.ongoing


def test_a_season_and_a_price_keep_their_days() -> None:
    frame, move = orders(200.0)
    assert to_its_end(frame, replace(move, whole=True), frame.days, RULES).change == move.change
    assert to_its_end(frame, replace(move, source="price"), frame.days, RULES).change == move.change


def test_made_effects_still_end_where_they_were_made_to() -> None:
    made = with_effect(np.where((np.arange(DAYS) >= ONSET) & (np.arange(DAYS) < DIP), 2.0, 1.0))
    frame = made.frame()
    change = Change(ONSET - (DAYS - 200), DIP - 1 - (DAYS - 200), False, 300.0, 300.0, 9.0, "pulse")
    move = Move(change, "slice", ("workload", ("w-orders",)), np.array([True, False, False]))
    assert to_its_end(frame, move, frame.days, RULES) == move


def test_a_price_that_fell_has_not_ended_because_more_is_used_since() -> None:
    """A tenth cheaper for good; from two months later on, a third more is used."""
    usd = FLAT.usd.copy()
    usd[0, ONSET:] = 90.0
    usd[0, ONSET + 60 :] = 120.0
    frame = replace(FLAT, usd=usd).frame(before=200)
    first = DAYS - 200
    change = Change(ONSET - first, frame.days - 70, True, 100.0, -10.0, 9.0, "step")
    move = Move(change, "price", ("workload", ("w-orders",)), np.array([True, False, False]))
    assert to_its_end(frame, move, frame.days - 69, RULES).change.ongoing
