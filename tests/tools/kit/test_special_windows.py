"""Windows that are no plain stretch of complete days, and how weeks, months and quarters are called in answers.

One customer uses for 10 each day from 1 February 2025 to 15 August 2026, the last complete day; by noon of
18 August 4 have come in for that day. The fiscal year begins in February and is named after the year it ends in.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.buckets import bucket_label, bucket_starts
from meterline_tools.catalog.calendar import FiscalCalendar, days
from meterline_tools.catalog.names import NameIndex
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.principal import LOCAL_ADMIN, Principal
from tests.tools.catalog.snapshot import Company, load_company, person

FIRST, D1 = date(2025, 2, 1), date(2026, 8, 15)
FEBRUARY = FiscalCalendar(2, "end")


def _usage() -> str:
    every = [FIRST + timedelta(days=n) for n in range((D1 - FIRST).days + 1)]
    rows = [f"{day},A1,10,{day + timedelta(days=1)} 05:00:00" for day in every]
    return "\n".join(["usage_date,account_id,effective_cost,ingested_at", *rows, "2026-08-18,A1,4,2026-08-18 11:00:00"])


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    tables = {
        "rep": "rep_id,full_name,role\nP1,Ada Oyelaran,core\nP2,Tom Reyes,core",
        "account": "account_id,account_name,owner_rep_id\nA1,Lumen Ovens,P1",
        "account_assignment": (
            "assignment_id,account_id,rep_id,assignment_role,valid_from,valid_to,credit_pct\n"
            "1,A1,P2,primary,2025-01-01,2026-08-01,1\n2,A1,P1,primary,2026-08-01,,1"
        ),
        "usage_daily": _usage(),
    }
    return load_company(tmp_path_factory.mktemp("lumen"), tables, {"fiscal_year_start_month": 2}, D1, datetime(2026, 8, 18, 12))


def _bench(company: Company, who: Principal = LOCAL_ADMIN) -> Workbench:
    views = company.views(who)
    return Workbench(
        who, company.warehouse, company.asof, company.calendar, load_catalog(), views, NameIndex(views, company.warehouse), None
    )


def _rows(reply: dict[str, Any], metric: str = "M01") -> dict[str, float]:
    return {row["label"]: reply["figures"][row["figures"][metric]]["value"] for row in reply["rows"]}


def _total(reply: dict[str, Any], metric: str = "M01") -> float:
    value: float = reply["figures"][reply["total"]["figures"][metric]]["value"]
    return value


def test_quarters_are_the_companys_own_and_say_where_they_are_cut(company: Company) -> None:
    reply = query_metrics(_bench(company), metrics=["M01"], group_by=["quarter"], window="2026-01-01..2026-08-15")
    assert _rows(reply) == {
        "FQ4 FY26 (from 1 Jan)": 310,  # January: 31 days
        "FQ1 FY27": 890,  # February, March, April: 28 + 31 + 30
        "FQ2 FY27": 920,  # May, June, July: 31 + 30 + 31
        "FQ3 FY27 (to 15 Aug)": 150,
    }
    assert [row["keys"]["quarter"] for row in reply["rows"]] == ["2026-01-01", "2026-02-01", "2026-05-01", "2026-08-01"]


def test_years_months_and_weeks_are_called_by_name(company: Company) -> None:
    bench = _bench(company)
    years = query_metrics(bench, metrics=["M01"], group_by=["year"], window="2025-02-01..2026-08-15")
    assert _rows(years) == {"FY26": 3650, "FY27 (to 15 Aug)": 1960}  # 365 days; 196 days
    months = query_metrics(bench, metrics=["M01"], group_by=["month"], window="2026-06-15..2026-08-15")
    assert _rows(months) == {"June 2026 (from 15 Jun)": 160, "July 2026": 310, "August 2026 (to 15 Aug)": 150}
    weeks = query_metrics(bench, metrics=["M01"], group_by=["week"], window="2026-08-03..2026-08-09")
    assert _rows(weeks) == {"week of 3 Aug 2026": 70}
    assert weeks["rows"][0]["names"] == {"week": "week of 3 Aug 2026"}
    with_day = query_metrics(bench, metrics=["M01"], group_by=["day"], window="2026-08-14..2026-08-15")
    assert list(_rows(with_day)) == ["14 Aug 2026", "15 Aug 2026"]


def test_buckets_begin_where_quarters_and_years_begin() -> None:
    window = days(date(2025, 12, 20), date(2026, 5, 10))
    assert bucket_starts(window, "quarter", FEBRUARY) == [date(2025, 12, 20), date(2026, 2, 1), date(2026, 5, 1)]
    assert bucket_starts(window, "year", FEBRUARY) == [date(2025, 12, 20), date(2026, 2, 1)]
    assert bucket_starts(window, "quarter", FiscalCalendar()) == [date(2025, 12, 20), date(2026, 1, 1), date(2026, 4, 1)]
    assert bucket_label(date(2026, 1, 1), "quarter", window, FiscalCalendar()) == "Q1 2026"


def test_a_state_is_told_as_of_its_day_over_the_metrics_own_window(company: Company) -> None:
    reply = query_metrics(_bench(company), metrics=["M06", "M01"], window="as of May 31")
    assert _total(reply, "M06") == pytest.approx(10 * 365)  # 91 days at 10 a day, as a year
    assert reply["window"]["from"] == "2026-03-02"  # 91 days to 31 May: 30 of March, 30 of April, 31 of May
    assert _total(reply, "M01") == 280  # its own 28 days


def test_a_day_that_is_coming_in_is_given_as_far_as_it_has_come(company: Company) -> None:
    reply = query_metrics(_bench(company), metrics=["M01", "M08"], window="today so far")
    assert _total(reply) == 4
    assert reply["window"] == {"from": "2026-08-18", "to": "2026-08-18", "label": "18 Aug 2026 so far"}
    assert reply["not_available"] == [{"metric": "M08", "reason": "a day that is still coming in is neither compared nor annualised"}]
    with pytest.raises(ModelMustRetry, match="has only sums"):
        query_metrics(_bench(company), metrics=["M05"], window="today so far")


def test_looking_back_shows_nobody_accounts_they_have_handed_over(company: Company) -> None:
    former, owner = _bench(company, person("P2")), _bench(company, person("P1"))
    assert _total(query_metrics(owner, metrics=["M01"], window="as of May 31", filters={"account": ["A1"]})) == 280
    assert former.views.until(date(2026, 5, 31)).asof.d1 == date(2026, 5, 31)
    seen = former.warehouse.run(former.views.until(date(2026, 5, 31)).accounts().select()).rows
    assert seen == []
