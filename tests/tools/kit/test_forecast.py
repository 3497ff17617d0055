"""The forecast and sizing tools on a company of three accounts, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.names import NameIndex
from meterline_tools.errors import ModelMustRetry, Refused
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN, Principal
from tests.tools.catalog.snapshot import Company, load_company, person

D1 = date(2026, 8, 15)
DAYS = 203  # from 25 January on: 29 whole weeks


def _usage() -> str:
    """A1 uses 10 a day of Compute, A2 20 a day, of which 5 is AI; A3 only its first three weeks of 4 a day."""
    lines = ["usage_id,usage_date,account_id,sku_id,commit_status,consumed_quantity,effective_cost,ingested_at"]
    for n in range(DAYS):
        day = D1 - timedelta(days=n)
        rows = [("A1", "S1", "drawdown", 100, 10), ("A2", "S1", "on_demand", 150, 15), ("A2", "S2", "on_demand", 2.5, 5)]
        rows += [("A3", "S1", "on_demand", 40, 4)] if n < 21 else []
        lines += [f"u{n}{a}{s},{day},{a},{s},{c},{q},{usd},2026-08-16 01:00:00" for a, s, c, q, usd in rows]
    return "\n".join(lines)


TABLES = {
    "rep": "rep_id,full_name,role\nR1,Ada Quist,core\nR2,Ben Ortiz,core",
    "account": "account_id,account_name,owner_rep_id,segment\nA1,Kiln & Loom,R1,mid\nA2,Harbor Foods,R2,mid\nA3,Zephyr Bank,R2,mid",
    "sku": "sku_id,sku_name,sku_family,consumed_unit,is_consumption\nS1,Runs,Compute,credit,true\nS2,Words,AI,m_tokens,true",
    "usage_daily": _usage(),
    "use_case": "use_case_id,account_id,use_case_name,stage,created_at\nU1,A1,Loom telemetry,approved,2026-05-01 00:00:00",
    "forecast": """
        forecast_id,account_id,period_month,source,version_date,amount_usd,low_usd,high_usd,overlay_reason,use_case_id,submitted_by
        f1,A1,2026-08-01,model,2026-08-01,310,,,,,
        f2,A1,2026-09-01,model,2026-08-01,330,310,350,,,
        o1,A1,2026-09-01,rep_overlay,2026-08-02,40,,,Go-live,U1,R1
        o2,A2,2026-09-01,rep_overlay,2026-08-02,25,,,Feels strong,,R2
    """,
    "contract": (
        "contract_id,account_id,contract_type,discount_pct,start_date,end_date,signed_date,status\n"
        "C1,A1,commit,0.1,2026-01-01,2027-01-01,2025-12-01,active"
    ),
    "price": """
        price_id,sku_id,contract_id,tier_from,tier_to,tier_period,unit_price,valid_from
        p1,S1,,0,1000,month,0.20,2025-01-01
        p2,S1,,1000,,month,0.15,2025-01-01
    """,
}
for _name in ("forecast", "price"):
    TABLES[_name] = "\n".join(line.strip() for line in TABLES[_name].strip().splitlines())


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    settings = {"fiscal_year_start_month": 2}
    loaded = load_company(tmp_path_factory.mktemp("forecast"), TABLES, settings, D1, datetime(2026, 8, 18, 12))
    yield loaded
    loaded.warehouse.close()


def bench(company: Company, principal: Principal = LOCAL_ADMIN) -> Workbench:
    views = company.views(principal)
    return Workbench(
        principal=principal,
        warehouse=company.warehouse,
        asof=company.asof,
        calendar=company.calendar,
        catalog=load_catalog(),
        views=views,
        names=NameIndex(views, company.warehouse),
        notes=None,
    )


def ask(company: Company, tool: str = "forecast", principal: Principal = LOCAL_ADMIN, **arguments: Any) -> dict[str, Any]:
    return TOOLS[tool](bench(company, principal), **arguments)


def values(reply: dict[str, Any], figures: dict[str, str]) -> dict[str, Any]:
    return {name: reply["figures"][figure]["value"] for name, figure in figures.items()}


def test_a_landing_is_what_is_consumed_and_what_is_left(company: Company) -> None:
    """September of A1: the company's 330 and an overlay of 40. The range of its row is 310 to 350, laid around 370."""
    reply = ask(company, account="A1", horizon="September 2026")
    total = values(reply, reply["total"]["figures"])
    assert (total["model"], total["overlay"], total["landing"]) == (330, 40, 370)
    assert (total["low"], total["high"]) == pytest.approx((350, 390))
    assert reply["source"] == "company" and "actual" not in total


def test_of_the_running_month_only_the_days_to_come_are_forecast(company: Company) -> None:
    """August of A1: 15 days of 10 are consumed; 16 of 31 days of the company's 310 are left."""
    reply = ask(company, account="Kiln & Loom", horizon="this month")
    total = values(reply, reply["total"]["figures"])
    assert (total["actual"], total["model"], total["landing"]) == pytest.approx((150, 160, 310))


def test_where_the_company_has_no_row_meterlines_own_model_answers(company: Company) -> None:
    """A2 uses 20 a day, without a change in 29 weeks: 30 days of September make 600; the overlay adds 25."""
    reply = ask(company, account="A2", horizon="September 2026")
    total = values(reply, reply["total"]["figures"])
    assert (total["model"], total["overlay"]) == pytest.approx((600, 25), rel=1e-3)
    assert reply["source"] == "meterline"


@pytest.mark.parametrize("by", ["month", "account", "rep", "segment", "sku_family"])
def test_parts_add_up_to_the_total(company: Company, by: str) -> None:
    reply = ask(company, by=by, limit=2)
    total = values(reply, reply["total"]["figures"])
    rows = [*reply["rows"], *([reply["rest"]] if reply["rest"] else [])]
    for name in ("actual", "model", "overlay", "landing"):
        assert sum(values(reply, row["figures"]).get(name, 0.0) for row in rows) == pytest.approx(total[name])


def test_overlays_are_told_with_what_is_behind_them_and_cited(company: Company) -> None:
    made = bench(company)
    reply = TOOLS["forecast"](made)
    assert {row["id"]: row["behind"] for row in reply["overlays"]["rows"]} == {"o1": "use_case", "o2": "nothing"}
    assert values(reply, reply["overlays"]["figures"])["unbacked"] == 25
    cited = {c.source_id: (c.source, c.quote) for c in made.book.citations.values()}
    assert cited == {"o1": ("forecast", "Go-live"), "o2": ("forecast", "Feels strong")}


def test_a_rep_sees_the_own_book_and_no_other(company: Company) -> None:
    reply = ask(company, principal=person("R1"), by="account", horizon="September 2026")
    assert [row["keys"]["account"] for row in reply["rows"]] == ["A1"]
    with pytest.raises(Refused):
        ask(company, principal=person("R1"), account="Harbor Foods")


def test_the_forecast_is_kept_and_a_damaged_one_is_made_anew(company: Company) -> None:
    from meterline_tools.kit import outlooks

    first = outlooks.book_outlook(bench(company))
    folder = Path(str(company.warehouse.engine.url.database)).parent.parent / outlooks.FOLDER
    (kept,) = folder.glob("*.json")
    kept.write_text("{", encoding="utf-8")
    outlooks._kept.clear()
    assert outlooks.book_outlook(bench(company)) == first
    outlooks._kept.clear()
    assert outlooks.book_outlook(bench(company)) == first


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"horizon": "last quarter"}, "is over"),
        ({"horizon": "2030"}, "at most a year ahead"),
        ({"by": "sku"}, "breakdown of a forecast"),
        ({"filters": {"workload": ["x"]}}, "cannot be cut by workload"),
    ],
)
def test_what_cannot_be_forecast_is_said(company: Company, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelMustRetry, match=says):
        ask(company, **arguments)


def test_a_quantity_is_priced_tier_by_tier_less_the_discount(company: Company) -> None:
    """3,000 credits: 1,000 at .20 and 2,000 at .15 are 500 at list; 10% off is 450, .15 a credit."""
    reply = ask(company, "size", account="A1", product="Compute", quantity=3000.0)
    total = values(reply, reply["total"]["figures"])
    assert total == pytest.approx({"list": 500, "net": 450, "discount": 0.1})
    steps = [values(reply, {k: f for k, f in tier.items() if f}) for tier in reply["lines"][0]["tiers"]]
    assert [(s["quantity"], s["amount"]) for s in steps] == [(1000, 180), (2000, 270)]
    assert values(reply, reply["lines"][0]["figures"])["effective"] == pytest.approx(0.15)


def test_the_next_tier_counts_from_what_is_used_in_a_month(company: Company) -> None:
    """A3 used 21 x 40 = 840 credits in 91 days: 280.6 a month, so 719.4 are left until 1,000."""
    reply = ask(company, "size", account="A3", product="Runs")
    figures = values(reply, reply["lines"][0]["figures"])
    assert (figures["now"], figures["next"], figures["left"]) == pytest.approx((280.6, 1000, 719.4), abs=0.1)


def test_without_a_price_what_was_paid_lately_stands_in_and_is_said(company: Company) -> None:
    """A2 pays 5 for 2.5 million tokens, 2 a million: 10 million cost 20."""
    reply = ask(company, "size", account="A2", unit="tokens", quantity=1e7)
    assert values(reply, reply["total"]["figures"]) == pytest.approx({"net": 20})
    assert any("no price on record" in note for note in reply["assumptions"])


def test_a_product_nobody_sells_is_answered_with_those_there_are(company: Company) -> None:
    with pytest.raises(ModelMustRetry, match="Unknown product 'Bananas'"):
        ask(company, "size", product="Bananas", quantity=5.0)
    with pytest.raises(ModelMustRetry, match="Name a product or a unit"):
        ask(company, "size", quantity=5.0)
