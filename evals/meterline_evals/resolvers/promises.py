"""Actions of business reviews, and what the workload that an action names consumed before and since."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, clock, resolver

_KNOWN = """
    (SELECT i.*, a.account_name, CASE WHEN i.closed_at > $known THEN 'open' ELSE coalesce(i.status, 'open') END AS state
     FROM action_item i JOIN account a USING (account_id) WHERE coalesce(i.created_at, $known) <= $known)
"""


@resolver
def promised(files: CompanyFiles, account: str, side: str) -> int:
    """Actions of one side: those of the last review that was held, later ones, and all that are still open."""
    sql = f"""SELECT count(*) FROM {_KNOWN} WHERE account_name = $account AND owner_side = $side AND (state = 'open' OR
                CAST(created_at AS DATE) >= (SELECT max(CAST(q.held_at AS DATE)) - 3 FROM qbr q JOIN account b USING (account_id)
                                             WHERE b.account_name = $account AND q.status = 'held' AND q.held_at <= $known))"""
    return int(files.one(sql, account=account, side=side, known=clock(files)["known"]))


@resolver
def overdue(files: CompanyFiles, side: str = "") -> int:
    """Open actions whose day has passed, of one side or of both."""
    own = " AND owner_side = $side" if side else ""
    sql = f"SELECT count(*) FROM {_KNOWN} WHERE state = 'open' AND due_date < CAST($known AS DATE){own}"
    return int(files.one(sql, known=clock(files)["known"], **({"side": side} if side else {})))


@resolver
def workload_month(files: CompanyFiles, account: str, workload: str, when: str) -> float:
    """Money a month of a workload: in the four weeks before its done action was agreed, or in the whole weeks since it was done.

    The action is the newest done one that names the workload; at most four of those weeks count, up to the last complete day.
    """
    days = clock(files)
    sql = f"""WITH act AS (SELECT CAST(created_at AS DATE) AS agreed, CAST(closed_at AS DATE) AS done FROM {_KNOWN}
                           WHERE account_name = $account AND state = 'done' AND contains(lower(description), lower($workload))
                           ORDER BY closed_at DESC LIMIT 1),
                   weeks AS (SELECT *, CAST(7 * least(4, ($d1 - done) // 7) AS INTEGER) AS days FROM act),
                   span AS (SELECT CASE WHEN $when = 'before' THEN agreed - 28 ELSE $d1 - days + 1 END AS first,
                                   CASE WHEN $when = 'before' THEN agreed - 1 ELSE $d1 END AS last FROM weeks)
              SELECT sum(u.effective_cost) / (max(last) - max(first) + 1) * 30.4
              FROM {USAGE} u JOIN workload w USING (workload_id) JOIN account a ON a.account_id = u.account_id, span
              WHERE a.account_name = $account AND w.workload_name = $workload AND u.usage_date BETWEEN first AND last"""
    return float(files.one(sql, account=account, workload=workload, when=when, **days) or 0.0)
