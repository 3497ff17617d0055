"""Small sums of the kit, worked out by hand at their edges: days that are due today, what a list leaves out, overage by its price."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from meterline_tools.kit.overage import overage_price
from meterline_tools.kit.promises import state_of
from meterline_tools.kit.touches import Ask, longest
from meterline_tools.receipts import Window
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import D1, KNOWN_AT, bench_on, open_crm, shown

TODAY = date(2026, 8, 18)


@pytest.mark.parametrize(
    ("status", "due", "closed", "state"),
    [
        ("done", TODAY, TODAY, "done"),
        ("done", TODAY, date(2026, 8, 19), "late"),
        ("done", None, TODAY, "done"),
        ("done", TODAY, None, "done"),
        ("open", TODAY, None, "open"),
        ("open", date(2026, 8, 17), None, "overdue"),
        ("open", None, None, "open"),
        ("dropped", date(2026, 8, 17), None, "dropped"),
    ],
)
def test_an_action_has_until_the_end_of_its_day(status: str, due: date | None, closed: date | None, state: str) -> None:
    assert state_of(status, due, closed, TODAY) == state


def test_the_rest_of_a_list_is_what_stands_behind_its_end(tmp_path: Path) -> None:
    """Touched ever are A2, in June, and A1, yesterday; of the last 28 days' 30 and 50 dollars the list of one shows 30."""
    bench = open_crm(tmp_path)
    reply = longest(Ask(bench, {}, Window(start=date(2026, 7, 19), end=D1), 1))
    assert [row["account"]["id"] for row in reply["rows"]] == ["A2"]
    sums = {name: shown(bench, figure) for name, figure in reply["total"]["figures"].items()}
    assert {name: sums[name] for name in ("count", "usd", "rest", "rest_usd")} == {"count": 2, "usd": 80, "rest": 1, "rest_usd": 50}


def test_overage_at_a_dearer_price_is_parted_into_use_and_price(tmp_path: Path) -> None:
    """Drawn at 80 of 100 list; 50 of list beyond it cost 50 instead of 40, so 10 are due to the price. The last day counts."""
    row = "{day},A1,{status},{usd},{list_cost},2026-08-16 01:00:00".format
    lines = [
        row(day="2026-08-01", status="drawdown", usd=80, list_cost=100),
        row(day="2026-08-02", status="overage", usd=30, list_cost=30),
        row(day="2026-08-10", status="overage", usd=20, list_cost=20),
        row(day="2026-08-11", status="overage", usd=500, list_cost=500),
        row(day="2026-08-02", status="on_demand", usd=7, list_cost=7),
    ]
    tables = {
        "rep": "rep_id,full_name,role\nR1,Ada,core",
        "account": "account_id,account_name,owner_rep_id\nA1,Kiln & Loom,R1",
        "usage_daily": "\n".join(["usage_date,account_id,commit_status,effective_cost,list_cost,ingested_at", *lines]),
    }
    bench = bench_on(load_company(tmp_path, tables, {}, D1, KNOWN_AT))
    told = overage_price(bench, "K1", "A1", date(2026, 8, 1), date(2026, 8, 10))
    assert {name: shown(bench, figure) for name, figure in told.items()} == {"overage_list": 50, "price_effect": 10}
    assert overage_price(bench, "K1", "A1", date(2026, 8, 1), date(2026, 8, 1)) == {}
