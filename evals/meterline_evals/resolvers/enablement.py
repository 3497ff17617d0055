"""Vouchers, certificates and self-serve accounts that look ready (M47, M47b, M51)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, clock, resolver


@resolver
def vouchers_outstanding(files: CompanyFiles) -> int:
    """Issued less redeemed less expired, customers' vouchers only."""
    sql = """SELECT coalesce(sum(CASE WHEN event_type = 'voucher_issued' THEN quantity ELSE -quantity END), 0) FROM enablement_event
             WHERE event_type IN ('voucher_issued', 'voucher_redeemed', 'voucher_expired') AND subject_type <> 'rep'
               AND CAST(occurred_at AS DATE) <= $d1"""
    return int(files.one(sql, d1=files.d1))


_HOLDERS = """
    (SELECT DISTINCT subject_id FROM enablement_event WHERE subject_type = 'rep' AND event_type = 'cert_passed'
       AND occurred_at <= $known AND coalesce(CAST(expires_on AS DATE), DATE '2999-01-01') > $d1 AND program = $program)
"""


@resolver
def certified_share(files: CompanyFiles, program: str) -> tuple[float, ...]:
    """Quota-carrying reps who hold a certificate of the program; also with newcomers of 60 days left out."""
    sql = f"""SELECT avg(h), avg(h) FILTER (WHERE old) FROM (
                SELECT CASE WHEN rep_id IN {_HOLDERS} THEN 1.0 ELSE 0 END AS h, start_date IS NULL OR start_date <= $d1 - 60 AS old
                FROM rep WHERE role IN ('hunter', 'core') AND (end_date IS NULL OR CAST(end_date AS DATE) > $d1))"""
    return tuple(float(v) for v in files.row(sql, program=program, **clock(files)) or ())


@resolver
def certified_words(files: CompanyFiles, rep: str, program: str) -> list[str]:
    """How an answer may begin that tells whether a rep holds the certificate."""
    holds = files.one(f"SELECT count(*) FROM rep WHERE full_name = $rep AND rep_id IN {_HOLDERS}", rep=rep, program=program, **clock(files))
    return (
        ["yes", "is certified", "holds", "has passed"]
        if holds
        else ["no,", "no:", "no longer", "not certified", "no certificate", "does not hold", "holds no"]
    )


@resolver
def ready_self_serve(files: CompanyFiles) -> list[str]:
    """Self-serve accounts at 300 in 28 days, or three users, that at least doubled and have no open use case."""
    sql = f"""WITH pace AS (SELECT account_id, account_name, motion, max(active_users) AS users,
                sum(CASE WHEN usage_date > $d1 - 28 THEN effective_cost ELSE 0 END) AS now,
                sum(CASE WHEN usage_date <= $d1 - 28 THEN effective_cost ELSE 0 END) AS was
              FROM {USAGE} WHERE usage_date > $d1 - 56 GROUP BY 1, 2, 3)
              SELECT account_name FROM pace WHERE motion = 'self_serve' AND now > 0 AND now >= 2 * was AND (now >= 300 OR users >= 3)
                AND NOT EXISTS (SELECT 1 FROM use_case u WHERE u.account_id = pace.account_id AND u.stage NOT IN ('lost', 'live'))
              ORDER BY now DESC"""
    return files.names(sql, **clock(files))
