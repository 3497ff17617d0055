"""Quota and attainment (M13 to M15)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import resolver
from meterline_evals.resolvers.usage import consumption

_QUOTA = """
    (SELECT q.*, r.full_name, r.manager_rep_id,
            row_number() OVER (PARTITION BY q.rep_id, q.account_id ORDER BY version DESC) AS newest
     FROM quota q JOIN rep r USING (rep_id)
     WHERE fiscal_year = $year AND quota_type = 'incremental_consumption')
"""


def _quota(files: CompanyFiles, rep: str) -> tuple[float, float]:
    """Baseline and incremental quota of the fiscal year, of the latest version of each row."""
    row = files.row(
        f"SELECT sum(baseline_annual_usd), sum(incremental_quota_usd) FROM {_QUOTA} WHERE full_name = $rep AND newest = 1",
        rep=rep,
        year=files.fiscal_year_label(),
    )
    if row is None or row[0] is None:
        raise ValueError(f"{rep} has no quota")
    return float(row[0]), float(row[1])


def _elapsed(files: CompanyFiles) -> float:
    start, end = files.day("fy0"), files.fiscal_year_end()
    return ((files.d1 - start).days + 1) / (end - start).days


def with_quota(files: CompanyFiles) -> list[str]:
    """Names of the people who have an incremental quota this year."""
    return files.names(f"SELECT DISTINCT full_name FROM {_QUOTA} ORDER BY 1", year=files.fiscal_year_label())


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
def pace_gap(files: CompanyFiles, rep: str) -> float:
    """Incremental consumption less the quota due by now."""
    return incremental_fytd(files, rep) - _quota(files, rep)[1] * _elapsed(files)


@resolver
def team_pace(files: CompanyFiles, manager: str) -> float:
    """Σ numerators over Σ denominators of the direct reports who have a quota."""
    reports = files.names(
        f"""SELECT DISTINCT q.full_name FROM {_QUOTA} q JOIN rep m ON m.rep_id = q.manager_rep_id WHERE m.full_name = $manager""",
        manager=manager,
        year=files.fiscal_year_label(),
    )
    earned = sum(incremental_fytd(files, rep) for rep in reports)
    return earned / (sum(_quota(files, rep)[1] for rep in reports) * _elapsed(files))


@resolver
def behind_pace(files: CompanyFiles) -> list[str]:
    """Who is below 100% of pace."""
    return [rep for rep in with_quota(files) if attainment_pace(files, rep) < 1]


@resolver
def ahead_of_pace(files: CompanyFiles) -> list[str]:
    return [rep for rep in with_quota(files) if attainment_pace(files, rep) >= 1]
