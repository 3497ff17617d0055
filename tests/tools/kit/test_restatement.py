"""Why a number reads differently than it did, on rows whose arrival is known to the hour.

July 2026 of two customers, asked on 18 August at noon against a week before (11 August at noon):
  known a week ago   Lumen 100 (1 July) and Bricks 50 (2 July)                       150
  late               Lumen 30 for 3 July, arrived 12 August
  correction         Lumen -20 for 1 July, arrived 14 August; Bricks +5 for 2 July, arrived 14 August
  known now          150 + 30 - 20 + 5                                                165
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.names import NameIndex
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.restatement import restatement
from meterline_tools.principal import LOCAL_ADMIN, Principal
from tests.tools.catalog.snapshot import Company, load_company, person

TABLES = {
    "rep": "rep_id,full_name,role\nP1,Ada Oyelaran,core\nP2,Tom Reyes,core",
    "account": "account_id,account_name,owner_rep_id,industry\nL1,Lumen Ovens,P1,ovens\nB1,Bare Bricks,P2,building",
    "usage_daily": """
usage_id,usage_date,account_id,charge_class,effective_cost,ingested_at
1,2026-07-01,L1,,100,2026-07-02 05:00:00
2,2026-07-02,B1,,50,2026-07-03 05:00:00
3,2026-07-03,L1,,30,2026-08-12 09:00:00
4,2026-07-01,L1,Correction,-20,2026-08-14 09:00:00
5,2026-07-02,B1,Correction,5,2026-08-14 10:00:00
8,2026-08-06,L1,,6,2026-08-07 05:00:00
6,2026-08-14,L1,,7,2026-08-15 05:00:00
7,2026-08-15,L1,,8,2026-08-16 05:00:00
""",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return load_company(tmp_path_factory.mktemp("restated"), TABLES, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))


def _bench(company: Company, who: Principal = LOCAL_ADMIN) -> Workbench:
    views = company.views(who)
    return Workbench(
        who, company.warehouse, company.asof, company.calendar, load_catalog(), views, NameIndex(views, company.warehouse), None
    )


def _told(reply: dict[str, Any], figures: dict[str, str]) -> dict[str, float]:
    return {key.removeprefix("M01."): reply["figures"][figure]["value"] for key, figure in figures.items()}


def test_late_rows_and_corrections_add_up_to_the_difference(company: Company) -> None:
    reply = restatement(_bench(company), window="July")
    total = _told(reply, reply["total"]["figures"])
    assert total == {"before": 150, "now": 165, "change": 15, "late": 30, "corrections": -15, "new_days": 0}
    assert total["late"] + total["corrections"] + total["new_days"] == total["now"] - total["before"]
    assert reply["assumptions"] == ["compared with what was known on 11 Aug 2026 at 12:00 UTC"]


def test_the_difference_is_told_by_account_and_by_day_of_arrival(company: Company) -> None:
    reply = restatement(_bench(company), window="July")
    assert {row["entity"]["name"]: _told(reply, row["figures"]) for row in reply["rows"]} == {
        "Lumen Ovens": {"late": 30, "corrections": -20, "new_days": 0, "change": 10},
        "Bare Bricks": {"late": 0, "corrections": 5, "new_days": 0, "change": 5},
    }
    days = {row["names"]["day"]: {key: figure for key, figure in row["figures"].items() if key != "arrived"} for row in reply["arrivals"]}
    assert {day: _told(reply, figures) for day, figures in days.items()} == {
        "12 Aug 2026": {"late": 30, "corrections": 0, "new_days": 0},
        "14 Aug 2026": {"late": 0, "corrections": -15, "new_days": 0},
    }


def test_accounts_that_are_not_shown_are_summed_up(company: Company) -> None:
    reply = restatement(_bench(company), window="July", limit=1)
    assert [row["entity"]["id"] for row in reply["rows"]] == ["L1"]
    assert (reply["rest"]["count"], _told(reply, reply["rest"]["figures"])) == (1, {"change": 5})


def test_days_that_were_not_complete_then_are_kept_apart(company: Company) -> None:
    # On 13 August at midnight nothing newer than 6 August had arrived; 14 and 15 August (7 + 8) came after.
    reply = restatement(_bench(company), window="2026-07-01..2026-08-15", since="13 August")
    total = _told(reply, reply["total"]["figures"])
    assert total == {"before": 186, "now": 186, "change": 0, "late": 0, "corrections": -15, "new_days": 15}
    assert len(reply["rows"]) == 2  # parts that cancel out are told all the same


def test_what_nobody_touched_reads_as_it_did(company: Company) -> None:
    reply = restatement(_bench(company), window="July", since="15 August")
    assert _told(reply, reply["total"]["figures"])["change"] == 0
    assert (reply["rows"], reply["arrivals"]) == ([], [])


def test_the_previous_answers_days_and_filters_are_taken(company: Company) -> None:
    first = _bench(company)
    query_metrics(first, metrics=["M01"], window="July", filters={"account": ["Bare Bricks"]})
    second = _bench(company)
    second.previous = list(first.book.receipts.values())
    reply = restatement(second)
    assert _told(reply, reply["total"]["figures"])["change"] == 5
    assert reply["window"] == {"from": "2026-07-01", "to": "2026-07-31"}
    assert reply["about"] == ["Bare Bricks"]
    third = _bench(company)
    third.previous = list(second.book.receipts.values())  # asked once more, of the same days and customer
    assert restatement(third, since="yesterday")["about"] == ["Bare Bricks"]


def test_a_rep_sees_what_changed_in_the_own_book_only(company: Company) -> None:
    reply = restatement(_bench(company, person("P2")), window="July")
    assert _told(reply, reply["total"]["figures"])["now"] == 55


def test_the_future_has_not_read_differently(company: Company) -> None:
    with pytest.raises(ModelMustRetry, match="is not in the past"):
        restatement(_bench(company), since="tomorrow")
