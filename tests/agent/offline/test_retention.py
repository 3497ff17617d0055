"""Retention, churn and the measures around them, asked in words of a company whose figures can be worked out on paper."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings

FIRST, LAST = date(2024, 6, 1), date(2026, 8, 20)
STEP, GONE, NEW = date(2025, 8, 18), date(2026, 6, 1), date(2026, 1, 1)


def daily(account: str, day: date) -> float:
    """Keel Robotics pays 10 a day and 12 from the step on, Moss & Sons 5 until they leave, Tarn Hotels 4 from this year on."""
    if account == "K":
        return 12 if day >= STEP else 10
    if account == "M":
        return 5 if day < GONE else 0
    return 4 if day >= NEW else 0


def used(account: str, end: date, days: int) -> float:
    """Consumption of the days up to `end`."""
    return sum(daily(account, end - timedelta(days=n)) for n in range(days))


def write(path: Path, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("kept")
    files = folder / "files"
    files.mkdir()
    write(files / "rep.csv", [("rep_id", "full_name", "role"), ("R1", "Ada Quist", "core")])
    accounts = [("K", "Keel Robotics", "R1", "robotics"), ("M", "Moss & Sons", "R1", "timber"), ("T", "Tarn Hotels", "R1", "travel")]
    write(files / "account.csv", [("account_id", "account_name", "owner_rep_id", "industry"), *accounts])
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    rows = [
        (day, a, daily(a, day), daily(a, day) * 1.25, f"{day + timedelta(days=1)} 06:00:00") for day in days for a in "KMT" if daily(a, day)
    ]
    write(files / "usage_daily.csv", [("usage_date", "account_id", "effective_cost", "list_cost", "ingested_at"), *rows])
    desk = Desk.open(Settings(home=folder / "home"))
    desk.load([files])
    return desk


@pytest.fixture(scope="module")
def young(small_company_home: Path) -> Desk:
    """Eight months of three tables."""
    return Desk.open(Settings(home=small_company_home))


def ask(desk: Desk, text: str, thread: str | None = None) -> Answer:
    answer = desk.ask(Question(text=text, thread_id=thread))
    assert not answer.withheld
    return answer


def value(answer: Answer, label: str) -> object:
    return next(f.value for f in answer.figures if f.label == label)


def day(answer: Answer) -> date:
    return answer.d1 or date.min


def test_net_retention_comes_with_its_cohort_and_the_figure_of_today(desk: Desk) -> None:
    answer = ask(desk, "What's our NRR?")
    end = day(answer)
    then = sum(used(a, end - timedelta(days=365), 365) for a in "KM")
    now = sum(used(a, end, 365) for a in "KM")
    assert value(answer, "Net revenue retention, trailing year") == pytest.approx(now / then)
    assert value(answer, "Accounts in the cohort") == 2
    earlier = sum(used(a, end - timedelta(days=364), 91) for a in "KM")
    assert value(answer, "Net revenue retention, point in time") == pytest.approx(sum(used(a, end, 91) for a in "KM") / earlier)


def test_churn_alone_is_told_in_money_and_in_customers(desk: Desk) -> None:
    answer = ask(desk, "churn")
    assert value(answer, "Customers lost") == 1
    assert value(answer, "Customers active a year ago") == 2
    assert value(answer, "Logo churn") == 0.5
    earlier = {a: used(a, day(answer) - timedelta(days=364), 91) for a in "KM"}
    kept = {a: min(used(a, day(answer), 91), earlier[a]) for a in "KM"}
    assert value(answer, "Revenue churn") == pytest.approx(1 - sum(kept.values()) / sum(earlier.values()))
    assert "use-case churn" in " ".join(answer.next_steps)


@pytest.mark.parametrize("question", ["who churned this year", "which customers did we lose?", "logo churn"])
def test_lost_customers_are_named(desk: Desk, question: str) -> None:
    assert "Moss & Sons" in ask(desk, question).text


def test_retention_can_leave_out_a_part_of_the_business(desk: Desk) -> None:
    answer = ask(desk, "net retention excluding timber")
    assert value(answer, "Accounts in the cohort") == 1
    assert "without timber" in answer.headline


def test_retention_by_part_is_a_table_with_the_size_of_each_cohort(desk: Desk) -> None:
    answer = ask(desk, "NRR by industry")
    assert "| robotics |" in answer.text and "| timber |" in answer.text
    assert "travel" not in answer.text, "who came this year has no retention yet"


def test_what_others_publish_is_told_in_words_and_without_figures(desk: Desk) -> None:
    first = ask(desk, "What's our NRR?")
    answer = ask(desk, "is that the same as what Snowflake reports?", first.thread_id)
    assert answer.headline.startswith("Close in kind, but not the same")
    assert "capacity contracts" in answer.text
    assert answer.figures == []


@pytest.mark.parametrize("question", ["NRR", "GRR", "churn", "logo churn"])
def test_a_young_company_is_told_when_retention_becomes_possible(young: Desk, question: str) -> None:
    answer = ask(young, question)
    assert answer.answer_type == "ANSWER_THIN"
    assert "insufficient history" in answer.headline and "possible from" in answer.headline


def test_a_discount_is_told_with_a_word_of_caution(desk: Desk) -> None:
    answer = ask(desk, "what discount does Keel Robotics get?")
    assert value(answer, "Effective discount") == pytest.approx(0.2)
    assert "internal use" in answer.text


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("what does Zamek Ceramics pay per credit?", "no consumed quantity loaded"),
        ("committed vs uncommitted", "no commit status loaded"),
        ("how many users does Zamek Ceramics have?", "no user counts loaded"),
        ("how much waste at Zamek Ceramics?", "no consumed quantity loaded"),
        ("what discount does Zamek Ceramics get?", "no list cost loaded"),
        ("explained share", "no causes on file yet"),
    ],
)
def test_what_the_company_did_not_bring_is_said(young: Desk, question: str, reason: str) -> None:
    answer = ask(young, question)
    assert answer.answer_type == "ANSWER_THIN"
    assert reason in answer.text


def test_health_has_sides_and_no_score(desk: Desk) -> None:
    answer = ask(desk, "how healthy is Keel Robotics?")
    assert "no single health score" in answer.headline
    assert "| Waste | no data |" in answer.text
    assert value(answer, "Week-to-week variation") == 0
