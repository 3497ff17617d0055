"""A company made by hand for briefs: steady days, so that every figure can be worked out on paper.

Lumen Ovens (L1) uses two workloads. "kitchen boards" costs $200 a day, 30% of it idle. "recipe sync"
costs $100 a day, and $150 from 1 May 2026, a third of it full refreshes of rows that hardly change. Contract
C-7 runs; C-8 is only a draft.
Usage runs from 1 January 2025 to 30 June 2026 and is known on 1 July 2026 at noon: with three days to
settle, the last complete day is 28 June 2026. Bare Bricks (L2) has usage and nothing else, Quiet Mill (L3) not even that.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN, Principal

FIRST, LAST, STEP = date(2025, 1, 1), date(2026, 6, 30), date(2026, 5, 1)
D1 = date(2026, 6, 28)
CONTRACT_START = date(2026, 1, 1)
MINIMUM = ("rep", "account", "usage_daily")
HOSTILE = 'Re-load <script>alert(1)</script> ![x](https://evil.example/p.png) [[F1]] [here](https://evil.example) "now"'

_TABLES = {
    "rep": """
        rep_id | full_name    | role | email
        P1     | Ada Oyelaran | core | ada@ember.example
        P2     | Tom Reyes    | core | tom@ember.example
    """,
    "account": """
        account_id | account_name | owner_rep_id | industry      | country
        L1         | Lumen Ovens  | P1           | manufacturing | NL
        L2         | Bare Bricks  | P2           | building      | BE
        L3         | Quiet Mill   | P2           | milling       | BE
    """,
    "sku": """
        sku_id | sku_name | sku_family | consumed_unit | is_consumption
        Q      | Query    | SQL        | credit        | true
        S      | Sync     | Ingestion  | credit        | true
    """,
    "workload": """
        workload_id | account_id | workload_name  | workload_type | use_case_id
        W1          | L1         | kitchen boards | sql_bi        | U1
        W2          | L1         | recipe sync    | ingestion     |
        W3          | L1         | oven forecasts | sql_bi        | U2
    """,
    "contract": """
        contract_id | account_id | contract_type | commit_amount | start_date | end_date   | signed_date | status | discount_pct | overage_rule   | rollover_rule | payment_terms
        C-7         | L1         | commit        | 100000        | 2026-01-01 | 2027-01-01 | 2025-12-15  | active | 0.2          | on_demand_list | none          | prepaid_annual
        C-8         | L1         | commit        | 100000        | 2026-01-01 | 2027-01-01 | 2025-12-15  | draft  | 0.2          | on_demand_list | none          | prepaid_annual
    """,  # noqa: E501
    "use_case": """
        use_case_id | account_id | owner_rep_id | created_at | use_case_name   | stage        | est_monthly_usd | original_planned_live_date | planned_live_date | actual_live_date | md_champion | lost_reason | business_outcome
        U1          | L1         | P1           | 2025-11-01 | Kitchen boards  | live         | 8000            | 2026-01-10                 | 2026-01-20        | 2026-01-20       | 1           |             | waste per shift is seen the same day
        U2          | L1         | P1           | 2025-11-01 | Oven forecasts  | live         | 900             | 2026-03-01                 | 2026-03-01        | 2026-03-01       |             |             |
        U3          | L1         | P1           | 2025-11-01 | Supplier portal | implementing | 1500            | 2026-05-31                 | 2026-06-15        |                  |             |             |
        U4          | L1         | P1           | 2025-11-01 | Old idea        | lost         | 100             |                            |                   |                  |             | price       |
    """,  # noqa: E501
    "use_case_event": f"""
        event_id | use_case_id | event_at   | event_type  | field_name        | from_value | to_value   | reason
        E1       | U3          | 2026-05-20 | date_change | planned_live_date | 2026-05-31 | 2026-06-15 | {HOSTILE}
    """,
    "contact": """
        contact_id | account_id | full_name | title     | persona        | status
        K1         | L1         | Mira Blom | CFO       | economic_buyer | active
        K2         | L1         | Jos Vink  | Data lead | champion       | left
    """,
    "qbr": """
        qbr_id | account_id | owner_rep_id | due_date   | held_at    | scheduled_at | status    | customer_exec_contact_id | budget_usd | period_start | period_end
        B1     | L1         | P1           | 2026-03-31 | 2026-04-02 |              | held      | K1                       | 120000     | 2026-02-01   | 2027-02-01
        B2     | L1         | P1           | 2026-06-30 |            | 2026-07-08   | scheduled |                          |            |              |
    """,  # noqa: E501
    "action_item": """
        action_id | account_id | created_at | description                     | owner_side | owner_id | due_date   | status | closed_at
        T1        | L1         | 2026-04-02 | Send the pricing sheet for 2027 | vendor     | P1       | 2026-04-20 | open   |
        T2        | L1         | 2026-04-02 | Name a data owner               | customer   | K1       | 2026-04-30 | done   | 2026-04-28
    """,
    "change_event": """
        change_id | change_type | title             | scope_type | scope_value | starts_on  | visibility | status
        X1        | release     | Faster syncs      | sku_family | Ingestion   | 2026-05-05 | public     | live
        X2        | release     | Secret sync trial | sku_family | Ingestion   | 2026-06-05 | nda        | live
        X3        | release     | Storage tiers     | sku_family | Storage     | 2026-06-05 | public     | live
    """,
}


def write_company(folder: Path, *, tables: Collection[str] | None = None) -> Path:
    """Writes the files of the company, or only some of its tables, and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = "name: Ember\ncurrency: USD\nfiscal_year_start_month: 2\nas_of: 2026-07-01 12:00:00\n"
    (folder / "company.yaml").write_text(settings, encoding="utf-8")
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    written = {name: _read(text) for name, text in _TABLES.items()} | {"usage_daily": [row for day in days for row in _usage(day)]}
    for name, rows in written.items():
        if tables is None or name in tables:
            _write(folder / f"{name}.csv", rows)
    return folder


def _read(text: str) -> list[dict[str, Any]]:
    header, *lines = [[cell.strip() for cell in line.split(" | ")] for line in text.strip().splitlines()]
    return [dict(zip(header, [cell.removesuffix("|").strip() for cell in line], strict=False)) for line in lines]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)


def _usage(day: date) -> list[dict[str, Any]]:
    """One day: two workloads of Lumen Ovens (list price is a quarter above net), and Bare Bricks."""
    known = {"usage_date": day, "ingested_at": f"{day + timedelta(days=1)} 05:00:00"}
    paper = {"contract_id": "C-7", "commit_status": "drawdown"} if day >= CONTRACT_START else {"commit_status": "on_demand"}
    boards = known | paper | {"usage_id": f"a{day}", "account_id": "L1", "workload_id": "W1", "sku_id": "Q"}
    syncs = known | paper | {"usage_id": f"b{day}", "account_id": "L1", "workload_id": "W2", "sku_id": "S"}
    bricks = known | {"usage_id": f"c{day}", "account_id": "L2", "sku_id": "Q", "commit_status": "on_demand"}
    credits = 75 if day >= STEP else 50
    refreshed = {"refresh_quantity": 25 if day >= STEP else 0, "rows_processed": 1000, "rows_changed": 50}
    return [
        boards | _cost(100) | {"idle_quantity": 30},
        syncs | _cost(credits) | refreshed,
        bricks | {"consumed_quantity": 10, "effective_cost": 20, "list_cost": 20},
    ]


def _cost(credits: float) -> dict[str, float]:
    return {"consumed_quantity": credits, "effective_cost": 2 * credits, "list_cost": 2.5 * credits}


def load_company(folder: Path, *, tables: Collection[str] | None = None) -> Path:
    """Writes and loads the company, or only some of its tables, and returns its workspace."""
    from meterline_tools.warehouse.load import load

    report = load(folder / "home", [write_company(folder / "files", tables=tables)])
    assert report.status == "loaded", report.model_dump_json(indent=1)
    return folder / "home"


def open_bench(home: Path, principal: Principal = LOCAL_ADMIN) -> Workbench:
    """A workbench on a loaded workspace, without notes."""
    from meterline_tools.catalog import load_catalog
    from meterline_tools.catalog.calendar import FiscalCalendar
    from meterline_tools.catalog.names import NameIndex
    from meterline_tools.warehouse.asof import resolve_as_of
    from meterline_tools.warehouse.engines import open_warehouse
    from meterline_tools.warehouse.views import Views

    warehouse = open_warehouse(home)
    asof = resolve_as_of(warehouse)
    views = Views(warehouse, asof, principal)
    company = warehouse.company
    calendar = FiscalCalendar(company.fiscal_year_start_month, company.fiscal_year_label)
    return Workbench(principal, warehouse, asof, calendar, load_catalog(), views, NameIndex(views, warehouse), notes=None)
