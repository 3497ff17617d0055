"""Periods of what is still to come lie ahead of today, whatever a month's name or "by" would mean of the past."""

from __future__ import annotations

import pytest

from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from tests.agent.offline.fake_kit import FakeKit, state


def _read(question: str) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank())


@pytest.mark.parametrize(
    "question",
    [
        "what comes up for renewal between now and christmas",
        "renewals by the end of December",
        "contracts ending before year end",
        "what are we launching in November",
        "vouchers that lapse by December",
    ],
)
def test_what_is_due_is_looked_for_ahead(question: str) -> None:
    context, period = read_context(state()), _read(question).periods.main
    assert period is not None
    assert period.window.end > context.asof.local_today


def test_what_ended_is_looked_for_behind() -> None:
    context, period = read_context(state()), _read("which contracts ended last month").periods.main
    assert period is not None
    assert period.window.end < context.asof.local_today


def test_neighbouring_months_joined_by_and_are_one_period() -> None:
    period = _read("what did Birchgate use in May and June").periods.main
    assert period is not None
    assert (period.window.start.month, period.window.end.month) == (5, 6)


def test_a_change_between_two_months_is_that_of_the_later_against_the_earlier() -> None:
    asked = _read("what changed the most between May and June").periods
    assert asked.main is not None
    assert (asked.main.window.start.month, asked.main.window.end.month, asked.compare) == (6, 6, "prior")


@pytest.mark.parametrize(
    ("question", "month"),
    [
        ("Will the surge at Birchgate in March last?", 3),
        ("Will the growth of Birchgate in July stick?", 7),
        ("why did Birchgate surge in March, and whether it will last", 3),
    ],
)
def test_a_move_that_will_last_has_been(question: str, month: int) -> None:
    """It was answered that March had not begun, five months after it."""
    reading, context = _read(question), read_context(state())
    assert not reading.ahead
    assert reading.periods.main is not None
    assert reading.periods.main.window.start.month == month
    assert reading.periods.main.window.end <= context.asof.local_today


@pytest.mark.parametrize(
    "question", ["Will the growth of Birchgate last through December?", "will the jump at Birchgate hold next quarter?"]
)
def test_how_long_a_move_should_last_is_no_period_of_it(question: str) -> None:
    reading = _read(question)
    assert (reading.intent, reading.ahead, reading.periods.main, reading.periods.window) == ("durability", False, None, "")
    assert any("is ahead" in told for told in reading.assumptions)


def test_why_it_will_drop_asks_of_what_is_to_come() -> None:
    assert _read("why will Birchgate drop in December?").ahead
