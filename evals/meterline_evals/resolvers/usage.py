"""Expected figures, computed from the company's files by plain SQL written apart from the catalogue.

A resolver takes the files and its arguments and returns one value. Days are expressions of company.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from meterline_evals.company import CompanyFiles

Resolver = Callable[..., Any]
Named = TypeVar("Named", bound=Resolver)
RESOLVERS: dict[str, Resolver] = {}

# Usage that counts: usage charges of consumption SKUs, known by the time of knowledge, on complete days.
_USAGE = """
    (SELECT u.*, s.sku_family, a.account_name, a.industry, a.region, a.segment, a.owner_rep_id
     FROM usage_daily u LEFT JOIN sku s USING (sku_id) JOIN account a USING (account_id)
     WHERE coalesce(u.charge_category, 'Usage') = 'Usage' AND coalesce(s.is_consumption, true)
       AND u.ingested_at <= $known AND u.usage_date <= $d1)
"""
# Credit follows the primary assignments of each day; an account without any belongs to its owner.
_CREDITED = f"""
    (SELECT u.*, r.full_name, u.effective_cost * coalesce(x.credit_pct, 1) AS credited
     FROM {_USAGE} u
     LEFT JOIN account_assignment x ON x.account_id = u.account_id AND x.assignment_role = 'primary'
       AND u.usage_date >= x.valid_from AND (x.valid_to IS NULL OR u.usage_date < x.valid_to)
     JOIN rep r ON r.rep_id = coalesce(x.rep_id,
       CASE WHEN NOT EXISTS (SELECT 1 FROM account_assignment y
                             WHERE y.account_id = u.account_id AND y.assignment_role = 'primary') THEN u.owner_rep_id END))
"""


def resolver(function: Named) -> Named:
    RESOLVERS[function.__name__] = function
    return function


def _clock(files: CompanyFiles) -> dict[str, Any]:
    return {"known": files.known_at, "d1": files.d1}


def _sum(files: CompanyFiles, start: str | date, end: str | date, column: str, filters: dict[str, str]) -> float:
    """Σ column of usage rows in a window, where each filter column equals its value."""
    source = _CREDITED if "full_name" in filters else _USAGE
    conditions = "".join(f" AND {name} = ${name}" for name in filters)
    sql = f"SELECT coalesce(sum({column}), 0) FROM {source} WHERE usage_date BETWEEN $start AND $end{conditions}"
    first, last = (files.day(d) if isinstance(d, str) else d for d in (start, end))
    return float(files.one(sql, start=first, end=last, **filters, **_clock(files)))


def _money_column(filters: dict[str, str]) -> str:
    return "credited" if "full_name" in filters else "effective_cost"


@resolver
def consumption(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Net consumption in a window; filters are columns such as full_name (a rep), account_name, industry, sku_family."""
    return _sum(files, start, end, _money_column(filters), filters)


@resolver
def list_consumption(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    return _sum(files, start, end, "list_cost", filters)


@resolver
def annualised(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Daily mean over the window times 365."""
    days = (files.day(end) - files.day(start)).days + 1
    return consumption(files, start, end, **filters) / days * 365


@resolver
def growth(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Window over the preceding window of equal length, less one."""
    first, last = files.day(start), files.day(end)
    length = last - first
    column = _money_column(filters)
    before = _sum(files, first - length - _ONE_DAY, first - _ONE_DAY, column, filters)
    return consumption(files, start, end, **filters) / before - 1


@resolver
def change(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Window less the preceding window of equal length, in currency."""
    first, last = files.day(start), files.day(end)
    before = _sum(files, first - (last - first) - _ONE_DAY, first - _ONE_DAY, _money_column(filters), filters)
    return consumption(files, start, end, **filters) - before


@resolver
def year_on_year(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Window over the window 364 days earlier, less one."""
    first, last = files.day(start), files.day(end)
    before = _sum(files, first - 364 * _ONE_DAY, last - 364 * _ONE_DAY, _money_column(filters), filters)
    return consumption(files, start, end, **filters) / before - 1


def _quota(files: CompanyFiles, rep: str) -> tuple[float, float]:
    """Baseline and incremental quota of the fiscal year, of the latest version of each row."""
    row = files.row(
        """SELECT sum(baseline_annual_usd), sum(incremental_quota_usd) FROM (
             SELECT q.*, row_number() OVER (PARTITION BY q.rep_id, q.account_id ORDER BY version DESC) AS newest
             FROM quota q JOIN rep r USING (rep_id)
             WHERE r.full_name = $rep AND fiscal_year = $year AND quota_type = 'incremental_consumption') WHERE newest = 1""",
        rep=rep,
        year=files.fiscal_year_label(),
    )
    if row is None or row[0] is None:
        raise ValueError(f"{rep} has no quota")
    return float(row[0]), float(row[1])


def _elapsed(files: CompanyFiles) -> float:
    start, end = files.day("fy0"), files.fiscal_year_end()
    return ((files.d1 - start).days + 1) / (end - start).days


@resolver
def incremental_fytd(files: CompanyFiles, rep: str) -> float:
    baseline, _ = _quota(files, rep)
    return consumption(files, "fy0", "d1", full_name=rep) - baseline * _elapsed(files)


@resolver
def attainment_to_date(files: CompanyFiles, rep: str) -> float:
    return incremental_fytd(files, rep) / _quota(files, rep)[1]


@resolver
def attainment_pace(files: CompanyFiles, rep: str) -> float:
    """With even quarter weights; weighted quotas are left to the catalogue's own fixtures."""
    return incremental_fytd(files, rep) / (_quota(files, rep)[1] * _elapsed(files))


@resolver
def required_run_rate(files: CompanyFiles, rep: str) -> float:
    baseline, quota = _quota(files, rep)
    remaining = (files.fiscal_year_end() - files.d1).days - 1
    return (baseline + quota - consumption(files, "fy0", "d1", full_name=rep)) / remaining * 365


@resolver
def customers(files: CompanyFiles, **filters: str) -> int:
    """Accounts with at least 50 net in the trailing 28 days."""
    conditions = "".join(f" AND {name} = ${name}" for name in filters)
    sql = f"""SELECT count(*) FROM (SELECT account_id FROM {_USAGE} WHERE usage_date > $d1 - 28{conditions}
              GROUP BY 1 HAVING sum(effective_cost) >= 50)"""
    return int(files.one(sql, **filters, **_clock(files)))


@resolver
def activities(files: CompanyFiles, rep: str, start: str, end: str, substantive: bool = False) -> int:
    """Customer-facing activities of a rep; substantive ones have substance 2 or 3 and a customer present."""
    extra = " AND substance >= 2 AND customer_attendees >= 1" if substantive else ""
    sql = f"""SELECT count(*) FROM activity JOIN rep USING (rep_id) WHERE full_name = $rep AND activity_type <> 'internal'
              AND CAST(occurred_at AS DATE) BETWEEN $start AND $end{extra}"""
    return int(files.one(sql, rep=rep, start=files.day(start), end=files.day(end)))


@resolver
def largest_change(files: CompanyFiles, start: str, end: str, sign: int = 1) -> float:
    """The change of the account that gained (sign 1) or lost (-1) most against the preceding equal window."""
    first, last = files.day(start), files.day(end)
    before = first - (last - first) - _ONE_DAY
    order = "DESC" if sign > 0 else "ASC"
    sql = f"""SELECT sum(CASE WHEN usage_date >= $first THEN effective_cost ELSE -effective_cost END) AS moved
              FROM {_USAGE} WHERE usage_date BETWEEN $before AND $last GROUP BY account_id ORDER BY moved {order} LIMIT 1"""
    return float(files.one(sql, first=first, last=last, before=before, **_clock(files)))


_ONE_DAY = date(2000, 1, 2) - date(2000, 1, 1)
