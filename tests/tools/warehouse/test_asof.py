"""The last complete usage day, on companies whose answer can be told by looking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from meterline_tools.warehouse.asof import AsOf, Received, find_last_complete_day, resolve_as_of
from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from tests.tools.warehouse.tiny import in_memory, usage, write, write_three_tables

TODAY = date(2026, 8, 18)
NOON = datetime(2026, 8, 18, 12)


def days(level: Callable[[date], float], *, back: int = 120, last: date = TODAY, rows: int = 100) -> dict[date, Received]:
    """Days up to `last`: so many times 100 rows and 1,000 dollars as `level` says."""
    span = [last - timedelta(days=n) for n in range(back)]
    return {day: (round(rows * level(day)), 1000.0 * level(day)) for day in span if level(day) > 0}


def arriving(level: Callable[[date], float] = lambda day: 1.0) -> dict[date, Received]:
    """The same, with 45% of today, 85% of yesterday and 97% of the day before received."""
    late = {TODAY: 0.45, TODAY - timedelta(days=1): 0.85, TODAY - timedelta(days=2): 0.97}
    return days(lambda day: level(day) * late.get(day, 1.0))


def d1(received: dict[date, Received], lag: int = 3) -> date:
    return find_last_complete_day(received, NOON, lag).d1


def test_three_days_that_are_still_arriving_are_not_complete() -> None:
    assert d1(arriving()) == date(2026, 8, 15)


def test_without_a_settle_lag_97_percent_is_complete_and_85_percent_is_not() -> None:
    assert d1(arriving(), lag=0) == date(2026, 8, 16)


def test_a_day_whose_dollars_are_short_is_not_complete_though_all_rows_are_there() -> None:
    received = days(lambda day: 1.0) | {date(2026, 8, 15): (100, 870.0)}
    assert d1(received) == date(2026, 8, 14)


def test_a_late_delivery_of_several_days_moves_the_day_back() -> None:
    short = {date(2026, 8, 15) - timedelta(days=n): (80, 800.0) for n in range(4)}
    assert d1(days(lambda day: 1.0) | short) == date(2026, 8, 11)


def test_days_that_did_not_arrive_at_all_are_not_complete() -> None:
    assert d1(days(lambda day: 1.0, last=date(2026, 8, 9))) == date(2026, 8, 9)


def test_where_no_day_can_be_judged_the_newest_settled_one_is_taken() -> None:
    """History that is said to start later than anything that came in; 15 August is settled, 16 August is not yet."""
    received = days(lambda day: 1.0, last=date(2026, 8, 16))
    assert find_last_complete_day(received, NOON, 3, first_day=date(2026, 8, 20)).d1 == date(2026, 8, 15)


@pytest.mark.parametrize("weekly", [0.8, 0.9, 1.1, 1.3])
def test_a_business_that_grows_or_shrinks_each_week_is_complete_at_the_settle_lag(weekly: float) -> None:
    assert d1(arriving(lambda day: weekly ** ((day - TODAY).days / 7))) == date(2026, 8, 15)


def test_a_shrinking_business_does_not_hide_a_day_that_is_half_there() -> None:
    received = arriving(lambda day: 0.9 ** ((day - TODAY).days / 7))
    rows, usd = received[date(2026, 8, 15)]
    assert d1(received | {date(2026, 8, 15): (rows // 2, usd / 2)}) == date(2026, 8, 14)


def test_a_business_with_a_weekly_rhythm_compares_like_with_like() -> None:
    assert d1(arriving(lambda day: 0.3 if day.weekday() >= 5 else 1.0)) == date(2026, 8, 15)


def test_a_business_that_rests_at_weekends_counts_a_saturday_without_rows_as_complete() -> None:
    assert d1(arriving(lambda day: 0.0 if day.weekday() >= 5 else 1.0)) == date(2026, 8, 15)  # a Saturday


def test_a_few_stray_rows_on_earlier_weekends_make_no_expectation() -> None:
    received = arriving(lambda day: 0.01 if day.weekday() >= 5 else 1.0)
    del received[date(2026, 8, 15)]
    assert d1(received) == date(2026, 8, 15)


def test_a_book_that_jumps_from_day_to_day_is_judged_by_its_own_jumps() -> None:
    jumps = (1.0, 0.6, 1.5, 0.8, 1.2, 0.7, 1.4, 0.9, 0.75, 1.3, 0.65)
    assert d1(arriving(lambda day: jumps[day.toordinal() % len(jumps)])) == date(2026, 8, 15)


@pytest.mark.parametrize("back", [1, 2, 4, 8, 15])
def test_a_young_history_gives_a_day_inside_it_and_never_fails(back: int) -> None:
    answer = d1(days(lambda day: 1.0, back=back))
    assert answer == max(date(2026, 8, 15), TODAY) if back <= 3 else answer == date(2026, 8, 15)


def test_no_data_at_all_gives_the_settle_lag() -> None:
    assert find_last_complete_day({}, NOON, 3) == AsOf(NOON, date(2026, 8, 15))


def test_completeness_reports_fourteen_days_oldest_first() -> None:
    reported = find_last_complete_day(arriving(), NOON, 3).completeness
    assert [day for day, _, _ in reported] == [TODAY - timedelta(days=n) for n in reversed(range(14))]
    assert reported[-3:] == ((date(2026, 8, 16), 0.97, 0.97), (date(2026, 8, 17), 0.85, 0.85), (TODAY, 0.45, 0.45))


def test_today_is_the_utc_day_of_the_time_of_knowledge() -> None:
    warehouse = in_memory({"usage_daily": [usage(n, "A", date(2026, 1, 1) + timedelta(days=n), 1.0) for n in range(30)]})
    evening_in_california = datetime(2026, 1, 20, 20, tzinfo=timezone(timedelta(hours=-8)))
    asof = resolve_as_of(warehouse, evening_in_california)
    assert (asof.known_at, asof.today) == (datetime(2026, 1, 21, 4), date(2026, 1, 21))
    assert resolve_as_of(warehouse, datetime(2026, 1, 21, 4, tzinfo=UTC)) == asof


def test_corrections_and_other_charges_do_not_count_as_received() -> None:
    rows = [usage(n, "A", date(2026, 1, 1) + timedelta(days=n), 10.0) for n in range(40)]
    last = date(2026, 2, 9)
    rows[-1]["effective_cost"] = 5.0
    rows += [usage(100, "A", last, 6.0, charge_class="Correction"), usage(101, "A", last, 6.0, charge_category="Purchase")]
    assert resolve_as_of(in_memory({"usage_daily": rows}, settle_lag_days=0), datetime(2026, 2, 10, 3)).d1 == date(2026, 2, 8)


def test_an_older_time_of_knowledge_has_an_older_last_complete_day(tmp_path: Path) -> None:
    load(tmp_path / "home", [write_three_tables(tmp_path / "files", days=60)])
    warehouse = open_warehouse(tmp_path / "home")
    default = resolve_as_of(warehouse)
    assert (default.known_at, default.d1) == (datetime(2026, 3, 2, 3), date(2026, 2, 27))
    assert default == resolve_as_of(warehouse, default.known_at)
    assert resolve_as_of(warehouse, datetime(2026, 2, 1, 12)).d1 == date(2026, 1, 29)


def test_the_company_can_set_its_time_of_knowledge_and_settle_lag(tmp_path: Path) -> None:
    folder = write_three_tables(tmp_path / "files", days=60)
    (folder / "company.yaml").write_text("as_of: 2026-02-20T06:00:00+02:00\nsettle_lag_days: 1\n")
    write(folder, "rep.csv", [{"rep_id": "R1", "full_name": "Ann Reyes"}])
    load(tmp_path / "home", [folder])
    asof = resolve_as_of(open_warehouse(tmp_path / "home"))
    assert (asof.known_at, asof.d1) == (datetime(2026, 2, 20, 4), date(2026, 2, 19))
