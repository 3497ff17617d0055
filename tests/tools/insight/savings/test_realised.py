"""What came of an action: whole weeks before it was agreed against whole weeks since it was done. Amounts are worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from meterline_tools.insight.savings.realised import Used, realised

AGREED, DONE, END = date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 28)


def used(money: Callable[[date], float], *, start: date = date(2026, 3, 1), idle: float | None = None) -> list[Used]:
    days = [start + timedelta(days=n) for n in range((END - start).days + 1)]
    known = 0.0 if idle is None else 1.0
    return [Used(day, money(day), known * money(day), (idle or 0.0) * money(day)) for day in days]


def wavy(day: date) -> float:
    """101 and 99 by turns, so that two weeks differ by nothing and days by a little."""
    return 101.0 if day.toordinal() % 2 else 99.0


def test_what_halves_after_it_was_done_is_saved() -> None:
    found = realised(used(lambda day: wavy(day) * (0.5 if day > DONE else 1.0)), AGREED, DONE, END)
    assert found.outcome == "fell"
    assert found.before is not None
    assert found.after is not None
    assert (found.before.start, found.before.end) == (date(2026, 4, 3), date(2026, 4, 30))  # four weeks before it was agreed
    assert (found.after.start, found.after.end) == (date(2026, 6, 1), date(2026, 6, 28))
    assert found.saved_month == pytest.approx(50 * 30.4)


def test_the_weeks_between_agreement_and_done_count_for_nothing() -> None:
    ramp = used(lambda day: 100.0 if day < AGREED else 1_000.0 if day <= DONE else 40.0 + day.day % 2)
    assert realised(ramp, AGREED, DONE, END).saved_month == pytest.approx((100.0 - 40.5) * 30.4)


def test_usual_ups_and_downs_are_no_saving() -> None:
    noisy = used(lambda day: 100.0 + 30.0 * ((day.toordinal() * 7) % 5 - 2) - (2.0 if day > DONE else 0.0))
    assert realised(noisy, AGREED, DONE, END).outcome == "level"


def test_what_grew_is_told_as_growth() -> None:
    assert realised(used(lambda day: wavy(day) + (40.0 if day > DONE else 0.0)), AGREED, DONE, END).outcome == "rose"


def test_under_two_weeks_since_it_was_done_are_too_early() -> None:
    found = realised(used(wavy), AGREED, END - timedelta(days=13), END)
    assert (found.outcome, found.saved_month) == ("too_early", None)


def test_a_workload_younger_than_the_weeks_before_is_not_measured() -> None:
    assert realised(used(wavy, start=date(2026, 4, 20)), AGREED, DONE, END).outcome == "too_early"


def test_an_action_that_took_longer_than_a_quarter_is_measured_from_the_weeks_before_it_was_done() -> None:
    found = realised(used(wavy), date(2025, 6, 1), DONE, END)
    assert found.before is not None
    assert found.before.end == date(2026, 5, 30)


def test_the_idle_share_is_told_only_where_idleness_is_measured() -> None:
    measured = realised(used(wavy, idle=0.25), AGREED, DONE, END).before
    unknown = realised(used(wavy), AGREED, DONE, END).before
    assert measured is not None
    assert measured.idle_share == pytest.approx(0.25)
    assert unknown is not None
    assert unknown.idle_share is None
