"""Retention and churn (M19 to M23). Groups of companies count as one, by their parent."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, Range, clock, conditions, resolver


def _nrr_t12m(files: CompanyFiles, key: str, filters: dict[str, str]) -> float | None:
    sql = f"""WITH cohort AS (SELECT DISTINCT {key} FROM {USAGE} WHERE usage_date BETWEEN $d1 - 729 AND $d1 - 700
                              AND effective_cost > 0{conditions(filters)})
              SELECT sum(CASE WHEN usage_date > $d1 - 365 THEN effective_cost END)
                     / sum(CASE WHEN usage_date <= $d1 - 365 THEN effective_cost END)
              FROM {USAGE} JOIN cohort USING ({key}) WHERE usage_date > $d1 - 730"""
    value = files.one(sql, **filters, **clock(files))
    return None if value is None else float(value)


@resolver
def nrr_t12m(files: CompanyFiles, **filters: str) -> tuple[float | None, ...]:
    """Last 365 days over the 365 before, of those who paid in the first month; by parent, or by account where the paper has it so."""
    return _nrr_t12m(files, "family_id", filters), _nrr_t12m(files, "account_id", filters)


def _year_apart(key: str, filters: dict[str, str]) -> str:
    """Consumption of trailing 91 days and of the 91 days a year (364 days) before, of those who had any then."""
    return f"""(SELECT {key}, sum(CASE WHEN usage_date > $d1 - 91 THEN effective_cost ELSE 0 END) AS now,
                       sum(CASE WHEN usage_date BETWEEN $d1 - 454 AND $d1 - 364 THEN effective_cost ELSE 0 END) AS was
                FROM {USAGE} WHERE usage_date >= $d1 - 454{conditions(filters)} GROUP BY 1 HAVING was > 0)"""


@resolver
def nrr_point(files: CompanyFiles, **filters: str) -> tuple[float, ...]:
    values = [
        files.one(f"SELECT sum(now) / sum(was) FROM {_year_apart(key, filters)}", **filters, **clock(files))
        for key in ("family_id", "account_id")
    ]
    return tuple(float(v) for v in values)


@resolver
def retention_cohort(files: CompanyFiles, **filters: str) -> tuple[int, ...]:
    """How many the point-in-time cohort counts, by parent or by account."""
    return tuple(
        int(files.one(f"SELECT count(*) FROM {_year_apart(key, filters)}", **filters, **clock(files)))
        for key in ("family_id", "account_id")
    )


@resolver
def grr(files: CompanyFiles, **filters: str) -> float:
    """Σ of the lesser of now and then over Σ then."""
    sql = f"SELECT sum(least(now, was)) / sum(was) FROM {_year_apart('family_id', filters)}"
    return float(files.one(sql, **filters, **clock(files)))


@resolver
def revenue_churn(files: CompanyFiles, **filters: str) -> float:
    return 1 - grr(files, **filters)


_LOST = f"""
    (SELECT b.account_id, b.account_name, coalesce(n.usd, 0) AS now,
            EXISTS (SELECT 1 FROM contract c WHERE c.account_id = b.account_id AND c.contract_type = 'commit' AND c.start_date <= $d1
                    AND c.end_date > $d1 AND coalesce(c.status, '') NOT IN ('draft', 'cancelled')) AS committed
     FROM (SELECT account_id, account_name FROM {USAGE} WHERE usage_date BETWEEN $d1 - 391 AND $d1 - 364
           GROUP BY 1, 2 HAVING sum(effective_cost) >= 50) b
     LEFT JOIN (SELECT account_id, sum(effective_cost) AS usd FROM {USAGE} WHERE usage_date > $d1 - 28 GROUP BY 1) n USING (account_id))
"""


@resolver
def logo_churn(files: CompanyFiles) -> float:
    """Of those active a year ago, the share under 50 in 28 days without an active commit."""
    return float(files.one(f"SELECT avg(CASE WHEN now < 50 AND NOT committed THEN 1.0 ELSE 0 END) FROM {_LOST}", **clock(files)))


@resolver
def lost_logos(files: CompanyFiles) -> list[str]:
    return files.names(f"SELECT account_name FROM {_LOST} WHERE now < 50 AND NOT committed ORDER BY 1", **clock(files))


@resolver
def use_case_churn(files: CompanyFiles) -> Range:
    """Former monthly currency of workloads that fell by more than 90%, in accounts still active.

    What counts as the twin of a moved workload is left open: the low end leaves out every account where another
    workload rose by half of what was lost, the high end leaves out nothing.
    """
    sql = f"""WITH load AS (SELECT account_id, workload_id,
                sum(CASE WHEN usage_date BETWEEN $d1 - 83 AND $d1 - 56 THEN effective_cost ELSE 0 END) / 28 * 30.4 AS was,
                sum(CASE WHEN usage_date > $d1 - 28 THEN effective_cost ELSE 0 END) / 28 * 30.4 AS now
              FROM {USAGE} WHERE usage_date > $d1 - 84 AND workload_id IS NOT NULL GROUP BY 1, 2),
            active AS (SELECT account_id FROM {USAGE} WHERE usage_date > $d1 - 28 GROUP BY 1 HAVING sum(effective_cost) >= 50),
            lost AS (SELECT * FROM load JOIN active USING (account_id) WHERE was > 50 AND now < 0.1 * was)
            SELECT coalesce(sum(was) FILTER (WHERE NOT EXISTS (SELECT 1 FROM load t WHERE t.account_id = lost.account_id
                     AND t.now - t.was > 0.5 * lost.was)), 0) * 0.9, coalesce(sum(was), 0) FROM lost"""
    low, high = files.row(sql, **clock(files)) or (0, 0)
    return Range(float(low), float(high))
