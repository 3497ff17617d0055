"""What a company did not bring, or does not have yet, is said in plain words and never told as zero."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.tools.catalog.snapshot import Company, load_company

SMALL = {
    "rep": "rep_id,full_name,role\nR1,Ada Quist,core",
    "account": "account_id,account_name,owner_rep_id\nA1,Kiln & Loom,R1",
    "usage_daily": "usage_date,account_id,effective_cost,ingested_at\n"
    "2026-01-05,A1,100,2026-01-06 06:00:00\n2026-08-15,A1,90,2026-08-16 06:00:00",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Three tables, eight months."""
    return load_company(tmp_path_factory.mktemp("small"), SMALL, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("M11", "no list cost loaded"),
        ("M12", "no consumed quantity loaded"),
        ("M16", "no SKUs on usage loaded"),
        ("M18", "no user counts loaded"),
        ("M23", "no workloads loaded"),
        ("M32", "no contracts loaded"),
        ("M33", "no contracts loaded"),
        ("M34", "no contracts loaded"),
        ("M35", "no commit status loaded"),
        ("M50", "no consumed quantity loaded"),
        ("M55", "no causes on file yet"),
        # 730 days back from 15 Aug 2026 is 16 Aug 2024; from 5 Jan 2026 on, two years are full on 4 Jan 2028
        (
            "M19",
            "insufficient history: usage starts on 5 Jan 2026 and would have to start by 16 Aug 2024; possible from 4 Jan 2028",
        ),
        # the window a year ago starts 90 + 364 days before 15 Aug 2026
        (
            "M21",
            "insufficient history: usage starts on 5 Jan 2026 and would have to start by 18 May 2025; possible from 4 Apr 2027",
        ),
        # 27 + 364 days before
        (
            "M22",
            "insufficient history: usage starts on 5 Jan 2026 and would have to start by 20 Jul 2025; possible from 31 Jan 2027",
        ),
    ],
)
def test_what_is_not_there_is_said(small: Company, metric: str, reason: str) -> None:
    table = small.ask(metric)
    assert table.not_available == {metric: reason}
    assert not table.rows and not table.total


def test_health_tells_what_it_can_and_leaves_the_rest_empty(small: Company) -> None:
    total = small.ask("M52").total or {}
    assert total["M52.swing"] is not None
    assert [total[f"M52.{part}"] for part in ("waste", "value", "users")] == [None, None, None]


def test_retention_of_an_earlier_day_looks_back_from_that_day(tmp_path: Path) -> None:
    # on 14 Aug 2026 the cohort's first year begins on 15 Aug 2024, the first day of usage
    rows = "usage_date,account_id,effective_cost,ingested_at\n2024-08-15,A1,100,2024-08-16 06:00:00\n2026-08-14,A1,80,2026-08-15 06:00:00"
    company = load_company(tmp_path, SMALL | {"usage_daily": rows}, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))
    table = company.ask("M19", window="2026-08-01..2026-08-14")
    assert str(table.windows["M19"]) == "2024-08-15 to 2026-08-14"
    assert (table.total or {})["M19"] == pytest.approx(0.8)
