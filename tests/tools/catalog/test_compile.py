"""Queries: every dialect, lawful totals, scope, windows and words for what cannot be told."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.builders import BUILDERS
from meterline_tools.catalog.builders.usage import UNEVEN_WEEKS
from meterline_tools.catalog.compile import compile_query
from meterline_tools.catalog.model import Metric, MetricQuery, MetricTable
from meterline_tools.errors import ModelMustRetry
from meterline_tools.principal import LOCAL_ADMIN, Principal
from meterline_tools.receipts import Window
from tests.tools.catalog.snapshot import Company, load_company, person
from tests.tools.catalog.test_metric_fixtures import FIXTURES, read_fixture

CATALOG = load_catalog()
DIALECTS = {"postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}  # type: ignore[no-untyped-call]

BASE = ("commitments", "use_cases", "activities", "durable", "attainment", "usage", "concentration")
"""Fixtures whose metrics are asked of one company that has all their tables; metrics of other fixtures are asked of that fixture's own."""
ALIKE = {"region", "country", "segment", "motion", "plan", "sku_family", "usage_region", "commit_status", "purpose", "source"}
"""Plain columns that are reached like industry, sku or stage: compiled here, but not run."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company of the usage fixture with every other table of the fixtures."""
    tables: dict[str, str] = {}
    for name in ("commitments", "use_cases", "activities", "durable", "attainment"):
        tables = {**read_fixture(name)["tables"], **tables}
    tables.update(read_fixture("usage")["tables"])
    return load_company(
        tmp_path_factory.mktemp("all"), tables, {"fiscal_year_start_month": 2}, date(2026, 8, 15), datetime(2026, 8, 18, 12)
    )


@cache
def own_fixture(metric: str) -> str | None:
    """The fixture that asks a metric, when none of the base does."""
    askers = {
        path.stem
        for path in sorted(FIXTURES.glob("*.yaml"))
        if any(metric in case["ask"]["metrics"] for case in read_fixture(path.stem).get("expect", []))
    }
    return None if askers & set(BASE) else next(iter(sorted(askers)), None)


@pytest.fixture(scope="module")
def own_companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Company]:
    """The companies of the fixtures outside of the base."""
    found = {}
    for name in filter(None, {own_fixture(metric) for metric in CATALOG.metrics}):
        fixture = read_fixture(name)
        folder = tmp_path_factory.mktemp(name)
        found[name] = load_company(folder, fixture["tables"], fixture["company"], fixture["d1"], fixture["known_at"])
    return found


@pytest.mark.parametrize("metric", [m for m in CATALOG.metrics.values() if m.kind in BUILDERS], ids=lambda metric: metric.id)
def test_every_metric_compiles_in_every_dialect_and_runs_by_every_dimension(
    company: Company, own_companies: dict[str, Company], metric: Metric
) -> None:
    company = own_companies.get(own_fixture(metric.id) or "", company)
    for dimension in ["", *metric.dimensions]:
        group_by = [dimension] if dimension else []
        compiled = compile_query(CATALOG, MetricQuery(metrics=[metric.id], group_by=group_by), company.views(), company.calendar)
        assert not compiled.not_available
        for plan in compiled.plans:
            for dialect in DIALECTS.values():
                text = str(plan.statement.compile(dialect=dialect))
                assert metric.id in text, "the SQL says which metric it computes"
        if dimension not in ALIKE:
            table = company.ask(metric.id, group_by=group_by)
            assert table.rows or not dimension or metric.id == "M54", dimension


@pytest.mark.parametrize("dimension", ["account", "rep", "territory", "industry", "sku", "sku_family", "month", "week", "day"])
@pytest.mark.parametrize("limit", [0, 1, 2])
def test_parts_and_rest_make_the_total(company: Company, dimension: str, limit: int) -> None:
    window = "2026-05-17..2026-08-15"
    table = company.ask("M01", "M02", group_by=[dimension], limit=limit, window=window)
    for key in ("M01", "M02"):
        shown = sum(_number(row.values.get(key)) for row in table.rows)
        rest = _number((table.rest or {}).get(key))
        assert shown + rest == pytest.approx(_number((table.total or {})[key]))
    assert len(table.rows) + table.rest_count == len(company.ask("M01", "M02", group_by=[dimension], window=window).rows)


@given(
    start=st.dates(date(2025, 1, 15), date(2026, 8, 15)),
    length=st.integers(1, 200),
    dimension=st.sampled_from(["account", "rep", "industry", "sku", "month"]),
    who=st.sampled_from([LOCAL_ADMIN, person("R1"), person("R2"), person("M", "R1", "R2", "R3")]),
)
def test_on_any_window_parts_and_rest_make_the_total(company: Company, start: date, length: int, dimension: str, who: Principal) -> None:
    end = min(date.fromordinal(start.toordinal() + length - 1), date(2026, 8, 15))
    table = company.ask("M01", principal=who, group_by=[dimension], window=f"{start}..{end}", limit=2)
    parts = sum(_number(row.values["M01"]) for row in table.rows)
    assert parts + _number((table.rest or {}).get("M01")) == pytest.approx(_number((table.total or {})["M01"]))


@pytest.mark.parametrize("metric", ["M01", "M24", "M27", "M39", "M44"])
@pytest.mark.parametrize("who", [person("R1"), person("R2"), person("R3"), person("M", "R1", "R2", "R3")])
def test_scope_never_widens(company: Company, metric: str, who: Principal) -> None:
    mine = {row.keys["account"] for row in company.ask(metric, principal=who, group_by=["account"]).rows}
    everything = {row.keys["account"] for row in company.ask(metric, group_by=["account"]).rows}
    assert mine <= everything
    for account in everything - mine:
        asked = company.ask(metric, principal=who, group_by=["account"], filters={"account": [account]})
        assert asked.rows == [], "a filter by a foreign account shows nothing"


def test_a_rep_is_credited_for_accounts_handed_over_since(company: Company) -> None:
    # A1 was R1's until July: 700 of it falls into the window, and 60% of A2's 200
    table = company.ask("M01", principal=person("R1"), filters={"rep": ["R1"]})
    assert (table.total or {})["M01"] == pytest.approx(820)


def test_metrics_of_different_kinds_share_their_rows(company: Company) -> None:
    table = company.ask("M10", "M01", "M44", "M06", group_by=["account"], order="abs:M10", limit=2)
    assert [row.keys["account"] for row in table.rows] == ["A1", "A3"]
    assert table.rows[0].values == {"M10": 1200, "M01": 2000, "M06": pytest.approx(19252.747), **_activities(3, 1, 1, 2)}
    assert len(table.statements) == 2, "three sums over usage are one statement"
    assert {key: table.outputs[key].window.days for key in ("M10", "M06", "M44.count")} == {"M10": 28, "M06": 91, "M44.count": 30}


def _activities(count: int, substantive: int, unscored: int, conversations: int) -> dict[str, int]:
    return {"M44.count": count, "M44.substantive": substantive, "M44.unscored": unscored, "M44.conversations": conversations}


def test_a_comparison_adds_the_earlier_value_and_the_change(company: Company) -> None:
    table = company.ask("M01", group_by=["account"], compare="prior", limit=1)
    assert table.rows[0].values == {"M01": 2000, "M01.prior": 800, "M01.delta": 1200, "M01.pct": 1.5}


def test_windows_of_different_length_are_compared_by_the_day(company: Company) -> None:
    # 2840 in 28 days against 7250 - 2840 = 4410 in the 63 before: 101.43 a day against 70
    table = company.ask("M08", window="2026-07-19..2026-08-15", compare=Window(start=date(2026, 5, 17), end=date(2026, 7, 18)))
    assert (table.total or {})["M08"] == pytest.approx(2840 / 28 / 70 - 1)


def test_sql_tells_what_it_does(company: Company) -> None:
    sql = company.ask("M01", "M08", group_by=["rep"]).statements[0].sql
    assert "M01 Sum of effective_cost of usage rows on complete days; M08" in sql
    assert "usd_1 = net consumption 2026-07-19 to 2026-08-15, usd_2 = net consumption 2026-06-21 to 2026-07-18" in sql
    assert "credited consumption, and with no rep what nobody is credited for" in sql


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            {"metrics": ["M14"], "group_by": ["sku"]},
            "M14 (Quota attainment) has no breakdown or filter by sku. It has: rep, manager, territory, sku_family.",
        ),
        (
            {"metrics": ["M01"], "order": "M99"},
            "Cannot order by 'M99'. Order by one of: M01 (with - in front for descending, abs: by size).",
        ),
        ({"metrics": ["M98"]}, "Unknown metric 'M98'."),
        ({"metrics": ["M01"], "group_by": ["colour"]}, "Unknown dimension 'colour'."),
    ],
)
def test_wrong_arguments_are_explained(company: Company, query: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelMustRetry) as refused:
        company.ask(*query.pop("metrics"), **query)
    assert str(refused.value).startswith(says)


def test_one_metric_without_the_dimension_does_not_stop_the_others(company: Company) -> None:
    table = company.ask("M01", "M14", group_by=["sku"])
    assert table.rows and table.not_available["M14"].startswith("M14 (Quota attainment) has no breakdown or filter by sku")


def test_history_that_is_too_short_is_said_and_not_computed(company: Company) -> None:
    table = company.ask("M01", "M08", "M09", window="2025-01-20..2025-02-10")
    assert (table.total or {}).keys() == {"M01"}
    assert table.not_available["M08"].startswith("history is too short: usage starts on 15 Jan 2025, the earlier window is 29 Dec 2024")


def test_a_run_rate_is_not_made_from_a_few_days(company: Company) -> None:
    table = company.ask("M01", "M05", window="2026-08-09..2026-08-15")
    assert table.not_available == {"M05": "not annualised from fewer than 14 days (7 days asked)"}


def test_with_three_tables_the_rest_is_not_available_with_its_reason(tmp_path: Any) -> None:
    tables = {name: read_fixture("concentration")["tables"][name] for name in ("rep", "account", "usage_daily")}
    poor = load_company(tmp_path, tables, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))
    table = poor.ask("M01", "M14", "M27", "M36", "M44", "M07", "M03")
    assert (table.total or {})["M01"] == 80  # 30 on 20 July, 50 on 15 August
    assert table.not_available == {
        "M14": "no quota loaded",
        "M27": "no contracts loaded",
        "M36": "no use cases loaded",
        "M44": "no activities loaded",
        "M07": "no causes on file yet",
        "M03": "no consumed quantity loaded",
    }


def test_without_cost_units_are_offered(tmp_path: Any) -> None:
    tables = {name: read_fixture("concentration")["tables"][name] for name in ("rep", "account")}
    tables["usage_daily"] = """
usage_date,account_id,consumed_quantity,ingested_at
2026-08-14,B1,5,2026-08-15 01:00:00
2026-08-15,B1,7,2026-08-16 01:00:00
"""
    poor = load_company(tmp_path, tables, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))
    table = poor.ask("M01", "M03", "M08")
    assert table.not_available == dict.fromkeys(("M01", "M08"), "no cost loaded; M03 (consumption in units) can be asked")
    assert [(row.keys, row.values) for row in table.rows] == [({"consumed_unit": "units"}, {"M03": 12})]
    ordered = poor.ask("M03", "M01", group_by=["account"], order="abs:M01")
    assert [row.values for row in ordered.rows] == [{"M03": 12}], "an order by what cannot be had is no mistake of the asker"


def test_completeness_tells_the_last_day_and_what_of_yesterday_is_here(tmp_path: Any) -> None:
    # 100 a day for six weeks; the 17th has 85 in as many rows, the 18th 45
    tables = {name: read_fixture("concentration")["tables"][name] for name in ("rep", "account")}
    days = [date.fromordinal(date(2026, 8, 18).toordinal() - back) for back in range(42)]
    amounts = {date(2026, 8, 17): 85, date(2026, 8, 18): 45}
    rows = [f"{day},B1,{amounts.get(day, 100)},2026-08-18 12:00:00" for day in days]
    tables["usage_daily"] = "\n".join(["usage_date,account_id,effective_cost,ingested_at", *rows])
    company = load_company(tmp_path, tables, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))
    whole = company.ask("M54", filters={"account": ["B1"]})
    assert whole.total == {"M54.date": "2026-08-15", "M54.pct": 0.85}
    by_day = company.ask("M54", group_by=["day"], filters={"account": ["B1"]})
    shares = {row.keys["day"]: row.values["M54.pct"] for row in by_day.rows}
    assert (shares["2026-08-15"], shares["2026-08-17"], shares["2026-08-18"]) == (1.0, 0.85, 0.45)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def test_a_table_can_be_written_down(company: Company) -> None:
    table = company.ask("M29", "M01", group_by=["account"], filters={"industry": ["retail"]})
    assert MetricTable.model_validate_json(table.model_dump_json()).rows == table.rows


def test_a_run_rate_of_uneven_weeks_says_so(company: Company) -> None:
    assert UNEVEN_WEEKS in company.ask("M05", window="2026-07-17..2026-08-15").notes
    assert UNEVEN_WEEKS not in company.ask("M05").notes
