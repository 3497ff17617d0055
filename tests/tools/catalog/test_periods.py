"""Phrases about time, from the table in fixtures/periods.txt and in free text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from meterline_tools.catalog.calendar import FiscalCalendar, days
from meterline_tools.catalog.periods import find_periods, resolve_period
from meterline_tools.errors import ModelMustRetry
from meterline_tools.warehouse.asof import AsOf

ASOF = AsOf(
    datetime(2026, 8, 18, 12),
    date(2026, 8, 15),
    ((date(2026, 8, 16), 0.97, 0.97), (date(2026, 8, 17), 1.0, 0.85), (date(2026, 8, 18), 0.45, 0.45)),
)
FEBRUARY = FiscalCalendar(2, "end")
JULY = FiscalCalendar(7, "start")
JANUARY = FiscalCalendar()


def _at(hour: int, minute: int, timezone: str) -> AsOf:
    return replace(ASOF, known_at=datetime(2026, 8, 18, hour, minute), timezone=timezone)


UTC = _at(12, 0, "UTC")
LOS_ANGELES = _at(3, 30, "America/Los_Angeles")  # there it is still Monday 17 August
TOKYO = _at(18, 30, "Asia/Tokyo")  # there it is already Wednesday 19 August


def _rows(file: str) -> list[list[str]]:
    lines = (Path(__file__).parent / "fixtures" / file).read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split("|")] for line in lines if line.strip() and not line.startswith("#")]


def _table() -> list[tuple[str, list[str]]]:
    """Phrases with what is expected in UTC, Los Angeles and Tokyo, each under the February and the July calendar."""
    result = []
    for phrase, february, july, *places in _rows("periods.txt"):
        utc = [february, february if july == "=" else july]
        both = [(cell.split(" / ") * 2)[:2] if cell != "=" else utc for cell in [*places, "=", "="][:2]]
        result.append((phrase, [*utc, *both[0], *both[1]]))
    return result


def _read(phrase: str, calendar: FiscalCalendar, asof: AsOf = UTC) -> str:
    period = resolve_period(phrase, asof, calendar)
    marks = ("+" if period.incomplete else "") + ("?" if period.alternatives else "")
    return f"{period.window.start} {period.window.end} {marks}".strip()


@pytest.mark.parametrize(("phrase", "expected"), _table(), ids=[row[0] for row in _table()])
def test_a_phrase_names_its_days(phrase: str, expected: list[str]) -> None:
    clocks = [(asof, calendar) for asof in (UTC, LOS_ANGELES, TOKYO) for calendar in (FEBRUARY, JULY)]
    assert [_read(phrase, calendar, asof) for asof, calendar in clocks] == expected


def test_the_table_is_long_enough_to_trust() -> None:
    phrases = [phrase for phrase, _ in _table()]
    assert len(phrases) == len(set(phrases)) >= 200


@pytest.mark.parametrize("row", _rows("period_clocks.txt"), ids=lambda row: row[0])
def test_on_the_last_evening_of_a_month_the_askers_clock_decides(row: list[str]) -> None:
    evening = AsOf(datetime(2026, 7, 31, 20), date(2026, 7, 28))
    expected: list[str] = []
    for cell in row[1:]:
        expected.append(expected[-1] if cell == "=" else cell)
    clocks = [replace(evening, timezone=zone) for zone in ("UTC", "America/Los_Angeles", "Asia/Tokyo")]
    assert [_read(row[0], calendar, asof) for asof in clocks for calendar in (FEBRUARY, JULY)] == expected


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("31 June", "June has 30 days. The nearest day is 30 Jun 2026"),
        ("June 31", "There is no 31 June 2026"),
        ("30 February", "February has 28 days. The nearest day is 28 Feb 2026"),
        ("29 February 2026", "February has 28 days"),
        ("since 31 April", "April has 30 days"),
        ("31/4/2026", "April has 30 days"),
        ("13/13/2026", "There is no month 13"),
        ("fifth Sunday of June", "has no such"),
        ("FY26/29", "from one year into the next: FY26/27"),
        ("the month after that", "Name one, e.g. the month before July"),
        ("2026-13", "months run from 1 to 12"),
        ("Q5", "quarters run from 1 to 4"),
        ("H3", "halves run from 1 to 2"),
        ("week 60", "There is no week 60"),
        ("2026-07-31..2026-07-01", "ends (1 Jul 2026) before it begins (31 Jul 2026)"),
        ("the other day", "is not a period I know. Examples: last 30 days"),
        ("0 days", "at least 1 day"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(phrase: str, says: str) -> None:
    with pytest.raises(ModelMustRetry) as refused:
        resolve_period(phrase, ASOF, FEBRUARY)
    assert says in str(refused.value)


def test_yesterday_says_how_much_of_it_has_arrived() -> None:
    assert resolve_period("yesterday", ASOF, FEBRUARY).assumptions == [
        "17 Aug 2026 is 85% received, so the last complete day, 15 Aug 2026, is answered"
    ]


def test_a_day_that_is_all_there_but_young_is_not_called_incomplete() -> None:
    young = replace(ASOF, completeness=((date(2026, 8, 17), 1.0, 1.02),))
    assert resolve_period("yesterday", young, FEBRUARY).assumptions == [
        "17 Aug 2026 is received but too young to be settled, so the last complete day, 15 Aug 2026, is answered"
    ]


def test_a_fiscal_quarter_offers_the_calendar_quarter() -> None:
    period = resolve_period("Q3", ASOF, FEBRUARY)
    assert period.label == "FQ3 FY27 to date"
    assert [other.window for other in period.alternatives] == [days(date(2026, 7, 1), date(2026, 8, 15))]
    assert period.assumptions[0] == (
        "read as fiscal: FQ3 FY27 is 1 Aug 2026 to 31 Oct 2026; calendar Q3 2026 would be 1 Jul 2026 to 30 Sep 2026"
    )


def test_without_a_fiscal_calendar_nothing_is_ambiguous() -> None:
    assert _read("Q3", JANUARY) == "2026-07-01 2026-08-15 +"
    assert _read("last year", JANUARY) == "2025-01-01 2025-12-31"
    assert resolve_period("last quarter", ASOF, JANUARY).label == "Q2 2026"


def test_a_period_that_has_not_begun_says_so() -> None:
    period = resolve_period("next quarter", ASOF, FEBRUARY)
    assert period.incomplete
    assert period.assumptions[-1] == "FQ4 FY27 has not begun (today is 18 Aug 2026)"


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("How is Ines doing over the last 30 days?", ["the last 30 days"]),
        ("what did Kiln spend in July and how about August", ["July", "August"]),
        ("klin consumtion yesteday", ["yesteday"]),
        ("why did Kiln surge in May?", ["May"]),
        ("show me May usage", ["May"]),
        ("may I see usage last month", ["last month"]),
        ("retail is up 3% on the week", ["on the week"]),
        ("usage between May and July for Sun Corp", ["between May and July"]),
        ("we sat with 30 accounts since June 1", ["since June 1"]),
        ("top 10 accounts", []),
        ("how is the March Hare account", []),
        ("compare fiscal Q2 with calendar Q2", ["fiscal Q2", "calendar Q2"]),
        ("what about Q7 Robotics and H3 Bio?", []),
        ("which accounts grew 20 percent", []),
        ("consumption by week, last 13 weeks", ["last 13 weeks"]),
        ("what did Kiln spend in the first week of July?", ["in the first week of July"]),
        ("how much came in today so far", ["today so far"]),
        ("who grew in teh lst monht", ["lst monht"]),
        ("biggest movers thsi qarter vs the quarter before", ["thsi qarter", "the quarter before"]),
        ("burn since Friday and last weekend", ["since Friday", "last weekend"]),
        ("usage 3/7/2026 to 3/20/2026", ["3/7/2026 to 3/20/2026"]),
        ("we need support 24/7 and a 50/50 split", []),
        ("how many tickets on 3/7", ["3/7"]),
        ("use cases that slip to the second half of FY27", ["the second half of FY27"]),
        ("usage in the 90 days up to June 30", ["in the 90 days up to June 30"]),
        ("ARR as of May 31?", ["as of May 31"]),
        ("how was Black Friday week for retail", ["Black Friday week"]),
        ("burn over the summer please", ["over the summer"]),
        ("a fall in usage since spring training", []),
        ("which quarter was best", []),
        ("the 11th account on the list", []),
        # names are not times
        ("What did March Networks spend in March?", ["March"]),
        ("May Industries burn", []),
        ("how is April Jones doing in April", ["April"]),
        ("usage of August Systems last month", ["last month"]),
    ],
)
def test_periods_are_found_in_questions(text: str, phrases: list[str]) -> None:
    found = find_periods(text, ASOF, FEBRUARY)
    assert [match.phrase for match in found] == phrases
    assert all(text[match.start : match.end] == match.phrase for match in found)


def test_an_impossible_date_in_a_question_is_named() -> None:
    with pytest.raises(ModelMustRetry, match="June has 30 days"):
        find_periods("usage up to 31 June", ASOF, FEBRUARY)


def test_what_comes_before_that_is_counted_from_the_conversation() -> None:
    may_to_june = days(date(2026, 5, 1), date(2026, 6, 30))
    (found,) = find_periods("and the two months before that?", ASOF, FEBRUARY, that=may_to_june)
    assert found.period.window == days(date(2026, 3, 1), date(2026, 4, 30))
    assert found.period.phrase == "2026-03-01..2026-04-30"  # so that it means the same without the conversation
    (found,) = find_periods("what about the week before", ASOF, FEBRUARY, that=may_to_june)
    assert found.period.window == days(date(2026, 4, 24), date(2026, 4, 30))
    assert resolve_period("the period before that", ASOF, FEBRUARY, that=may_to_june).window == days(date(2026, 3, 1), date(2026, 4, 30))
    assert resolve_period("the month after that", ASOF, FEBRUARY, that=may_to_june).label == "July 2026"


def test_the_quarter_before_keeps_the_kind_of_quarter_the_conversation_is_about() -> None:
    fiscal, calendar = days(date(2026, 5, 1), date(2026, 7, 31)), days(date(2026, 4, 1), date(2026, 6, 30))
    assert resolve_period("the quarter before", ASOF, FEBRUARY, that=fiscal).label == "FQ1 FY27"
    assert resolve_period("the quarter before", ASOF, FEBRUARY, that=calendar).window == days(date(2026, 1, 1), date(2026, 3, 31))


def test_within_a_sentence_before_means_before_what_was_just_named() -> None:
    found = find_periods("compare May with the month before", ASOF, FEBRUARY)
    assert [match.period.label for match in found] == ["May 2026", "April 2026"]


def test_the_same_period_last_year_is_something_to_compare_with() -> None:
    found = find_periods("July against the same period last year", ASOF, FEBRUARY)
    assert [match.period.compare for match in found] == ["", "year_ago"]
    assert found[1].period.window == days(date(2025, 7, 2), date(2025, 8, 1))  # 364 days earlier


def test_a_slash_date_is_read_as_the_company_writes_it_and_the_other_reading_is_offered() -> None:
    ours = resolve_period("3/7/2026", ASOF, FiscalCalendar(day_first=True))
    assert ours.window.start == date(2026, 7, 3)
    assert ours.assumptions == ["3/7/2026 read day first: 3 Jul 2026"]
    assert [other.label for other in ours.alternatives] == ["7 Mar 2026"]
    assert resolve_period("3/7/2026", ASOF, JANUARY).assumptions == ["3/7/2026 read month first: 7 Mar 2026"]


def test_a_day_that_is_coming_in_says_how_much_of_it_has_come() -> None:
    period = resolve_period("today so far", ASOF, FEBRUARY)
    assert (period.label, period.incomplete) == ("18 Aug 2026 so far", True)
    assert period.assumptions == ["18 Aug 2026 is 45% received: not a complete day"]


def test_where_it_is_tomorrow_already_today_so_far_is_the_usage_day_that_runs() -> None:
    assert (
        resolve_period("today so far", TOKYO, FEBRUARY).assumptions[0] == "usage days are UTC days: told for 18 Aug 2026, not 19 Aug 2026"
    )


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("first week of July", "the first week of July 2026 taken as 1 Jul 2026 to 7 Jul 2026"),
        ("over the summer", "summer 2026 taken as June to August"),
        ("the last three full months", "the last 3 whole months taken as 1 May 2026 to 31 Jul 2026"),
        ("last 24 hours", "usage is kept by day: the last 24 hours taken as the last 1 complete day"),
        ("last fiscal year to date", "FY26 to 15 Aug 2025: as many days as this year has so far"),
        ("Black Friday", "Black Friday 2025 is 28 Nov 2025"),
        ("as of 17 August", "17 Aug 2026 lies after the last complete day, so this is as of 15 Aug 2026"),
        ("this Saturday", "22 Aug 2026 has not begun (today is 18 Aug 2026)"),
        ("the rest of the month", "19 Aug 2026 to 31 Aug 2026 is still to come"),
        ("mid June", "mid June taken as 11 Jun 2026 to 20 Jun 2026"),
    ],
)
def test_what_was_assumed_is_said(phrase: str, says: str) -> None:
    assert any(text.startswith(says) for text in resolve_period(phrase, ASOF, FEBRUARY).assumptions)


def test_easter_falls_where_the_church_has_it() -> None:
    # From the published tables of Easter Sundays.
    for year, month, day in [
        (2000, 4, 23),
        (2008, 3, 23),
        (2011, 4, 24),
        (2019, 4, 21),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2038, 4, 25),
    ]:
        assert resolve_period(f"Easter {year}", replace(ASOF, d1=date(2040, 1, 1)), JANUARY).window.start == date(year, month, day)


def test_a_period_to_date_is_compared_with_as_many_days_of_the_earlier_one() -> None:
    running = resolve_period("this quarter", ASOF, FEBRUARY)  # 1 to 15 August: the first 15 days of FQ3
    assert FEBRUARY.earlier_same_days(running) == days(date(2026, 5, 1), date(2026, 5, 15))
    over = resolve_period("July", ASOF, FEBRUARY)  # 31 days, so the 31 days before them
    assert FEBRUARY.earlier_same_days(over) == days(date(2026, 5, 31), date(2026, 6, 30))


def test_quota_falls_due_by_quarter_weights_and_days() -> None:
    # 15 August 2026 is day 15 of FQ3 (92 days): two quarters are over
    assert FEBRUARY.elapsed_weight((0.25, 0.25, 0.25, 0.25), date(2026, 8, 15)) == pytest.approx(196 / 365)
    assert FEBRUARY.elapsed_weight((0.1, 0.2, 0.3, 0.4), date(2026, 8, 15)) == pytest.approx(0.3 + 0.3 * 15 / 92)
    assert FEBRUARY.elapsed_weight((1, 1, 1, 1), date(2027, 1, 31)) == pytest.approx(1.0)


def test_fiscal_years_know_leap_days() -> None:
    assert FEBRUARY.year(date(2024, 2, 29)).window.days == 366
    assert FEBRUARY.year(date(2026, 8, 15)).label == "FY27"
    assert JULY.year(date(2026, 8, 15)).label == "FY26"
    assert JULY.quarter(date(2027, 1, 5)).label == "FQ3 FY26"
