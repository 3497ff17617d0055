"""Counts of customers (M24 to M26)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import CREDITED, USAGE, clock, conditions, resolver


@resolver
def customers(files: CompanyFiles, **filters: str) -> int:
    """Accounts with at least 50 net in the trailing 28 days."""
    source = CREDITED if "full_name" in filters else USAGE
    sql = f"""SELECT count(*) FROM (SELECT account_id FROM {source} WHERE usage_date > $d1 - 28{conditions(filters)}
              GROUP BY 1 HAVING sum(effective_cost) >= 50)"""
    return int(files.one(sql, **filters, **clock(files)))


@resolver
def customers_over(files: CompanyFiles, over: float = 100_000, **filters: str) -> int:
    """Customers, rolled to parents, with more than `over` net in trailing 365 days."""
    sql = f"""SELECT count(*) FROM (SELECT family_id FROM {USAGE} WHERE usage_date > $d1 - 365{conditions(filters)}
              GROUP BY 1 HAVING sum(effective_cost) > $over)"""
    return int(files.one(sql, over=over, **filters, **clock(files)))


@resolver
def new_logos(files: CompanyFiles, start: str = "fy0", end: str = "d1", **filters: str) -> int:
    """Accounts whose cumulative net first reached 500 inside the window."""
    sql = f"""WITH by_day AS (SELECT account_id, usage_date, sum(effective_cost) AS usd FROM {USAGE}
                              WHERE true{conditions(filters)} GROUP BY 1, 2),
                   running AS (SELECT *, sum(usd) OVER (PARTITION BY account_id ORDER BY usage_date) AS so_far FROM by_day),
                   crossed AS (SELECT account_id, min(usage_date) AS day FROM running WHERE so_far >= 500 GROUP BY 1)
              SELECT count(*) FROM crossed WHERE day BETWEEN $start AND $end"""
    return int(files.one(sql, start=files.day(start), end=files.day(end), **filters, **clock(files)))
