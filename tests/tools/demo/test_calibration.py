"""The full company of seed 7: sizes, noise, completeness and savings as the domain asks. Slow, so run by `make drills`."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from meterline_tools.demo import generate
from tests.tools.demo.conftest import Files

pytestmark = pytest.mark.drill
D1 = date(2026, 8, 15)
LAST_28 = "usage_date > DATE '2026-08-15' - 28"


def test_the_company_has_the_size_it_should(full: Files) -> None:
    year = dict(full.rows("SELECT account_id, sum(effective_cost) FROM net WHERE usage_date > DATE '2026-08-15' - 365 GROUP BY 1"))
    assert 12e6 < sum(year.values()) < 15e6
    assert 25 <= sum(v > 100_000 for v in year.values()) <= 40
    assert 3 <= sum(v > 1_000_000 for v in year.values()) <= 6
    assert 330_000 < full.value("SELECT count(*) FROM usage_daily") < 430_000
    assert full.value("SELECT count(*) FROM support_ticket") == 350
    assert 1060 <= len(full.notes) <= 1140


def test_quiet_accounts_move_by_seven_to_ten_percent(full: Files) -> None:
    """Log change of 28 days against the 28 before, for accounts without an event, wherever four earlier months exist."""
    quiet = json.loads(full.manifest.truth.read_text(encoding="utf-8"))["quiet_accounts"]
    table = full.rows("SELECT account_id, usage_date, sum(effective_cost) FROM net GROUP BY 1, 2")
    days = {(account, day): usd for account, day, usd in table}
    changes = []
    for account in quiet:
        for back in range(0, 560, 28):
            end = D1 - timedelta(days=back)
            now, before, old = (sum(days.get((account, end - timedelta(days=lag + i)), 0.0) for i in range(28)) for lag in (0, 28, 112))
            if before > 0 and old > 0 and now > 0:
                changes.append(np.log(now / before))
    assert len(changes) > 350
    assert 0.07 <= float(np.std(changes)) <= 0.10


def test_the_last_complete_day_is_the_fifteenth(full: Files) -> None:
    """M54: rows and dollars of a day against the median of the same weekday in the four weeks before."""
    received = full.rows(
        """WITH d AS (SELECT usage_date, count(*) AS n, sum(effective_cost) AS usd FROM usage_daily GROUP BY 1)
           SELECT a.usage_date, a.n / median(b.n), a.usd / median(b.usd) FROM d a JOIN d b
           ON date_diff('day', b.usage_date, a.usage_date) IN (7, 14, 21, 28)
           WHERE a.usage_date > DATE '2026-08-04' GROUP BY a.usage_date, a.n, a.usd ORDER BY 1 DESC"""
    )
    whole = [day for day, rows, usd in received if min(rows, usd) >= 0.97 and (date(2026, 8, 18) - day).days >= 3]
    assert whole[0] == D1
    partial = {day.day: min(rows, usd) for day, rows, usd in received}
    assert partial[18] == pytest.approx(0.45, abs=0.06)
    assert partial[17] == pytest.approx(0.85, abs=0.06)
    assert partial[16] == pytest.approx(0.97, abs=0.03)


@pytest.mark.parametrize(
    ("rule", "fires"),
    [
        ("idle", "sum(idle_quantity) / sum(consumed_quantity) >= 0.15"),
        ("retry", "sum(retry_quantity) / sum(consumed_quantity) >= 0.05 AND sum(jobs_failed) / sum(jobs_failed + jobs_succeeded) >= 0.03"),
        ("refresh", "sum(refresh_quantity) / sum(consumed_quantity) >= 0.30 AND sum(rows_changed) / sum(rows_processed) <= 0.10"),
    ],
)
def test_each_savings_rule_has_few_accounts_where_it_fires_and_many_where_not(full: Files, rule: str, fires: str) -> None:
    workloads = f"SELECT account_id FROM net WHERE {LAST_28} GROUP BY account_id, workload_id HAVING {fires}"
    hit = full.value(f"SELECT count(DISTINCT account_id) FROM ({workloads})")
    measured = full.value(f"SELECT count(DISTINCT account_id) FROM net WHERE {LAST_28} AND retry_quantity IS NOT NULL")
    assert 1 <= hit <= measured * 0.5, rule


def test_some_commits_run_out_early_under_a_dearer_overage_rule(full: Files) -> None:
    ahead = full.rows(
        f"""WITH used AS (SELECT contract_id, sum(effective_cost) AS usd, sum(CASE WHEN {LAST_28} THEN effective_cost END) / 28 AS rate
                          FROM net GROUP BY contract_id)
            SELECT account_name FROM contract JOIN used USING (contract_id) JOIN account USING (account_id)
            WHERE contract_type = 'commit' AND overage_rule IN ('on_demand_list', 'premium') AND end_date > DATE '2026-08-15'
            AND commit_amount > usd AND DATE '2026-08-15' + CAST((commit_amount - usd) / rate AS INTEGER) < end_date"""
    )
    assert ("Bluefin Outfitters",) in ahead
    assert len(ahead) < 15


def test_the_upstream_event_hit_twenty_six_unrelated_accounts_by_sixty_percent_or_more(full: Files) -> None:
    rows = full.rows(
        """SELECT account_id, sum(CASE WHEN usage_date BETWEEN DATE '2026-03-12' AND DATE '2026-03-17' THEN effective_cost END) / 6
                  / (sum(CASE WHEN usage_date BETWEEN DATE '2026-02-09' AND DATE '2026-03-08' THEN effective_cost END) / 28)
           FROM net JOIN workload USING (account_id, workload_id) WHERE connector_type = 'hubspot_like_crm' GROUP BY 1"""
    )
    assert len(rows) == 26
    assert sum(rise >= 1.6 for _, rise in rows) >= 24
    truth = [e for e in full.truth if e["cause"] == "upstream_api_change"]
    assert len(truth) == 26
    assert all(e["affected_accounts"] == truth[0]["affected_accounts"] for e in truth)


def test_retail_baselines_were_snapped_on_a_peak(full: Files) -> None:
    """Retail consumed less in February to April than the line says; the company as a whole did not fall as far."""

    def ratio(where: str) -> float:
        after, before = (
            full.value(
                f"SELECT sum(effective_cost) / {n} FROM net JOIN account USING (account_id) WHERE {where} AND usage_date BETWEEN {span}"
            )
            for n, span in ((89, "DATE '2026-02-01' AND DATE '2026-04-30'"), (91, "DATE '2025-11-02' AND DATE '2026-01-31'"))
        )
        return float(after) / float(before)

    assert ratio("industry = 'retail'") < 0.97
    assert ratio("industry <> 'retail'") > ratio("industry = 'retail'") + 0.05


def test_generating_the_full_company_takes_less_than_twenty_cpu_seconds(tmp_path: Path) -> None:
    start = time.process_time()
    generate(tmp_path / "company", seed=11)
    assert time.process_time() - start < 20
