"""Breakdowns: concentration, adoption of products, the newest product (M16, M17)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, clock, conditions, resolver


@resolver
def concentration(files: CompanyFiles, top: int = 5, **filters: str) -> float:
    """Share of the largest `top` customers (rolled to parents) in trailing 91 days."""
    sql = f"""WITH by_family AS (SELECT sum(effective_cost) AS usd FROM {USAGE}
                                 WHERE usage_date > $d1 - 91{conditions(filters)} GROUP BY family_id)
              SELECT (SELECT sum(usd) FROM (SELECT usd FROM by_family ORDER BY usd DESC LIMIT {top})) / sum(usd) FROM by_family"""
    return float(files.one(sql, **filters, **clock(files)))


@resolver
def adopters(files: CompanyFiles, **filters: str) -> int:
    """Accounts with at least 100 net on the filtered products in trailing 28 days."""
    sql = f"""SELECT count(*) FROM (SELECT account_id FROM {USAGE} WHERE usage_date > $d1 - 28{conditions(filters)}
              GROUP BY 1 HAVING sum(effective_cost) >= 100)"""
    return int(files.one(sql, **filters, **clock(files)))


@resolver
def largest_of(files: CompanyFiles, column: str, start: str, end: str, **filters: str) -> float:
    """Consumption of the largest value of a column, such as industry."""
    sql = f"""SELECT sum(effective_cost) AS usd FROM {USAGE} WHERE usage_date BETWEEN $start AND $end{conditions(filters)}
              GROUP BY {column} ORDER BY usd DESC LIMIT 1"""
    return float(files.one(sql, start=files.day(start), end=files.day(end), **filters, **clock(files)))


@resolver
def top_accounts(files: CompanyFiles, start: str, end: str, limit: int = 5, **filters: str) -> list[str]:
    """Names of the largest accounts of a window, the largest first."""
    sql = f"""SELECT account_name FROM {USAGE} WHERE usage_date BETWEEN $start AND $end{conditions(filters)}
              GROUP BY account_id, account_name ORDER BY sum(effective_cost) DESC LIMIT {limit}"""
    return files.names(sql, start=files.day(start), end=files.day(end), **filters, **clock(files))
