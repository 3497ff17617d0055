"""A step is looked for in the slice and on the days that a sentence names, with less than a look at everything would need."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from meterline_tools.insight.frames import Array
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.locate import Quiet, locate, measured
from meterline_tools.insight.material import Move
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.insight.told_steps import told_steps
from tests.tools.insight.made import DAYS, Made, base, day

RULES = load_thresholds()
ONSET = 340
LEVEL = 400.0
DATED = "The sales boards workload was made smaller on {day}, same output."


def restless(by: float, leaves: tuple[int, ...] = (2,)) -> Made:
    """Boards that strayed by a third all year, a fortnight high and a fortnight low of late, and then ran at `by` of their level."""
    usd = base(5, 0.03)
    for start in range(0, DAYS, 7):
        usd[2, start : start + 7] *= 1.18 if start // 14 % 2 else 0.85
    usd[2, :250] *= np.repeat([0.7, 1.4, 0.6, 1.3, 0.8], 50)
    for leaf in leaves:
        usd[leaf, ONSET:] *= by
    return Made(usd, usd)


def tell(text: str, on: int = ONSET + 4, **more: object) -> Statement:
    return Statement("note", "N1", "vendor", day(on), text.format(day=f"{day(ONSET):%-d %B}"), **more)  # type: ignore[arg-type]


def steps(made: Made, *said: Statement, within: int = 10) -> list[Move]:
    return told_steps(made.frame(DAYS), said, (day(ONSET - within), day(ONSET + within)), LEVEL, RULES)


def test_what_does_not_stand_out_by_itself_is_found_where_and_when_it_was_told_of() -> None:
    made = restless(0.62)
    assert isinstance(locate(made.history(), made.frame(DAYS), day(ONSET - 10), day(ONSET + 10), RULES), Quiet)
    [move] = steps(made, tell(DATED))
    assert (move.where, move.source) == (("workload", ("w-boards",)), "slice")
    assert abs(move.change.onset - ONSET) <= 3 and move.change.ongoing and move.change.effect < 0
    found = measured(made.history(), made.frame(DAYS), move, RULES)
    assert found is not None and found.part is not None and found.part.mask.tolist() == [False, False, True]
    assert found.direction == "down"


@pytest.mark.parametrize(
    "text",
    [
        "The finance marts workload was made smaller on {day}, same output.",  # another slice
        "The sales boards workload was made smaller two months ago, same output.",  # other days
        "The sales boards workload has to be smaller by 31 December.",  # a day to come, and none before it
    ],
)
def test_what_is_told_of_another_place_or_time_finds_nothing(text: str) -> None:
    assert steps(restless(0.62), tell(text)) == []


def test_without_a_step_nothing_that_is_told_makes_one() -> None:
    assert steps(restless(1.0), tell(DATED)) == []


def test_a_sentence_that_names_the_slice_and_no_day_is_looked_at_in_the_weeks_before_it() -> None:
    text = "They tell me the sales boards workload sits on smaller machines these days."
    assert [move.where for move in steps(restless(0.5), tell(text, ONSET + 12))] == [("workload", ("w-boards",))]
    assert steps(restless(0.5), tell(text, ONSET + 60)) == []


def test_a_roughly_told_day_takes_a_clearer_step() -> None:
    """The same step, told of to the day and not told of to the day: the wider look needs `told.wide` more."""
    rough = "They tell me the sales boards workload sits on smaller machines these days."
    sizes = [by / 100 for by in range(50, 100, 2)]
    exact = {by for by in sizes if steps(restless(by), tell(DATED))}
    wide = {by for by in sizes if steps(restless(by), tell(rough, ONSET + 12))}
    assert wide < exact


def test_a_ticket_that_carries_the_slice_names_it() -> None:
    text = "Since {day} the machines are smaller."
    tagged = Statement("ticket", "T1", "customer", day(ONSET + 2), tell(text).text, tags=frozenset({"w-boards"}))
    assert [move.where for move in steps(restless(0.62), tagged)] == [("workload", ("w-boards",))]


def test_words_for_a_machine_are_not_looked_into() -> None:
    assert steps(restless(0.62), tell(DATED, flagged=True)) == []


def test_a_slow_fall_of_the_whole_account_is_found_on_the_day_that_is_told() -> None:
    usd = base(7, 0.02)
    usd *= np.where(np.arange(DAYS) >= ONSET, 1.0 - 0.2 * np.clip((np.arange(DAYS) - ONSET) / 60, 0, 1), 1.0)
    [move] = steps(Made(usd, usd), tell("Petra left them on {day}, nobody follows."))
    assert (move.where, move.source, move.change.shape) == (None, "drift", "decay")
    assert abs(move.change.onset - ONSET) <= 3


def test_nothing_is_known_before_there_were_weeks_to_compare() -> None:
    usd: Array = base(7, 0.02)
    usd[:, : ONSET - 14] = 0.0
    made = Made(usd, usd)
    assert told_steps(made.frame(DAYS), [tell(DATED)], (day(ONSET - 10), day(ONSET + 10)), LEVEL, RULES) == []
    assert told_steps(made.frame(DAYS), [tell(DATED)], (date(2020, 1, 1), date(2020, 2, 1)), LEVEL, RULES) == []
    assert told_steps(made.frame(DAYS), [tell(DATED)], (made.last, made.last + timedelta(days=9)), LEVEL, RULES) == []
