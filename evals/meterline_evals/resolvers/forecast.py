"""Forecast rows and how far they were off (M48, M49)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, clock, resolver

# The newest version of each row that was known on a day, of one source.
_NEWEST = """
    (SELECT *, row_number() OVER (PARTITION BY account_id, coalesce(sku_family, ''), period_month, source, coalesce(use_case_id, '')
                                  ORDER BY version_date DESC) AS age FROM forecast WHERE version_date <= {until})
"""


@resolver
def bare_overlays(files: CompanyFiles) -> list[str]:
    """Accounts whose newest overlay names no use case."""
    newest = _NEWEST.format(until="$d1")
    sql = f"""SELECT DISTINCT account_name FROM {newest} JOIN account USING (account_id)
              WHERE age = 1 AND source <> 'model' AND coalesce(use_case_id, '') = '' ORDER BY 1"""
    return files.names(sql, d1=files.d1)


@resolver
def model_wape(files: CompanyFiles) -> float:
    """Σ |actual − model| over Σ actual of the last six closed months, by the version in force 30 days before each month."""
    newest = _NEWEST.format(until="period_month - 30")
    sql = f"""WITH f AS (SELECT account_id, period_month, sum(amount_usd) AS said FROM {newest}
                         WHERE age = 1 AND source = 'model' GROUP BY 1, 2),
                   a AS (SELECT account_id, CAST(date_trunc('month', usage_date) AS DATE) AS period_month, sum(effective_cost) AS was
                         FROM {USAGE} GROUP BY 1, 2)
              SELECT sum(abs(was - said)) / sum(was) FROM f JOIN a USING (account_id, period_month)
              WHERE period_month < $this AND period_month >= $this - INTERVAL 6 MONTH"""
    return float(files.one(sql, this=files.day("m0"), **clock(files)))
