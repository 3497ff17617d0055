"""A company made by hand for reviews and the morning coffee: steady days, a team, a handover, one of each thing.

Dollars a day from 1 January to 30 June 2026, known on 1 July at noon, so that the last complete day is 28 June:
Alder 250 on a commitment; Birch 100, and 160 from 22 June with a confirmed cause; Cedar 50, handed over from Bo to
Ann on 30 May; Dune 120; Elm 200, and 320 from 22 June with no cause on file; Fern 300 from its first day, 24 June.
The fiscal year is the calendar year: 179 of its 365 days have passed, and as much of the quota is due.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST, LAST, STEP, D1 = date(2026, 1, 1), date(2026, 6, 30), date(2026, 6, 22), date(2026, 6, 28)
DUE = 36_500 * 179 / 365
"""Dollars of each quota that are due by 28 June."""
DAILY = {"A1": 250, "A2": 100, "A3": 50, "B1": 120, "B2": 200}
STEPPED = {"A2": 160, "B2": 320}

_TABLES = {
    "rep": """
        rep_id | full_name   | role    | manager_rep_id | email             | segment    | start_date
        V1     | Vera Stone  | vp      |                | vera@tallow.test  |            | 2020-01-01
        M1     | Max Orban   | manager | V1             | max@tallow.test   |            | 2020-01-01
        RA     | Ann Reyes   | core    | M1             | ann@tallow.test   | enterprise | 2022-01-01
        RB     | Bo Lind     | core    | M1             | bo@tallow.test    | enterprise | 2022-01-01
        RC     | Cy Adu      | core    | V1             | cy@tallow.test    | mid_market | 2022-01-01
        RN     | Nia Okeke   | core    | M1             | nia@tallow.test   | enterprise | 2026-05-15
    """,
    "account": """
        account_id | account_name | owner_rep_id | industry | segment    | motion
        A1         | Alder Mills  | RA           | paper    | enterprise | core
        A2         | Birch Rail   | RA           | rail     | enterprise | core
        A3         | Cedar Foods  | RA           | food     | mid_market | core
        B1         | Dune Optics  | RB           | optics   | enterprise | core
        B2         | Elm Ports    | RB           | ports    | enterprise | core
        C1         | Fern Labs    | RC           | labs     | mid_market | core
    """,
    "account_assignment": """
        assignment_id | account_id | rep_id | assignment_role | valid_from | valid_to   | credit_pct
        S1            | A1         | RA     | primary         | 2025-01-01 |            | 1
        S2            | A2         | RA     | primary         | 2025-01-01 |            | 1
        S3            | A3         | RB     | primary         | 2025-01-01 | 2026-05-30 | 1
        S4            | A3         | RA     | primary         | 2026-05-30 |            | 1
        S5            | B1         | RB     | primary         | 2025-01-01 |            | 1
        S6            | B2         | RB     | primary         | 2025-01-01 |            | 1
        S7            | C1         | RC     | primary         | 2025-01-01 |            | 1
    """,
    "quota": """
        quota_id | fiscal_year | rep_id | quota_type              | baseline_annual_usd | incremental_quota_usd | snapped_on | version
        Q1       | 2026        | RA     | incremental_consumption | 36500               | 36500                 | 2026-01-02 | 1
        Q2       | 2026        | RB     | incremental_consumption | 146000              | 36500                 | 2026-01-02 | 1
    """,
    "contract": """
        contract_id | account_id | contract_type | commit_amount | start_date | end_date   | signed_date | status
        K1          | A1         | commit        | 60000         | 2026-01-01 | 2027-01-01 | 2025-12-01  | active
    """,
    "use_case": """
    use_case_id | account_id | use_case_name | stage | est_monthly_usd | created_at | owner_rep_id | planned_live_date | actual_live_date
    U1 | B1 | Lens archive | identified | 900 | 2026-06-24 | RB | 2026-12-20 |
    U2 | A1 | Pulp forecast | live | 700 | 2026-01-10 | RA | 2026-06-20 | 2026-06-25
    U3 | B2 | Berth planner | implementing | 1200 | 2026-02-01 | RB | 2026-09-01 |
    """,
    "use_case_event": """
        event_id | use_case_id | event_at            | event_type   | field_name        | from_value   | to_value
        E1       | U2          | 2026-06-25 09:00:00 | stage_change | stage             | implementing | live
        E2       | U3          | 2026-06-26 09:00:00 | date_change  | planned_live_date | 2026-08-01   | 2026-09-01
    """,
    "activity": "",
    "enablement_event": """
        event_id | subject_type | subject_id | account_id | event_type       | program | quantity | occurred_at         | expires_on
        N1       | rep          | RA         |            | cert_passed      | Meters  |          | 2026-02-01 09:00:00 | 2027-02-01
        N2       | account      | A1         | A1         | voucher_issued   | Meters  | 10       | 2026-03-01 09:00:00 | 2026-07-15
        N3       | account      | A1         | A1         | voucher_redeemed | Meters  | 4        | 2026-04-01 09:00:00 | 2026-07-15
    """,
    "qbr": """
        qbr_id | account_id | owner_rep_id | due_date   | status
        G1     | B1         | RB           | 2026-06-10 | due
        G2     | A2         | RA           | 2026-07-10 | scheduled
    """,
    "forecast": """
        forecast_id | account_id | period_month | source      | version_date | amount_usd
        F1          | A1         | 2026-07-01   | model       | 2026-06-01   | 9000
        F2          | A1         | 2026-07-01   | model       | 2026-06-20   | 10000
        F3          | A1         | 2026-07-01   | rep_overlay | 2026-06-20   | 500
    """,
    "usage_annotation": """
        annotation_id | account_id | day        | cause        | durability | excess_usd | status    | source | confirmed_at
        X1            | A2         | 2026-06-22 | new_use_case | durable    | 420        | confirmed | note   | 2026-06-27 10:00:00
    """,
}


def _activities() -> list[dict[str, Any]]:
    """In the 30 days to 28 June: Ann and Cy 8 of substance and 4 without, Bo 2 without; one each day."""
    rows = []
    for rep, account, good, other in (("RA", "A1", 8, 4), ("RC", "C1", 8, 4), ("RB", "B1", 0, 2)):
        for n in range(good + other):
            when = f"2026-06-{n + 2:02d} 10:00:00"
            substance = 2 if n < good else 0
            rows.append(
                {
                    "activity_id": f"{rep}-{n}",
                    "account_id": account,
                    "rep_id": rep,
                    "activity_type": "meeting",
                    "occurred_at": when,
                    "logged_at": when,
                    "customer_attendees": 1,
                    "substance": substance,
                }
            )
    return rows


def _usage() -> list[dict[str, Any]]:
    rows = []
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        spent = {account: STEPPED.get(account, usd) if day >= STEP else usd for account, usd in DAILY.items()}
        if day >= date(2026, 6, 24):
            spent["C1"] = 300
        for account, usd in spent.items():
            paper = (
                {"contract_id": "K1", "commit_status": "drawdown"} if account == "A1" else {"contract_id": "", "commit_status": "on_demand"}
            )
            known = f"{day + timedelta(days=1)} 05:00:00"
            rows.append(
                {
                    "usage_id": f"{account}{day}",
                    "usage_date": day,
                    "account_id": account,
                    "effective_cost": usd,
                    "ingested_at": known,
                    **paper,
                }
            )
    return rows


def write_tallow(folder: Path, *, without: Collection[str] = (), settings: str = "") -> Path:
    """Writes the files of the company, but for some of its tables, and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "company.yaml").write_text(f"name: Tallow\ncurrency: USD\nfiscal_year_start_month: 1\nas_of: 2026-07-01 12:00:00\n{settings}")
    made = {"activity": _activities(), "usage_daily": _usage()}
    for name in (*_TABLES, "usage_daily"):
        if name not in without:
            _write(folder / f"{name}.csv", made.get(name) or _read(_TABLES[name]))
    return folder


def load_tallow(folder: Path, **more: Any) -> Path:
    """Writes and loads the company and returns its workspace."""
    from meterline_tools.warehouse.load import load

    report = load(folder / "home", [write_tallow(folder / "files", **more)])
    assert report.status == "loaded", report.model_dump_json(indent=1)
    return folder / "home"


def _read(text: str) -> list[dict[str, Any]]:
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
