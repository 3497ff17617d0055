"""Leaving out, conditions, named rows and shares: what is listed changes, totals and rests stay lawful."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.names import NameIndex
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.principal import LOCAL_ADMIN
from tests.tools.catalog.snapshot import Company, load_company
from tests.tools.catalog.test_metric_fixtures import read_fixture

# Net consumption of the last 28 days and of the 28 before (fixtures/usage.yaml):
#   Kiln & Loom   2000   800   +150%      Harbor Foods  200  150  +33.3%
#   Zephyr Bank    600   400    +50%      New Dawn       40   60  from near zero
#   everything    2840  1410


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    fixture = read_fixture("attainment")
    return load_company(tmp_path_factory.mktemp("kit"), fixture["tables"], fixture["company"], date(2026, 8, 15), datetime(2026, 8, 18, 12))


@pytest.fixture
def bench(company: Company) -> Workbench:
    views = company.views(LOCAL_ADMIN)
    names = NameIndex(views, company.warehouse)
    return Workbench(LOCAL_ADMIN, company.warehouse, company.asof, company.calendar, load_catalog(), views, names, None)


def _value(reply: dict[str, Any], figure: str) -> Any:
    return reply["figures"][figure]["value"]


def _rows(reply: dict[str, Any], key: str, by: str = "account") -> dict[str, Any]:
    return {row["keys"][by]: _value(reply, row["figures"][key]) for row in reply["rows"]}


def test_what_is_left_out_is_in_no_total(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], exclude={"account": ["Kiln & Loom"]})
    assert _value(reply, reply["total"]["figures"]["M01"]) == 840
    figure = bench.book.figures[reply["total"]["figures"]["M01"]]
    assert (figure.filters, figure.entity) == ({"not account": ["A1"]}, None), "the figure says what it leaves out, and is not about it"


def test_leaving_out_goes_with_filters(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], filters={"industry": ["retail"]}, exclude={"account": ["A1", "A2"]})
    assert _value(reply, reply["total"]["figures"]["M01"]) == 40


def test_what_has_no_owner_is_not_left_out_with_somebody_elses(bench: Workbench) -> None:
    # without Ben: Ada's 700 + 60% of 200, and New Dawn's 40, which nobody is credited for
    reply = query_metrics(bench, metrics=["M01"], exclude={"rep": ["Ben Ortiz"]})
    assert _value(reply, reply["total"]["figures"]["M01"]) == 860


def test_a_team_can_be_left_out(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], exclude={"manager": ["Mona"]})
    assert _value(reply, reply["total"]["figures"]["M01"]) == 40


def test_conditions_list_what_meets_them_and_count_it(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], group_by=["account"], having=["M01 >= 200"], order="-M01", limit=2)
    assert _rows(reply, "M01") == {"A1": 2000, "A3": 600}, "the two largest of the three"
    assert _value(reply, reply["matched"]["count"]) == 3
    assert _value(reply, reply["matched"]["figures"]["M01"]) == 2800
    assert _value(reply, reply["total"]["figures"]["M01"]) == 2840
    assert _value(reply, reply["rest"]["figures"]["M01"]) == 240, "rows and rest add up to the total"


@pytest.mark.parametrize(
    ("condition", "listed"),
    [("growth > 40%", {"A1", "A3"}), ("M08 < 0.4", {"A2"}), ("M01 < 0.2k", {"A5"}), ("burn <= 200", {"A2", "A5"}), ("M01 > 1,000", {"A1"})],
)
def test_conditions_are_read_as_written(bench: Workbench, condition: str, listed: set[str]) -> None:
    reply = query_metrics(bench, metrics=["M01"], group_by=["account"], having=[condition])
    assert set(_rows(reply, "M01")) == listed


def test_conditions_on_measures_of_several_kinds_must_all_hold(bench: Workbench) -> None:
    # pace 251% and 189%; consumption 820 and 1980
    reply = query_metrics(bench, metrics=["M14"], group_by=["rep"], having=["M14.pace > 150%", "M01 > 1000"])
    assert set(_rows(reply, "M01", "rep")) == {"R2"}


def test_a_condition_that_cannot_be_read_says_how_one_is_written(bench: Workbench) -> None:
    with pytest.raises(ModelMustRetry, match=r'e\.g\. "M01 > 10000"'):
        query_metrics(bench, metrics=["M01"], group_by=["account"], having=["large ones"])
    with pytest.raises(ModelMustRetry, match=r"M14 has no output 'speed'\. It has: M14\.pace, M14\.to_date, M14\.gap"):
        query_metrics(bench, metrics=["M14"], group_by=["rep"], having=["M14.speed > 1"])


def test_a_row_asked_for_by_name_tells_its_rank_and_share(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], group_by=["account"], show={"account": ["Zephyr Bank"]}, order="-M01", shares=True)
    (row,) = reply["rows"]
    assert (_value(reply, row["figures"]["M01.rank"]), _value(reply, reply["parts"])) == (2, 4)
    assert _value(reply, row["figures"]["M01.share"]) == pytest.approx(600 / 2840)
    figure = bench.book.figures[row["figures"]["M01.share"]]
    receipt = bench.book.receipts[figure.receipt]
    assert figure.cell is not None
    assert receipt.kind == "calc"
    assert receipt.rows[figure.cell[0]][receipt.columns.index("value")] == figure.value, "a share points at its cell too"


def test_ranks_count_in_the_order_asked_for(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01", "M08"], group_by=["account"], show={"account": ["A2"]}, order="-M08")
    assert _value(reply, reply["rows"][0]["figures"]["M08.rank"]) == 3


def test_shares_of_a_series_are_taken_within_each_period(bench: Workbench) -> None:
    # July from the 19th: 700 of A1. August: 1300 of 2140 (A2 200, A5 40, A3 600)
    reply = query_metrics(bench, metrics=["M01"], group_by=["account", "month"], show={"account": ["A1"]}, shares=True)
    assert _rows(reply, "M01.share", "month") == {"2026-07-19": 1, "2026-08-01": pytest.approx(1300 / 2140)}


def test_what_does_not_add_up_has_no_share(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01", "M08"], group_by=["account"], shares=True)
    assert all("M08.share" not in row["figures"] for row in reply["rows"])
    assert sum(_rows(reply, "M01.share").values()) == pytest.approx(1)
