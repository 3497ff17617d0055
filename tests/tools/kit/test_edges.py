"""Small sums and states at their edges, told from companies of a few rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from meterline_tools.kit.overage import overage_price
from meterline_tools.kit.promises import state_of
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import D1, KNOWN_AT, TABLES, bench_on, shown

DUE, TODAY = date(2026, 8, 10), date(2026, 8, 15)


@pytest.mark.parametrize(
    ("status", "due", "closed", "state"),
    [
        ("done", DUE, DUE, "done"),  # on the very day is in time
        ("done", DUE, date(2026, 8, 11), "late"),
        ("done", DUE, None, "done"),  # nobody wrote down when
        ("done", None, TODAY, "done"),
        ("open", DUE, None, "overdue"),
        ("open", TODAY, None, "open"),  # the day is not over
        ("open", None, None, "open"),
        ("dropped", DUE, TODAY, "dropped"),
    ],
)
def test_a_promise_is_late_or_overdue_only_after_its_day(status: str, due: date | None, closed: date | None, state: str) -> None:
    assert state_of(status, due, closed, TODAY) == state


def test_the_price_part_of_an_overage_is_what_it_cost_above_the_price_of_the_commitment(tmp_path: Path) -> None:
    """Drawn: 100 at list for 80, so 20% off. Overage: 50 at list for 55. At 20% off it would have been 40, so 15 are the price."""
    usage = """
        usage_date,account_id,sku_id,contract_id,commit_status,list_cost,effective_cost,ingested_at
        2026-08-01,A2,s1,C1,drawdown,60,48,2026-08-02 01:00:00
        2026-08-02,A2,s1,C1,drawdown,40,32,2026-08-03 01:00:00
        2026-08-03,A2,s1,C1,overage,50,55,2026-08-04 01:00:00
        2026-08-12,A3,s1,,on_demand,10,10,2026-08-13 01:00:00
    """
    bench = bench_on(load_company(tmp_path, TABLES | {"usage_daily": usage}, {}, D1, KNOWN_AT))
    figures = overage_price(bench, "C1", "A2", date(2026, 8, 1), date(2026, 8, 10))
    assert {name: shown(bench, figure) for name, figure in figures.items()} == {"overage_list": 50.0, "price_effect": 15.0}
    assert overage_price(bench, "C1", "A2", date(2026, 8, 1), date(2026, 8, 2)) == {}, "without overage there is nothing to part"
