"""Flow and quality of use cases (M36 to M43)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import USAGE, Range, clock, conditions, resolver

_CASES = """
    (SELECT c.*, a.account_name, a.industry, a.region AS account_region, r.full_name
     FROM use_case c JOIN account a USING (account_id) LEFT JOIN rep r ON r.rep_id = c.owner_rep_id)
"""
_MEDDPICC = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "identify_pain",
    "champion",
    "competition",
)
_OPEN = "stage NOT IN ('live', 'lost', 'paused')"


def _summed(files: CompanyFiles, sql: str, measure: str, start: str, end: str, filters: dict[str, str]) -> float:
    """Count or Σ estimate of the use cases that `sql` names, one per account and name."""
    chosen = {"count": "count(*)", "usd": "coalesce(sum(est), 0)"}[measure]
    full = f"""SELECT {chosen} FROM (SELECT account_id, lower(use_case_name), max(est_monthly_usd) AS est FROM {_CASES}
               WHERE use_case_id IN ({sql}){conditions(filters)} GROUP BY 1, 2)"""
    window = {"start": files.day(start), "end": files.day(end), "known": files.known_at}
    return float(files.one(full, **{k: v for k, v in window.items() if f"${k}" in full}, **filters))


@resolver
def created(files: CompanyFiles, start: str, end: str, measure: str = "count", **filters: str) -> float:
    sql = "SELECT use_case_id FROM use_case WHERE CAST(created_at AS DATE) BETWEEN $start AND $end AND created_at <= $known"
    return _summed(files, sql, measure, start, end, filters)


@resolver
def gone_live(files: CompanyFiles, start: str, end: str, measure: str = "count", **filters: str) -> float:
    """By the first change of stage to live."""
    sql = """SELECT use_case_id FROM use_case_event WHERE event_type = 'stage_change' AND to_value = 'live' AND event_at <= $known
             GROUP BY 1 HAVING CAST(min(event_at) AS DATE) BETWEEN $start AND $end"""
    return _summed(files, sql, measure, start, end, filters)


_DAYS_LATER = (
    "sum(date_diff('day', CAST(from_value AS DATE), CAST(to_value AS DATE)))",
    "date_diff('day', min_by(CAST(from_value AS DATE), event_at), max_by(CAST(to_value AS DATE), event_at))",
)


@resolver
def slipped(files: CompanyFiles, start: str, end: str, measure: str = "count", **filters: str) -> tuple[float, ...]:
    """Planned date moved later on balance inside the window, or passed inside it while neither live nor lost.

    On balance: Σ of the moves, or last date against first, which differ where a company's events do not chain.
    """
    sql = """SELECT use_case_id FROM use_case_event
             WHERE event_type = 'date_change' AND field_name = 'planned_live_date' AND event_at <= $known
               AND CAST(event_at AS DATE) BETWEEN $start AND $end
             GROUP BY 1 HAVING {later}
             UNION
             SELECT use_case_id FROM use_case WHERE planned_live_date BETWEEN $start AND $end AND stage NOT IN ('live', 'lost')"""
    return tuple(_summed(files, sql.format(later=f"{days} > 0"), measure, start, end, filters) for days in _DAYS_LATER)


@resolver
def slipped_more_than(files: CompanyFiles, times: int, **filters: str) -> tuple[int, ...]:
    """Use cases whose planned date moved later more often than that: of all, or of those still open."""
    sql = f"""SELECT count(*), count(*) FILTER (WHERE {_OPEN}), count(*) FILTER (WHERE stage NOT IN ('live', 'lost')) FROM {_CASES}
              WHERE use_case_id IN (SELECT use_case_id FROM use_case_event WHERE event_type = 'date_change'
                AND field_name = 'planned_live_date' AND event_at <= $known AND CAST(to_value AS DATE) > CAST(from_value AS DATE)
                GROUP BY 1 HAVING count(*) > {times}){conditions(filters)}"""
    return tuple(int(v) for v in files.row(sql, known=files.known_at, **filters) or ())


@resolver
def pipeline(files: CompanyFiles, **filters: str) -> float:
    """Σ estimate a month of what is neither live, lost nor paused."""
    return float(files.one(f"SELECT coalesce(sum(est_monthly_usd), 0) FROM {_CASES} WHERE {_OPEN}{conditions(filters)}", **filters))


_REALIZED = f"""
    (SELECT c.use_case_id, c.use_case_name, c.account_name, c.full_name, c.est_monthly_usd,
            coalesce(sum(u.effective_cost), 0) * 30.4 / 28 / c.est_monthly_usd AS ratio
     FROM {_CASES} c JOIN workload w USING (use_case_id)
     LEFT JOIN {USAGE} u ON u.workload_id = w.workload_id AND u.usage_date > $d1 - 28
     WHERE c.stage = 'live' AND c.actual_live_date <= $d1 - 56 AND c.est_monthly_usd > 0 GROUP BY 1, 2, 3, 4, 5)
"""


@resolver
def realized_below(files: CompanyFiles, ratio: float) -> list[str]:
    """Live use cases, measurable and old enough, that bring less than that share of their estimate."""
    return files.names(f"SELECT use_case_name FROM {_REALIZED} WHERE ratio < {ratio} ORDER BY est_monthly_usd DESC", **clock(files))


@resolver
def live_without_usage(files: CompanyFiles) -> list[str]:
    """Live use cases whose linked workloads used nothing in 28 days; one without a link cannot be measured."""
    sql = f"""SELECT use_case_name FROM {_CASES} c
              WHERE stage = 'live' AND use_case_id IN (SELECT use_case_id FROM workload) AND NOT EXISTS (
                SELECT 1 FROM workload w JOIN {USAGE} u ON u.workload_id = w.workload_id
                WHERE w.use_case_id = c.use_case_id AND u.usage_date > $d1 - 28 AND u.effective_cost > 0)"""
    return files.names(sql, **clock(files))


@resolver
def time_to_live(files: CompanyFiles) -> tuple[float, ...]:
    """Median days to first live, of those that went live in trailing 365 days: since created, or since approved."""
    sql = """WITH live AS (SELECT use_case_id, CAST(created_at AS DATE) AS created, actual_live_date FROM use_case
                           WHERE actual_live_date BETWEEN $d1 - 364 AND $d1),
                  approved AS (SELECT use_case_id, CAST(min(event_at) AS DATE) AS day FROM use_case_event
                               WHERE event_type = 'stage_change' AND to_value = 'approved' GROUP BY 1)
             SELECT median(date_diff('day', created, actual_live_date)), median(date_diff('day', day, actual_live_date))
             FROM live LEFT JOIN approved USING (use_case_id)"""
    return tuple(float(v) for v in files.row(sql, d1=files.d1) or () if v is not None)


@resolver
def meddpicc(files: CompanyFiles, **filters: str) -> tuple[float, ...]:
    """Mean share of the 24 points over use cases that are being qualified (or over all open ones)."""
    score = "+".join(f"coalesce(md_{field}, 0)" for field in _MEDDPICC)
    stages = ("stage IN ('qualified', 'evaluating', 'approved')", _OPEN)
    values = [files.one(f"SELECT avg(({score}) / 24.0) FROM {_CASES} WHERE {s}{conditions(filters)}", **filters) for s in stages]
    return tuple(float(v) for v in values if v is not None)


@resolver
def days_slipped(files: CompanyFiles, start: str, end: str) -> Range:
    """Mean days moved: bounds, since a date that merely passed has slipped by nothing yet or by the days since.

    As `slipped`, by the sum of the moves and by the last date against the first.
    """
    window = {"start": files.day(start), "end": files.day(end), "known": files.known_at}
    found = []
    for days in _DAYS_LATER:
        moved = f"""SELECT {days} AS days FROM use_case_event
                    WHERE event_type = 'date_change' AND field_name = 'planned_live_date' AND event_at <= $known
                      AND CAST(event_at AS DATE) BETWEEN $start AND $end GROUP BY use_case_id HAVING days > 0"""
        found.append(files.row(f"SELECT coalesce(sum(days), 0), coalesce(avg(days), 0) FROM ({moved})", **window) or (0, 0))
    least = min(float(total) for total, _ in found) / max(1.0, *slipped(files, start, end))
    return Range(least - 1, max(float(mean) for _, mean in found) + 1)
