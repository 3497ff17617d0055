"""What the ladder looks at, for one person or a whole team, with a figure for each value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.review import Facts, Thresholds
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.records import Records, read_records
from meterline_tools.kit.review.people import People
from meterline_tools.kit.review.scorecard import Scorecard, iso, known

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.receipts import Window

_TOOL = "review_rep"
NO_COVERAGE = "no pipeline data"
NO_ENABLEMENT = "no enablement data"
NO_ACTIVITY = "no activity data"
NOT_SCORED = "none of the activities on record is scored for substance"


@dataclass(frozen=True)
class BookFacts:
    """Facts with the figures they are told by: `figures` by name (pace, coverage, substantive …)."""

    facts: Facts
    figures: dict[str, str] = field(default_factory=dict)
    peers: int = 0


def book_facts(bench: Workbench, person: People, card: Scorecard, rules: Thresholds) -> BookFacts:
    """The facts of the person reviewed; for a team, of the team as a whole."""
    counts = activity_counts(bench, card.window)
    certificates = read_certificates(bench)
    lost = lost_use_cases(bench, rules)
    return _of(bench, person, person.at, card.figures, card.not_available, _Shared(counts, certificates, lost, card.window), rules)


@dataclass(frozen=True)
class _Shared:
    """What is read once for everybody in sight."""

    counts: dict[str, dict[str, str]]
    certificates: Records | None
    lost: dict[str, int]
    window: Window


def people_facts(bench: Workbench, person: People, rows: list[int], window: Window, rules: Thresholds) -> dict[int, BookFacts]:
    """The facts of several people (rows of `person.records`) from as few statements as for one."""
    target = query_metrics(bench, metrics=known(bench, ["M14", "M13", "M15", "M40"]), group_by=["rep"])
    by_rep = {row["keys"]["rep"]: row["figures"] for row in target["rows"]}
    missing = {item["metric"]: item["reason"] for item in target["not_available"]}
    shared = _Shared(activity_counts(bench, window), read_certificates(bench), lost_use_cases(bench, rules), window)
    people = person.records.rows
    return {n: _of(bench, replace(person, at=n), n, by_rep.get(people[n]["rep_id"], {}), missing, shared, rules) for n in rows}


def _of(
    bench: Workbench, person: People, at: int, target: dict[str, str], not_available: dict[str, str], shared: _Shared, rules: Thresholds
) -> BookFacts:
    below = person.below() if at == person.at else []
    members = [at, *below]
    ids = [person.records.rows[n]["rep_id"] for n in members]
    peers = person.peers_of(at, bench.asof.today, rules.joined_days) if not below else []
    number = _numbers(bench)

    def counted(who: str, key: str) -> int:
        return int(number(shared.counts.get(who, {}).get(f"M44.{key}")) or 0)

    sums = {key: sum(counted(i, key) for i in ids) for key in ("count", "substantive", "unscored")}
    has_activity = bench.warehouse.has("activity")
    scored = has_activity and (not sums["count"] or sums["unscored"] < sums["count"])
    judged = [p for p in peers if not counted(p, "count") or counted(p, "unscored") < counted(p, "count")]
    has_paper = shared.certificates is not None
    held = _certified(person, members, shared.certificates, bench.asof.d1) if shared.certificates else _Certified()
    pace, coverage = number(target.get("M14.pace")), number(target.get("M40"))
    facts = Facts(
        pace=pace,
        coverage=coverage,
        covered=coverage is None and (number(target.get("M14.to_date")) or 0.0) >= 1.0,
        activities=sums["count"] if has_activity else None,
        substantive=sums["substantive"] if scored else None,
        window_days=shared.window.days,
        peers=tuple(counted(p, "substantive") for p in judged) if has_activity else (),
        peer_activities=tuple(counted(p, "count") for p in peers) if has_activity else (),
        people=len(_active(person, below, bench.asof.d1)) if below else 1,
        certified=held.share if has_paper else None,
        certificate_days=held.days if has_paper and not below else None,
        lost=sum(shared.lost.get(i, 0) for i in ids),
        missing={
            "consumption": not_available.get("M14", f"no quota loaded for {person.records.rows[at]['full_name']}"),
            "pipeline": _no_pipeline(bench, not_available),
            "activity": NOT_SCORED if has_activity else NO_ACTIVITY,
            "enablement": NO_ENABLEMENT,
        },
    )
    figures = {name: target[key] for name, key in _FROM_TARGET.items() if key in target and number(target[key]) is not None}
    return BookFacts(facts, figures | held.figures, len(peers))


_FROM_TARGET = {"pace": "M14.pace", "gap": "M14.gap", "required": "M15", "coverage": "M40"}


def _no_pipeline(bench: Workbench, not_available: dict[str, str]) -> str:
    if not bench.warehouse.has("use_case"):
        return NO_COVERAGE
    return not_available.get("M40", "no coverage can be told")


def _active(person: People, rows: list[int], today: date) -> list[int]:
    """Those of a team who carry a book: by role where the roles are the usual ones, else everybody without reports."""
    leads = {row["manager_rep_id"] for row in person.records.rows}
    people = [n for n in rows if person.records.rows[n]["rep_id"] not in leads]
    usual = [n for n in people if person.records.rows[n]["role"] in ("hunter", "core")]
    return usual or people or rows


def _numbers(bench: Workbench) -> Any:
    def number(figure: str | None) -> float | None:
        value = bench.book.figures[figure].value if figure else None
        return float(value) if isinstance(value, int | float) else None

    return number


def activity_counts(bench: Workbench, window: Window) -> dict[str, dict[str, str]]:
    """M44 of everybody in sight, by rep id; empty without activities."""
    if not bench.warehouse.has("activity"):
        return {}
    reply = query_metrics(bench, metrics=["M44"], group_by=["rep"], window=iso(window))
    return {row["keys"]["rep"]: row["figures"] for row in reply["rows"] if row["keys"]["rep"]}


def read_certificates(bench: Workbench) -> Records | None:
    """Passed certificates of people in sight, the newest first: rep_id, program, passed_on, expires_on. None without the table."""
    from sqlalchemy import Date, cast, select

    if not bench.warehouse.has("enablement_event"):
        return None
    event = bench.views.table("enablement_event")
    day = cast(event.c.occurred_at, Date)
    statement = (
        select(event.c.subject_id.label("rep_id"), event.c.program, day.label("passed_on"), event.c.expires_on)
        .where(event.c.subject_type == "rep", event.c.event_type == "cert_passed")
        .order_by(event.c.occurred_at.desc(), event.c.event_id)
    )
    return read_records(bench, _TOOL, {"certificates": "M47b"}, statement, limit=20_000)


@dataclass(frozen=True)
class _Certified:
    share: float | None = None
    days: int | None = None
    figures: dict[str, str] = field(default_factory=dict)


def _certified(person: People, members: list[int], certificates: Records, d1: date) -> _Certified:
    """The share of people with a certificate that has not run out, and the newest pass of the person."""
    working = _active(person, members[1:], d1) if len(members) > 1 else members
    ids = {person.records.rows[n]["rep_id"] for n in working}
    unexpired = {row["rep_id"] for row in certificates.rows if row["expires_on"] is None or row["expires_on"] > d1}
    newest = next((n for n, row in enumerate(certificates.rows) if row["rep_id"] in ids and row["passed_on"] <= d1), None)
    share = len(ids & unexpired) / len(ids) if ids else None
    if newest is None:
        return _Certified(share)
    row = certificates.rows[newest]
    figures = {
        "certificate": certificates.figure(newest, "program", "Certificate"),
        "certificate_date": certificates.figure(newest, "passed_on", "Passed on", "date"),
        "certificate_until": certificates.figure(newest, "expires_on", "Valid until", "date"),
    }
    return _Certified(share, (d1 - row["passed_on"]).days, {name: figure for name, figure in figures.items() if figure})


def lost_use_cases(bench: Workbench, rules: Thresholds) -> dict[str, int]:
    """Use cases lost in the look-back, by the rep who owns them; by stage alone where there are no events."""
    from sqlalchemy import func, or_, select

    if not bench.warehouse.has("use_case_event"):
        return {}
    case, event = bench.views.table("use_case"), bench.views.table("use_case_event")
    since = bench.asof.d1 - timedelta(days=rules.lost_days)
    lost = or_(event.c.event_type == "lost", (event.c.event_type == "stage_change") & (event.c.to_value == "lost"))
    statement = (
        select(case.c.owner_rep_id, func.count(case.c.use_case_id.distinct()).label("lost"))
        .join_from(case, event, event.c.use_case_id == case.c.use_case_id)
        .where(lost, event.c.event_at > since, case.c.stage == "lost")
        .group_by(case.c.owner_rep_id)
    )
    found = read_records(bench, _TOOL, {"lost": f"{rules.lost_days} days"}, statement, limit=5_000)
    return {row["owner_rep_id"]: int(row["lost"]) for row in found.rows if row["owner_rep_id"]}
