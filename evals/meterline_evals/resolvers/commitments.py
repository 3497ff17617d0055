"""Commitments, renewals and backlog (M27 to M35)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, Range, clock, conditions, resolver

# Commits with what was drawn on them in their term, and the pace of the last 28 days.
_COMMITS = f"""
    (SELECT c.*, a.account_name, c.commit_amount + coalesce(c.rollover_in_amount, 0) AS size,
            coalesce(u.drawn, 0) AS drawn, coalesce(u.lately, 0) / 28 AS rate
     FROM contract c JOIN account a USING (account_id)
     LEFT JOIN (SELECT u.contract_id, sum(u.effective_cost) AS drawn,
                       sum(CASE WHEN u.usage_date > $d1 - 28 THEN u.effective_cost ELSE 0 END) AS lately
                FROM {USAGE} u JOIN contract k USING (contract_id)
                WHERE u.usage_date >= k.start_date AND u.usage_date < k.end_date AND u.commit_status IN ('drawdown', 'overage')
                GROUP BY 1) u USING (contract_id)
     WHERE c.contract_type = 'commit' AND coalesce(c.status, '') NOT IN ('draft', 'cancelled'))
"""
_RUNNING = "start_date <= $d1 AND end_date > $d1"


def _of(files: CompanyFiles, expression: str, account: str) -> float:
    """A value of the running commit of an account, the one that ends first when several run."""
    sql = f"SELECT {expression} FROM {_COMMITS} WHERE account_name = $account AND {_RUNNING} ORDER BY end_date LIMIT 1"
    value = files.one(sql, account=account, **clock(files))
    if value is None:
        raise ValueError(f"{account} has no running commit")
    return float(value)


@resolver
def drawdown(files: CompanyFiles, account: str) -> float:
    return _of(files, "least(1, drawn / size)", account)


@resolver
def commit_pace(files: CompanyFiles, account: str) -> float:
    elapsed = "(date_diff('day', start_date, $d1 + 1) / date_diff('day', start_date, end_date)::DOUBLE)"
    return _of(files, f"drawn / size / {elapsed}", account)


@resolver
def commit_left(files: CompanyFiles, account: str) -> float:
    return _of(files, "greatest(0, size - drawn)", account)


@resolver
def run_out_early(files: CompanyFiles) -> list[str]:
    """Accounts whose commit is used up, or at the pace of 28 days will be, before its term ends."""
    sql = f"""SELECT DISTINCT account_name FROM {_COMMITS} WHERE {_RUNNING}
              AND size - drawn - 0.85 * rate * date_diff('day', $d1 + 1, end_date) < 0"""
    return files.names(sql, **clock(files))


@resolver
def pace_ahead(files: CompanyFiles) -> list[str]:
    """Accounts whose commit is surely exhausted early: used up, or far ahead of the line."""
    sql = f"""SELECT account_name FROM {_COMMITS} WHERE {_RUNNING}
              AND size - drawn - rate * date_diff('day', $d1 + 1, end_date) < -0.25 * size ORDER BY size DESC"""
    return files.names(sql, **clock(files))


@resolver
def ending(files: CompanyFiles, days: int) -> list[str]:
    """Accounts with a commit whose term ends within so many days after d1."""
    sql = f"""SELECT DISTINCT account_name FROM {_COMMITS} WHERE start_date <= $d1 AND end_date > $d1 AND end_date - 1 <= $d1 + {days}"""
    return files.names(sql, **clock(files))


@resolver
def rpo(files: CompanyFiles, **filters: str) -> float:
    """What is left of signed commits that cannot be cancelled, those not yet begun included."""
    sql = f"""SELECT coalesce(sum(greatest(0, size - drawn)), 0) FROM {_COMMITS}
              WHERE end_date > $d1 AND signed_date <= $d1 AND NOT coalesce(is_cancellable, false){conditions(filters)}"""
    return float(files.one(sql, **filters, **clock(files)))


@resolver
def crpo(files: CompanyFiles) -> Range:
    """Of that, what falls into 365 days: by term (low end) or all of it (a customer who consumes ahead)."""
    sql = f"""SELECT coalesce(sum(greatest(0, size - drawn) * least(1, 365.0 / greatest(1, date_diff('day', $d1 + 1, end_date)))), 0)
              FROM {_COMMITS} WHERE end_date > $d1 AND signed_date <= $d1 AND NOT coalesce(is_cancellable, false)"""
    return Range(float(files.one(sql, **clock(files))) * 0.8, rpo(files))


@resolver
def renewal_rate(files: CompanyFiles) -> float:
    """Renewed commit, capped at what expired, over what expired in trailing 365 days."""
    sql = """SELECT sum(least(c.commit_amount, coalesce(n.commit_amount, 0))) / sum(c.commit_amount)
             FROM contract c LEFT JOIN contract n ON n.prior_contract_id = c.contract_id AND n.contract_type = 'commit'
             WHERE c.contract_type = 'commit' AND c.end_date BETWEEN $d1 - 364 AND $d1"""
    return float(files.one(sql, d1=files.d1))


@resolver
def committed_share(files: CompanyFiles, **filters: str) -> float:
    sql = f"""SELECT sum(CASE WHEN commit_status = 'drawdown' THEN effective_cost ELSE 0 END) / sum(effective_cost)
              FROM {USAGE} WHERE usage_date > $d1 - 91{conditions(filters)}"""
    return float(files.one(sql, **filters, **clock(files)))


@resolver
def overage(files: CompanyFiles, start: str, end: str, **filters: str) -> float:
    sql = f"""SELECT coalesce(sum(effective_cost), 0) FROM {USAGE}
              WHERE commit_status = 'overage' AND usage_date BETWEEN $start AND $end{conditions(filters)}"""
    return float(files.one(sql, start=files.day(start), end=files.day(end), **filters, **clock(files)))
