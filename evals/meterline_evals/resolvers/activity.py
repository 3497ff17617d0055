"""Touches, silence, asks and business reviews (M44 to M46)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, clock, conditions, resolver

_TOUCHES = """
    (SELECT x.*, r.full_name, a.account_name, a.industry
     FROM activity x LEFT JOIN rep r USING (rep_id) LEFT JOIN account a USING (account_id)
     WHERE x.activity_type <> 'internal' AND coalesce(x.logged_at, x.occurred_at) <= $known AND x.occurred_at <= $known)
"""
_KINDS = {"": "", "substantive": " AND substance >= 2 AND customer_attendees >= 1", "unscored": " AND substance IS NULL"}


@resolver
def activities(files: CompanyFiles, start: str, end: str, rep: str = "", kind: str = "", **filters: str) -> int:
    """Customer-facing activities; substantive ones have substance 2 or 3 and a customer present."""
    narrowed = {**filters, "full_name": rep} if rep else filters
    sql = f"""SELECT count(*) FROM {_TOUCHES} WHERE CAST(occurred_at AS DATE) BETWEEN $start AND $end{_KINDS[kind]}{conditions(narrowed)}"""
    return int(files.one(sql, start=files.day(start), end=files.day(end), known=files.known_at, **narrowed))


@resolver
def meetings(files: CompanyFiles, start: str, end: str, rep: str, kind: str = "") -> tuple[int, ...]:
    """Meetings alone, or every touch but an e-mail."""
    alone = activities(files, start, end, rep, kind, activity_type="meeting")
    mail = activities(files, start, end, rep, kind, activity_type="email")
    return alone, activities(files, start, end, rep, kind) - mail, activities(files, start, end, rep, kind)


@resolver
def silent(files: CompanyFiles, days: int, strict: bool = False) -> list[str]:
    """Accounts nobody met or called in so many days (`strict`: nor wrote to, and that use the product), the largest first."""
    spoken = "" if strict else " AND x.activity_type NOT IN ('email', 'in_product')"
    active = "HAVING coalesce(sum(u.effective_cost), 0) >= 50" if strict else ""
    sql = f"""SELECT a.account_name FROM account a LEFT JOIN {USAGE} u ON u.account_id = a.account_id AND u.usage_date > $d1 - 28
              WHERE NOT EXISTS (SELECT 1 FROM {_TOUCHES} x WHERE x.account_id = a.account_id
                                AND CAST(x.occurred_at AS DATE) > $d1 - {days - 3}{spoken})
              GROUP BY 1 {active} ORDER BY sum(u.effective_cost) DESC NULLS LAST"""
    return files.names(sql, **clock(files))


@resolver
def asks(files: CompanyFiles, account: str, days: int = 30) -> float:
    """Questions put to an account by anyone; prompts in the product count half."""
    sql = f"""SELECT coalesce(sum(CASE WHEN activity_type = 'in_product' THEN 0.5 ELSE 1 END), 0) FROM {_TOUCHES}
              WHERE account_name = $account AND ask_type IS NOT NULL AND ask_type <> '' AND CAST(occurred_at AS DATE) > $d1 - {days}"""
    return float(files.one(sql, account=account, **clock(files)))


@resolver
def qbr_compliance(files: CompanyFiles) -> float:
    """Of core accounts at 60,000 a year and 90 days of age, those with a review held with an executive in 90 days."""
    sql = f"""WITH eligible AS (SELECT account_id FROM {USAGE} WHERE usage_date > $d1 - 28 AND motion = 'core'
                                GROUP BY 1 HAVING sum(effective_cost) / 28 * 365 >= 60000),
                   aged AS (SELECT account_id FROM {USAGE} GROUP BY 1 HAVING min(usage_date) <= $d1 - 90)
              SELECT avg(CASE WHEN EXISTS (SELECT 1 FROM qbr q WHERE q.account_id = e.account_id AND q.status = 'held'
                                           AND coalesce(q.customer_exec_contact_id, '') <> ''
                                           AND CAST(q.held_at AS DATE) BETWEEN $d1 - 89 AND $d1) THEN 1.0 ELSE 0 END)
              FROM eligible e JOIN aged USING (account_id)"""
    return float(files.one(sql, **clock(files)))
