"""The daily watch on accounts made by hand: what is told, since when, by how much, and what is nobody's news."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterline_tools.insight.frames import Array
from meterline_tools.insight.usual import EVERYWHERE, calendar_table, in_use, learn_calendar
from meterline_tools.insight.watch import Alert, find_alerts
from meterline_tools.insight.watch_rules import watch_rules

RULES = watch_rules()
DAYS = RULES.history
WEEKDAYS = np.array([1.0, 1.02, 1.01, 1.0, 0.98, 0.5, 0.4])
FLOOR = 16.0


def quiet(seed: int = 1, level: float = 300.0, noise: float = 0.06) -> Array:
    """An account with a weekday pattern and noise, and nothing else."""
    random = np.random.default_rng(seed)
    return np.asarray(level * np.resize(WEEKDAYS, DAYS) * np.exp(random.normal(0, noise, DAYS)))


def between(first: int, last: int, factor: float) -> Array:
    """1, and another factor on days counted from the last one, 0, backwards: both included."""
    days = np.arange(DAYS) - DAYS + 1
    return np.where((days >= first) & (days <= last), factor, 1.0)


def alerts(*series: Array, days: int = 1, countries: Sequence[str | None] | None = None, floor: float = FLOOR) -> list[Alert]:
    usd = np.stack(series)
    table = in_use(usd, usd != 0, RULES)
    known = learn_calendar(table, countries, RULES) if countries else {EVERYWHERE: np.ones(DAYS)}
    return find_alerts(table, calendar_table(known, countries or [None] * len(series)), RULES, floor=floor, days=days)


def test_a_weekday_pattern_with_noise_is_nobodys_news() -> None:
    assert alerts(*(quiet(seed) for seed in range(12))) == []


def test_a_step_is_told_with_its_day_its_size_and_that_it_goes_on() -> None:
    [step] = alerts(quiet() * between(-9, 0, 1.5))
    assert (step.direction, step.on) == ("up", True)
    assert step.onset == pytest.approx(DAYS - 10, abs=1)
    base = 300 * WEEKDAYS.mean()
    assert step.usual == pytest.approx(base, rel=0.1)
    assert step.size == pytest.approx(base / 2, rel=0.15)
    assert step.total == pytest.approx(step.size * step.days)


def test_a_drop_to_nothing_is_told_on_its_second_day() -> None:
    assert [(a.direction, a.on) for a in alerts(quiet() * between(-1, 0, 0.0))] == [("down", True)]


def test_a_pulse_that_ended_is_told_for_as_many_days_as_are_asked_for_and_its_end_is_no_drop() -> None:
    series = quiet() * between(-30, -10, 1.8)
    assert alerts(series) == []
    [pulse] = alerts(series, days=20)
    assert (pulse.direction, pulse.on) == ("up", False)
    assert pulse.onset == pytest.approx(DAYS - 31, abs=2)
    assert pulse.end == pytest.approx(DAYS - 11, abs=2)


def test_a_fall_that_gathers_over_weeks_is_told() -> None:
    days = np.arange(DAYS) - DAYS + 1
    assert [a.direction for a in alerts(quiet() * np.where(days > -42, 0.985 ** np.maximum(days + 42, 0), 1.0))] == ["down"]


def test_a_move_that_became_the_usual_is_told_no_more() -> None:
    assert alerts(quiet() * between(-100, 0, 1.5)) == []


def test_a_season_that_last_year_showed_is_not_told_and_its_first_year_is() -> None:
    then = between(-364 - 12, -364 + 30, 1.6)
    now = between(-12, 0, 1.6)
    assert alerts(quiet() * then * now) == []
    assert [a.direction for a in alerts(quiet() * now)] == ["up"]


def test_more_than_last_years_season_is_told_by_what_is_beyond_it() -> None:
    [surge] = alerts(quiet() * between(-364 - 12, -364 + 30, 1.3) * between(-9, 0, 2.2))
    assert surge.size < 0.98 * 300 * WEEKDAYS.mean()  # 2.2 less 1.3 of the level, about, and not 2.2 less 1


def test_a_holiday_of_a_country_is_learned_from_its_accounts() -> None:
    holiday = between(0, 0, 0.3)
    swedish, others = [quiet(seed) * holiday for seed in range(8)], [quiet(seed) for seed in range(20, 32)]
    countries = ["SE"] * 8 + ["US"] * 12
    assert alerts(*swedish, *others, countries=countries) == []
    closed = [quiet(seed) for seed in range(7)] + [quiet(99) * holiday]
    assert [a.series for a in alerts(*closed, *others, countries=countries)] == [7]


def test_an_account_of_three_days_has_no_usual_and_a_young_one_may_only_drop() -> None:
    assert alerts(quiet() * between(-2, 0, 1.0) * (between(-2, 0, 2.0) - 1.0)) == []
    young = between(-69, 0, 2.0) - 1.0
    assert alerts(quiet() * young * between(-9, 0, 2.0)) == []
    assert [a.direction for a in alerts(quiet() * young * between(-9, 0, 0.3))] == ["down"]


def test_days_that_never_came_are_no_drop_but_usage_that_ended_is() -> None:
    assert alerts(quiet() * between(-8, -4, 0.0)) == []
    assert [a.direction for a in alerts(quiet() * between(-4, 0, 0.0))] == ["down"]


def test_an_account_without_any_use_says_nothing() -> None:
    assert alerts(np.zeros(DAYS)) == []


def test_use_that_comes_in_bursts_is_news_only_beyond_its_bursts() -> None:
    bursts = np.where(np.arange(DAYS) % 9 == 0, 500.0, 0.0)
    assert alerts(bursts) == []


def test_small_money_is_nobodys_news() -> None:
    assert alerts(quiet(level=5.0) * between(-9, 0, 3.0)) == []


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1000.0), st.integers(0, 50), st.sampled_from([0.4, 1.0, 1.3, 2.0]), st.integers(1, 40))
def test_another_currency_changes_the_sizes_and_not_the_alerts(rate: float, seed: int, factor: float, length: int) -> None:
    series = quiet(seed) * between(-length, 0, factor)
    plain, scaled = alerts(series), alerts(series * rate, floor=FLOOR * rate)
    assert [(a.direction, a.onset, a.end, a.on) for a in scaled] == [(a.direction, a.onset, a.end, a.on) for a in plain]
    assert [a.size for a in scaled] == pytest.approx([a.size * rate for a in plain])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from([0.4, 1.0, 1.3, 2.0])), min_size=1, max_size=5))
def test_what_else_is_watched_never_changes_an_accounts_alert(others: list[tuple[int, float]]) -> None:
    own = quiet(7) * between(-9, 0, 1.4)
    more = [quiet(seed) * between(-5, 0, factor) for seed, factor in others]
    assert [a for a in alerts(own, *more) if a.series == 0] == alerts(own)
