"""The examiner's own checks: each can fail, and its arithmetic is right."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterline.answer import Answer, Withheld
from meterline_evals.command import parse_seeds
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Graded, Task, load_tasks
from meterline_evals.report import report, wilson
from meterline_evals.resolvers import RESOLVERS
from meterline_evals.scorers import CHECKS, grade
from meterline_tools.receipts import Citation, Entity, Figure, Receipt, Window


def write(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def files(tmp_path: Path) -> CompanyFiles:
    """Two accounts; A is handed from Ana to Bo on 1 March 2026. d1 is 10 March, the fiscal year starts in February."""
    (tmp_path / "company.yaml").write_text("as_of: 2026-03-13T12:00:00\nfiscal_year_start_month: 2\nsettle_lag_days: 3\n")
    write(tmp_path, "rep", [{"rep_id": "r1", "full_name": "Ana"}, {"rep_id": "r2", "full_name": "Bo"}])
    accounts = [("A", "Aster", "r1", "retail"), ("B", "Birch", "r2", "media")]
    write(
        tmp_path,
        "account",
        [
            {"account_id": a, "account_name": n, "owner_rep_id": o, "industry": i, "region": "EMEA", "segment": "enterprise"}
            for a, n, o, i in accounts
        ],
    )
    write(
        tmp_path,
        "sku",
        [
            {"sku_id": "s1", "sku_family": "Compute", "is_consumption": True},
            {"sku_id": "s2", "sku_family": "Support", "is_consumption": False},
        ],
    )
    usage = [
        # account, day, sku, net, list, category, received
        ("A", "2026-02-27", "s1", 100, 120, "Usage", "2026-02-28"),
        ("A", "2026-03-05", "s1", 150, 180, "Usage", "2026-03-06"),
        ("A", "2026-03-05", "s2", 999, 999, "Usage", "2026-03-06"),
        ("A", "2026-03-05", "s1", 999, 999, "Tax", "2026-03-06"),
        ("A", "2026-03-05", "s1", 999, 999, "Usage", "2026-03-14"),
        ("A", "2026-03-11", "s1", 999, 999, "Usage", "2026-03-12"),
        ("B", "2026-03-06", "s1", 40, 40, "Usage", "2026-03-07"),
        ("B", "2026-02-26", "s1", 60, 60, "Usage", "2026-03-07"),
    ]
    keys = ("account_id", "usage_date", "sku_id", "effective_cost", "list_cost", "charge_category", "ingested_at")
    write(tmp_path, "usage_daily", [dict(zip(keys, row, strict=True)) | {"ingested_at": row[6] + " 06:00:00"} for row in usage])
    spans = [("A", "r1", "2025-01-01", "2026-03-01"), ("A", "r2", "2026-03-01", None)]
    write(
        tmp_path,
        "account_assignment",
        [
            {"account_id": a, "rep_id": r, "assignment_role": "primary", "valid_from": f, "valid_to": t, "credit_pct": 1.0}
            for a, r, f, t in spans
        ],
    )
    write(
        tmp_path,
        "quota",
        [
            {
                "rep_id": "r1",
                "account_id": None,
                "fiscal_year": 2027,
                "quota_type": "incremental_consumption",
                "version": v,
                "baseline_annual_usd": b,
                "incremental_quota_usd": k,
            }
            for v, b, k in [(1, 1, 1), (2, 365, 730)]
        ],
    )
    return CompanyFiles(tmp_path, d1=date(2026, 3, 10))


def test_days_follow_the_fiscal_calendar(files: CompanyFiles) -> None:
    assert files.d1 == date(2026, 3, 10)
    assert files.day("d1-9") == date(2026, 3, 1)
    assert files.day("fy0") == files.day("fq0") == date(2026, 2, 1)
    assert files.fiscal_year_label() == 2027
    with pytest.raises(ValueError, match="no day expression"):
        files.day("soon?")


@pytest.mark.parametrize(
    ("name", "args", "value"),
    [
        ("consumption", {"start": "2026-03-01", "end": "d1"}, 190.0),  # 150 + 40: tax, support, late and unsettled rows are out
        ("consumption", {"start": "2026-03-01", "end": "d1", "industry": "retail"}, 150.0),
        ("consumption", {"start": "fy0", "end": "d1", "full_name": "Ana"}, 100.0),  # before the handover only
        ("consumption", {"start": "fy0", "end": "d1", "full_name": "Bo"}, 250.0),  # 150 after it, and his own 100
        ("list_consumption", {"start": "2026-03-01", "end": "d1"}, 220.0),
        ("annualised", {"start": "2026-03-01", "end": "d1"}, 190 / 10 * 365),
        ("growth", {"start": "2026-03-01", "end": "d1"}, 190 / 160 - 1),
        ("change", {"start": "2026-03-01", "end": "d1"}, 30.0),
        ("largest_change", {"start": "2026-03-01", "end": "d1", "sign": 1}, 50.0),
        ("largest_change", {"start": "2026-03-01", "end": "d1", "sign": -1}, -20.0),
        ("customers", {}, 2),
        ("incremental_fytd", {"rep": "Ana"}, 100 - 365 * 38 / 365),  # 38 of 365 days, newest quota version
        ("attainment_to_date", {"rep": "Ana"}, 62 / 730),
        ("attainment_pace", {"rep": "Ana"}, 62 / (730 * 38 / 365)),
        ("required_run_rate", {"rep": "Ana"}, (1095 - 100) / 327 * 365),
    ],
)
def test_resolvers_compute_what_a_person_would(files: CompanyFiles, name: str, args: dict[str, Any], value: float) -> None:
    assert RESOLVERS[name](files, **args) == pytest.approx(value)


TASK = Task(
    id="T",
    intent="I03",
    style="leader",
    question="?",
    expect=["ANSWER"],
    asker="Bo",
    entities=["Birch"],
    metrics=["M01"],
    window=["2026-03-01", "d1"],
    figures=[{"metric": "M01", "resolver": "consumption", "args": {"start": "2026-03-01", "end": "d1", "account_name": "Birch"}}],
    must_cite=["note"],
    must_say=["birch"],
    must_not=["oops"],
)


def good() -> Answer:
    entity = Entity(type="account", id="B", name="Birch")
    window = Window(start=date(2026, 3, 1), end=date(2026, 3, 10))
    figure = Figure(
        id="F1",
        receipt="R1",
        metric="M01",
        label="Net",
        value=40.0,
        unit="USD",
        display="$40",
        window=window,
        entity=entity,
        cell=(0, "usd"),
    )
    receipt = Receipt(id="R1", kind="metric", tool="query_metrics", columns=["account", "usd"], rows=[["B", 40.0]], row_count=1)
    citation = Citation(id="C1", source="note", source_id="N-1", quote="yes", side="customer")
    return Answer(
        answer_type="ANSWER", headline="Birch: $40", text="Birch: $40", figures=[figure], receipts=[receipt], citations=[citation]
    )


def test_a_right_answer_passes_all_checks(files: CompanyFiles) -> None:
    assert grade(TASK, good(), files) == {}


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        ("type", {"answer_type": "CLARIFY"}),
        ("entities", {"figures": [], "headline": "", "text": ""}),
        ("metrics", {"figures": []}),
        ("window", {"figures": [good().figures[0].model_copy(update={"window": Window(start=date(2026, 3, 2), end=date(2026, 3, 10))})]}),
        ("figures", {"figures": [good().figures[0].model_copy(update={"value": 42.0})]}),
        ("citations", {"citations": []}),
        ("words", {"text": "Birch, oops"}),
        ("receipts", {"receipts": []}),
        ("withheld", {"withheld": [Withheld(text="x", reason="y")]}),
        ("scope", {"figures": [good().figures[0].model_copy(update={"entity": Entity(type="account", id="Z", name="Zinnia")})]}),
    ],
)
def test_each_check_can_fail(files: CompanyFiles, check: str, spoil: dict[str, Any]) -> None:
    assert check in CHECKS
    assert check in grade(TASK, good().model_copy(update=spoil), files)


def test_the_interval_is_wilsons() -> None:
    # 8 of 10: the textbook interval is 0.490 to 0.943.
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_report_counts_and_names_failures() -> None:
    text = report([Graded(task=TASK, seed=1, elapsed_ms=5.0), Graded(task=TASK, seed=2, failures={"type": "is CLARIFY"}, elapsed_ms=9.0)])
    assert "I03                    1     2     50%" in text
    assert "T seed 2" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_seeds_are_read_as_written() -> None:
    assert parse_seeds("1-3") == [1, 2, 3]
    assert parse_seeds("1,4,9") == [1, 4, 9]
    with pytest.raises(Exception, match="no list of seeds"):
        parse_seeds("one")


def test_every_task_names_resolvers_that_exist() -> None:
    tasks = load_tasks()
    assert {e.resolver for t in tasks for e in t.figures} <= set(RESOLVERS)
    assert sum(t.smoke for t in tasks) >= 15


def test_the_last_complete_day_is_found_apart_from_the_warehouse(tmp_path: Path) -> None:
    """Ten rows a day from 1 February; of 8 March only nine are in. Settled is what is three days old on 12 March."""
    (tmp_path / "company.yaml").write_text("as_of: 2026-03-12T12:00:00\nsettle_lag_days: 3\n")
    days = [date(2026, 2, 1) + timedelta(days=n) for n in range(39)]
    rows = [(day, 9 if day in (date(2026, 3, 8), date(2026, 3, 9)) else 10) for day in days]
    write(
        tmp_path,
        "usage_daily",
        [
            {"usage_date": day, "effective_cost": 5, "ingested_at": f"{day} 23:00:00", "charge_category": "Usage", "charge_class": None}
            for day, n in rows
            for _ in range(n)
        ],
    )
    assert CompanyFiles(tmp_path).d1 == date(2026, 3, 7)
