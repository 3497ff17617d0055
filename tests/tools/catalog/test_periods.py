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


def _table() -> list[tuple[str, str, str]]:
    lines = (Path(__file__).parent / "fixtures" / "periods.txt").read_text(encoding="utf-8").splitlines()
    rows = [[part.strip() for part in line.split("|")] for line in lines if line.strip() and not line.startswith("#")]
    return [(phrase, first, first if second == "=" else second) for phrase, first, second in rows]


def _read(phrase: str, calendar: FiscalCalendar) -> str:
    period = resolve_period(phrase, ASOF, calendar)
    marks = ("+" if period.incomplete else "") + ("?" if period.alternatives else "")
    return f"{period.window.start} {period.window.end} {marks}".strip()


@pytest.mark.parametrize(("phrase", "february", "july"), _table(), ids=[row[0] for row in _table()])
def test_a_phrase_names_its_days(phrase: str, february: str, july: str) -> None:
    assert _read(phrase, FEBRUARY) == february
    assert _read(phrase, JULY) == july


def test_the_table_is_long_enough_to_trust() -> None:
    assert len(_table()) >= 80


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("31 June", "June has 30 days"),
        ("29 February 2026", "February has 28 days"),
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
        ("how is the March Hare account", ["March"]),
        ("compare fiscal Q2 with calendar Q2", ["fiscal Q2", "calendar Q2"]),
        ("what about Q7 Robotics and H3 Bio?", []),
        ("which accounts grew 20 percent", []),
        ("consumption by week, last 13 weeks", ["last 13 weeks"]),
    ],
)
def test_periods_are_found_in_questions(text: str, phrases: list[str]) -> None:
    found = find_periods(text, ASOF, FEBRUARY)
    assert [match.phrase for match in found] == phrases
    assert all(text[match.start : match.end] == match.phrase for match in found)


def test_an_impossible_date_in_a_question_is_named() -> None:
    with pytest.raises(ModelMustRetry, match="June has 30 days"):
        find_periods("usage up to 31 June", ASOF, FEBRUARY)


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
