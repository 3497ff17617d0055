"""A company small enough to examine by hand, and an answer about it that passes every check."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from meterline.answer import Answer, Claim
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Task
from meterline_tools.receipts import Citation, Entity, Figure, Receipt, Window

D1 = date(2026, 3, 10)


def write(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def rows(header: str, *lines: str) -> list[dict[str, Any]]:
    """Rows of a table written with bars; an empty cell is nothing."""
    keys = [key.strip() for key in header.split("|")]
    return [dict(zip(keys, (cell.strip() for cell in line.split("|")), strict=True)) for line in lines]


def write_company(folder: Path) -> CompanyFiles:
    """Two accounts; Aster is handed from Ana to Bo on 1 March 2026. d1 is 10 March, the fiscal year starts in February."""
    (folder / "company.yaml").write_text("as_of: 2026-03-13T12:00:00\nfiscal_year_start_month: 2\nsettle_lag_days: 3\n")
    write(
        folder,
        "rep",
        rows(
            "rep_id | full_name | preferred_name | role    | manager_rep_id | start_date",
            "r1     | Ana       |                | core    | r3             | 2024-01-01",
            "r2     | Bo        | Bobo           | hunter  | r3             | 2024-01-01",
            "r3     | Cleo      |                | manager |                | 2024-01-01",
        ),
    )
    write(
        folder,
        "account",
        rows(
            "account_id | account_name | owner_rep_id | industry | region | segment    | motion",
            "A          | Aster        | r1           | retail   | EMEA   | enterprise | core",
            "B          | Birch        | r2           | media    | EMEA   | enterprise | self_serve",
        ),
    )
    write(
        folder,
        "sku",
        rows("sku_id | sku_name | sku_family | is_consumption", "s1 | Run | Compute | true", "s2 | Help | Support | false"),
    )
    write(
        folder,
        "usage_daily",
        rows(
            "account_id | usage_date | sku_id | workload_id | effective_cost | list_cost | consumed_quantity | charge_category"
            " | ingested_at",
            "A | 2025-03-05 | s1 | w1 | 200 | 200 | 20 | Usage | 2025-03-06 06:00:00",
            "B | 2025-03-05 | s1 | w3 |  50 |  50 |  5 | Usage | 2025-03-06 06:00:00",
            "A | 2026-02-27 | s1 | w1 | 100 | 120 | 10 | Usage | 2026-02-28 06:00:00",
            "A | 2026-03-05 | s1 | w1 | 150 | 180 | 15 | Usage | 2026-03-06 06:00:00",
            "A | 2026-03-05 | s2 | w1 | 999 | 999 |  1 | Usage | 2026-03-06 06:00:00",
            "A | 2026-03-05 | s1 | w1 | 999 | 999 |  1 | Tax   | 2026-03-06 06:00:00",
            "A | 2026-03-05 | s1 | w1 | 999 | 999 |  1 | Usage | 2026-03-14 06:00:00",
            "A | 2026-03-11 | s1 | w1 | 999 | 999 |  1 | Usage | 2026-03-12 06:00:00",
            "B | 2026-03-06 | s1 | w3 |  40 |  40 |  4 | Usage | 2026-03-07 06:00:00",
            "B | 2026-02-26 | s1 | w3 |  60 |  60 |  6 | Usage | 2026-03-07 06:00:00",
        ),
    )
    _write_crm(folder)
    _write_use_cases_and_certificates(folder)
    return CompanyFiles(folder, d1=D1)


def _write_crm(folder: Path) -> None:
    write(
        folder,
        "account_assignment",
        rows(
            "account_id | rep_id | assignment_role | valid_from | valid_to   | credit_pct",
            "A          | r1     | primary         | 2025-01-01 | 2026-03-01 | 1.0",
            "A          | r2     | primary         | 2026-03-01 |            | 1.0",
        ),
    )
    write(
        folder,
        "quota",
        rows(
            "rep_id | account_id | fiscal_year | quota_type              | version | baseline_annual_usd | incremental_quota_usd",
            "r1     |            | 2027        | incremental_consumption | 1       | 1                   | 1",
            "r1     |            | 2027        | incremental_consumption | 2       | 365                 | 730",
        ),
    )
    write(
        folder,
        "contract",
        rows(
            "contract_id | account_id | contract_type | commit_amount | start_date | end_date   | signed_date | status | prior_contract_id",
            "c1          | A          | commit        | 1000          | 2025-01-01 | 2026-01-01 | 2024-12-01  | renewed |",
            "c2          | A          | commit        | 700           | 2026-01-01 | 2027-01-01 | 2025-12-01  | active  | c1",
            "c3          | B          | commit        | 500           | 2026-01-01 | 2027-01-01 | 2025-12-01  | draft   |",
        ),
    )


def _write_use_cases_and_certificates(folder: Path) -> None:
    write(
        folder,
        "use_case",
        rows(
            "use_case_id | account_id | owner_rep_id | use_case_name | stage      | est_monthly_usd | created_at | planned_live_date",
            "u1          | A          | r2           | Churn alarm   | evaluating | 100             | 2026-03-01 | 2026-06-01",
            "u2          | A          | r2           | churn alarm   | qualified  | 100             | 2026-03-02 | 2026-06-01",
            "u3          | B          | r2           | Stock view    | approved   | 300             | 2025-06-01 | 2026-03-09",
            "u4          | B          | r1           | Old idea      | lost       | 900             | 2026-03-01 | 2026-03-09",
        ),
    )
    write(
        folder,
        "use_case_event",
        rows(
            "use_case_id | event_at   | event_type  | field_name        | from_value | to_value",
            "u1          | 2026-03-03 | date_change | planned_live_date | 2026-05-01 | 2026-06-01",
            "u4          | 2026-03-03 | date_change | planned_live_date | 2026-05-01 | 2026-04-01",
        ),
    )
    write(
        folder,
        "enablement_event",
        rows(
            "subject_type | subject_id | event_type       | program | quantity | occurred_at | expires_on",
            "account      | A          | voucher_issued   | Basics  | 5        | 2026-01-05  |",
            "account      | A          | voucher_redeemed | Basics  | 2        | 2026-02-05  |",
            "rep          | r1         | voucher_issued   | Basics  | 9        | 2026-01-05  |",
            "rep          | r1         | cert_passed      | Basics  |          | 2026-01-05  | 2027-01-05",
            "rep          | r2         | cert_passed      | Basics  |          | 2024-01-05  | 2025-01-05",
        ),
    )


TASK = Task(
    id="T",
    intent="I03",
    style="leader",
    question="What did Birch use?",
    expect=["ANSWER"],
    asker="Bo",
    entities=["Birch"],
    metrics=["M01"],
    window=["2026-03-01", "d1"],
    figures=[{"metric": "M01", "resolver": "consumption", "args": {"start": "@start", "end": "@end", "account_name": "Birch"}}],
    lists=[{"resolver": "top_accounts", "args": {"start": "d1-9", "end": "d1", "industry": "media"}, "metric": "M01"}],
    must_cite=["ticket|note"],
    must_say=["oak|birch"],
    must_not=["oops"],
)


def good() -> Answer:
    """The right answer to TASK."""
    window = Window(start=date(2026, 3, 1), end=D1)
    figure = Figure(
        id="F1",
        receipt="R1",
        metric="M01",
        label="Net",
        value=40.0,
        unit="USD",
        display="$40",
        window=window,
        entity=Entity(type="account", id="B", name="Birch"),
        cell=(0, "usd"),
    )
    receipt = Receipt(
        id="R1", kind="metric", tool="query_metrics", sql="SELECT 1", columns=["account", "usd"], rows=[["B", 40.0]], row_count=1
    )
    return Answer(
        answer_type="ANSWER",
        headline="Birch: $40",
        text="Birch: $40[^1], as “10 out of 10 said” on 3 Mar 2026.\n\n[^1]: Net · receipt R1",
        figures=[figure],
        claims=[Claim(text="Birch: $40", kind="measured", figures=["F1"])],
        receipts=[receipt],
        citations=[Citation(id="C1", source="note", source_id="N-1", quote="10 out of 10 said", side="customer")],
    )
