"""Consumption over a window, its pace and its changes (M01 to M10, M13b)."""

from __future__ import annotations

from datetime import date

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import CREDITED, ONE_DAY, USAGE, as_day, clock, conditions, money_column, resolver, total


@resolver
def consumption(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Net consumption in a window; filters are columns such as full_name (a rep), account_name, industry, sku_family."""
    return total(files, start, end, money_column(filters), filters)


@resolver
def team_consumption(files: CompanyFiles, manager: str, start: str, end: str) -> float:
    """Credits of all who report to a manager, directly or not, on each day."""
    sql = f"""WITH RECURSIVE team AS (
                SELECT rep_id FROM rep WHERE full_name = $manager
                UNION SELECT r.rep_id FROM rep r JOIN team t ON r.manager_rep_id = t.rep_id)
              SELECT coalesce(sum(credited), 0) FROM {CREDITED} c JOIN rep r ON r.full_name = c.full_name
              WHERE r.rep_id IN (SELECT rep_id FROM team) AND usage_date BETWEEN $start AND $end"""
    return float(files.one(sql, manager=manager, start=files.day(start), end=files.day(end), **clock(files)))


@resolver
def list_consumption(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    return total(files, start, end, "list_cost", filters)


@resolver
def units(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Consumed quantity; the filters must leave one unit."""
    return total(files, start, end, "consumed_quantity", filters)


def _days(files: CompanyFiles, start: str, end: str) -> int:
    return (files.day(end) - files.day(start)).days + 1


@resolver
def daily(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Mean per calendar day."""
    return consumption(files, start, end, **filters) / _days(files, start, end)


@resolver
def annualised(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Daily mean over the window times 365."""
    return daily(files, start, end, **filters) * 365


def _before(files: CompanyFiles, start: str | date, end: str | date) -> tuple[date, date]:
    """The preceding window of equal length."""
    first, last = as_day(files, start), as_day(files, end)
    return first - (last - first) - ONE_DAY, first - ONE_DAY


@resolver
def growth(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Window over the preceding window of equal length, less one."""
    return consumption(files, start, end, **filters) / total(files, *_before(files, start, end), money_column(filters), filters) - 1


@resolver
def change(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Window less the preceding window of equal length, in currency."""
    return consumption(files, start, end, **filters) - total(files, *_before(files, start, end), money_column(filters), filters)


@resolver
def year_on_year(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    """Window over the window 364 days earlier, less one."""
    first, last = files.day(start), files.day(end)
    return (
        consumption(files, start, end, **filters)
        / total(files, first - 364 * ONE_DAY, last - 364 * ONE_DAY, money_column(filters), filters)
        - 1
    )


@resolver
def largest_change(files: CompanyFiles, start: str, end: str, sign: int = 1, **filters: str) -> float:
    """The change of the account that gained (sign 1) or lost (-1) most against the preceding equal window."""
    before, _ = _before(files, start, end)
    column = money_column(filters)
    source = CREDITED if "full_name" in filters else USAGE
    order = "DESC" if sign > 0 else "ASC"
    sql = f"""SELECT sum(CASE WHEN usage_date >= $first THEN {column} ELSE -{column} END) AS moved
              FROM {source} WHERE usage_date BETWEEN $before AND $last{conditions(filters)}
              GROUP BY account_id ORDER BY moved {order} LIMIT 1"""
    return float(files.one(sql, first=files.day(start), last=files.day(end), before=before, **filters, **clock(files)))


@resolver
def labelled_excess(files: CompanyFiles, start: str, end: str, durability: str = "", **filters: str) -> float:
    """Excess over baseline that confirmed ledger entries label one-time, seasonal or external (or only one of these)."""
    kinds = [durability] if durability else ["one_time", "seasonal", "external"]
    sql = f"""SELECT coalesce(sum(n.excess_usd), 0) FROM usage_annotation n JOIN account a USING (account_id)
              WHERE n.status = 'confirmed' AND n.durability IN (SELECT unnest($kinds)) AND n.day BETWEEN $start AND $end
                AND (n.confirmed_at IS NULL OR n.confirmed_at <= $known){conditions(filters)}"""
    return float(files.one(sql, kinds=kinds, start=files.day(start), end=files.day(end), known=files.known_at, **filters))


@resolver
def durable_arr(files: CompanyFiles, **filters: str) -> float:
    """91 days without the excess that the ledger labels passing, annualised."""
    net = consumption(files, "d1-90", "d1", **filters)
    return (net - labelled_excess(files, "d1-90", "d1", **filters)) / 91 * 365


@resolver
def incremental_arr(files: CompanyFiles, **filters: str) -> float:
    """Consumption ARR now less that of the last day before the fiscal year."""
    return annualised(files, "d1-90", "d1", **filters) - annualised(files, "fy0-91", "fy0-1", **filters)


@resolver
def latest_week(files: CompanyFiles, **filters: str) -> tuple[float, ...]:
    """The newest week: seven days to d1, or what there is of the calendar week that holds d1 (from Monday or Sunday), or the one before."""
    monday = files.d1 - files.d1.weekday() * ONE_DAY
    sunday = files.d1 - (files.d1.weekday() + 1) % 7 * ONE_DAY
    starts = [(files.d1 - 6 * ONE_DAY, files.d1), (monday, files.d1), (sunday, files.d1), (monday - 7 * ONE_DAY, monday - ONE_DAY)]
    return tuple(total(files, first, last, money_column(filters), filters) for first, last in starts)
