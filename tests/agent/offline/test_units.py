"""A company that brought quantities and no cost is answered in units; codes of accounts are names like any other."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from tests.companies import write_small_company


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("units")
    company = write_small_company(folder / "files")
    usage = company.folder / "usage_daily.csv"
    with usage.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    rows[0][rows[0].index("effective_cost")] = "consumed_quantity"
    with usage.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    desk = Desk.open(Settings(home=folder / "home"))
    desk.load([Path(company.folder)])
    return desk


def ask(desk: Desk, text: str) -> Answer:
    return desk.ask(Question(text=text))


@pytest.mark.parametrize("question", ["zamek consumption in May", "How much did Zamek Ceramics use in May?", "zamek spend in may"])
def test_consumption_is_told_in_units(desk: Desk, question: str) -> None:
    """31 days of May 2026, ten of them at weekends: 900 units on 21 weekdays and 450 on ten other days."""
    answer = ask(desk, question)
    assert [(f.metric, f.value) for f in answer.figures] == [("M03", 900 * 21 + 450 * 10)]
    assert "No cost is loaded, so consumption is shown in units." in answer.assumptions
    assert "$" not in answer.text


@pytest.mark.parametrize("question", ["biggest movers", "usage by account", "who is our biggest customer?"])
def test_lists_are_in_units_and_their_rows_are_whole(desk: Desk, question: str) -> None:
    answer = ask(desk, question)
    assert {f.entity.name for f in answer.figures if f.entity} >= {"Zamek Ceramics", "Kölner Lichtwerke"}
    assert not answer.withheld
    assert " and units" not in answer.headline


@pytest.mark.parametrize("code", ["K-999", "K/999", "ac_999/b"])
def test_a_code_that_is_no_account_is_not_passed_over(desk: Desk, code: str) -> None:
    answer = ask(desk, f"{code} usage last month")
    assert answer.figures == []
    assert "not found or not visible to you" in answer.headline
