"""competitor_notes: both sides of a comparison, from what was said, what the CRM holds and what telemetry shows. Nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.periods import resolve_period
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.records import derived_records, figure_index, read_records
from meterline_tools.kit.scoping import conditions, filters_for
from meterline_tools.kit.themes import beside_days, uneven
from meterline_tools.kit.voices import RECENT, by_group, checked_by, cite, consumption, names_of, recent_days, said
from meterline_tools.notes.rivals import Rival, about, beside, held_against_us, nearest, spoken_for, unknowns
from meterline_tools.notes.sayings import Saying
from meterline_tools.notes.themes import worth_quoting
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "competitor_notes"
DEFAULT = "last 365 days"
POINTS = 5
_LISTED = 15
_EARLIER = 84
"""Days before the recent ones that use is compared with: long enough for a slow trial to show."""
INTERACTIVE = ("interactive", "sql_bi")
"""Workload types that people take elsewhere first; ingestion stays as long as both run side by side."""


def competitor_notes(
    bench: Workbench,
    *,
    competitor: str = "",
    account: str = "",
    rep: str = "",
    filters: dict[str, list[str]] | None = None,
    window: str = "",
    by: str = "",
    compare: str = "",
) -> dict[str, Any]:
    """What customers and our own people said about a competitor, what use shows, what is open. Claims nothing about the competitor.

    Args:
        competitor: Its name; empty, or a word such as "competitor", for any.
        account: Account id or name; empty for everybody who speaks of it.
        rep: Rep id or name, for the accounts they hold.
        filters: As in query_metrics.
        window: Any period; the last 365 days when empty.
        by: rep, industry, region, segment or country, to count the accounts that speak of it in each.
        compare: Any period to set beside it; "prior" for the equal one before.
    """
    checked_by(by)
    first = len(bench.book.figures)
    notes: list[str] = []
    kept = filters_for(bench, account, rep, filters, notes)
    period = resolve_period(window or DEFAULT, replace(bench.asof, d1=bench.asof.today), bench.calendar)
    rivals, unknown = _meant(bench, competitor, notes)
    every = said(bench, period.window, kept)
    found = about(every, rivals)
    reply: dict[str, Any] = {
        "competitor": unknown or (rivals[0].name if len(rivals) == 1 and not rivals[0].is_generic else ""),
        "known": not unknown,
        "window": {"from": period.window.start.isoformat(), "to": period.window.end.isoformat(), "label": period.label},
        "assumptions": [*notes, *period.assumptions],
        "not_available": [] if bench.views.holds_notes else [{"what": "notes", "reason": "no notes loaded"}],
        "use_cases": _use_cases(bench, rivals, kept) if not unknown or found else [],
    }
    reply |= _said(bench, found, every, period.window)
    if compare:
        days, _ = beside_days(bench, period.window, compare)
        reply["assumptions"] += uneven(period.window, days)
        reply["before"] = _before(bench, about(said(bench, days, kept), rivals), days)
    if by:
        arguments = {"tool": TOOL, "competitor": competitor}
        reply["groups"] = by_group(bench, found, (s.account_id for s in every), by, arguments, period.window)
    if len(ids := kept.get("account", [])) == 1:
        reply |= _at_account(bench, ids[0], found, every)
    return reply | {"figures": figure_index(bench, first)}


def _meant(bench: Workbench, words: str, notes: list[str]) -> tuple[list[Rival], str]:
    """The competitors asked about, and the asker's word where no list of ours has it."""
    known = _known(bench)
    wanted = words.strip()
    if not wanted or Rival(wanted).is_generic:
        return known, ""
    rival = nearest(wanted, known)
    if rival is None:
        return [Rival(wanted)], wanted
    if rival.is_generic:
        return known, ""
    if wanted.casefold() not in (form.casefold() for form in rival.forms):
        notes.append(f"Read as {rival.name}.")
    return [rival], ""


def _known(bench: Workbench) -> list[Rival]:
    """The company's own list, then the names in use cases; whoever is compared with us without a name is always among them."""
    from sqlalchemy import select

    cases = bench.views.table("use_case")
    named = bench.warehouse.run(select(cases.c.competitor).where(cases.c.competitor.is_not(None)).distinct(), limit=1_000).rows
    own = [Rival(c.name, tuple(c.aliases)) for c in bench.warehouse.company.competitors]
    listed = {form.casefold() for rival in own for form in rival.forms}
    from_crm = [Rival(str(name)) for (name,) in sorted(named) if str(name).strip() and str(name).casefold() not in listed]
    return [*own, *from_crm, Rival("competitor")]


def names_of_rivals(bench: Workbench) -> list[str]:
    """What known competitors are called, without words for any."""
    return [form for rival in _known(bench) if not rival.is_generic for form in rival.forms] if bench.warehouse.has("use_case") else []


def _said(bench: Workbench, found: Sequence[Saying], every: Sequence[Saying], days: Window) -> dict[str, Any]:
    """Quotations by side, points for and against, and who speaks of it."""
    by_account: dict[str, list[Saying]] = {}
    for saying in found:
        if saying.account_id:
            by_account.setdefault(saying.account_id, []).append(saying)
    usd, sql, params = consumption(bench, by_account.keys())
    names = names_of(bench, by_account)
    order = sorted(by_account, key=lambda i: (-usd.get(i, 0.0), i))
    rows = [
        {
            "account": ident,
            "notes": len({s.note.note_id for s in by_account[ident]}),
            "last": max(s.date for s in by_account[ident]),
            "usd": usd.get(ident, 0.0),
        }
        for ident in order[:_LISTED]
    ]
    counted = {"accounts": len(by_account), "notes": len({s.note.note_id for s in found}), "usd": sum(usd.values())}
    total = derived_records(bench, "notes", TOOL, {"window": str(days)}, [counted], sql=sql, params=params, derived="counts of notes")
    currency = bench.warehouse.company.currency
    held = derived_records(bench, "notes", TOOL, {"of": total.receipt.id}, rows) if rows else None
    listed = []
    for n, ident in enumerate(order[:_LISTED]):
        assert held is not None
        entity = Entity(type="account", id=ident, name=names.get(ident, ident))
        figures = {
            "notes": held.figure(n, "notes", "Notes that mention it", "count", entity=entity, window=days),
            "last": held.figure(n, "last", "Last mentioned", "date", entity=entity),
            "usd": held.figure(n, "usd", "Net consumption", currency, entity=entity, metric="M01", window=recent_days(bench)),
        }
        listed.append({"account": entity.model_dump(), "figures": {k: f for k, f in figures.items() if f}})
    points = spoken_for(beside(found, every, reach=1))
    sides = {side: [s for s in found if s.side == side] for side in ("customer", "vendor", "system")}
    return {
        "total": {
            "accounts": total.figure(0, "accounts", "Accounts that mention it", "count", window=days),
            "notes": total.figure(0, "notes", "Notes that mention it", "count", window=days),
            "usd": total.figure(0, "usd", "Net consumption", currency, metric="M01", window=recent_days(bench)),
        },
        "accounts": listed,
        "customer": _quotes(bench, sides["customer"], names),
        "vendor": _quotes(bench, sides["vendor"], names),
        "told_support": _quotes(bench, sides["system"], names),
        "win": _quotes(bench, points["win"], names),
        "lose": _quotes(bench, points["lose"], names),
    }


def _before(bench: Workbench, found: Sequence[Saying], days: Window) -> dict[str, Any]:
    """How many accounts and notes spoke of it in the days set beside those asked about."""
    row = {"accounts": len({s.account_id for s in found if s.account_id}), "notes": len({s.note.note_id for s in found})}
    held = derived_records(bench, "notes", TOOL, {"before": str(days)}, [row])
    return {
        "accounts": held.figure(0, "accounts", "Accounts that mentioned it before", "count", window=days),
        "notes": held.figure(0, "notes", "Notes that mentioned it before", "count", window=days),
    }


def _quotes(bench: Workbench, sayings: Sequence[Saying], names: dict[str, str]) -> list[dict[str, Any]]:
    chosen = worth_quoting(sayings, POINTS, again=True)
    return [{"citation": cite(bench, s).id, "account": names.get(s.account_id or "", ""), "flagged": s.flagged} for s in chosen]


def _at_account(bench: Workbench, ident: str, found: Sequence[Saying], every: Sequence[Saying]) -> dict[str, Any]:
    """What only one account can be asked: what use shows, what the other side could point at, what is open."""
    names = names_of(bench, [ident])
    return {
        "use": _use(bench, ident),
        "weak_points": _quotes(bench, held_against_us(every), names),
        "tickets": _tickets(bench, ident),
        "open_questions": unknowns().open(beside(found, every)) if found else list(unknowns().questions.values()),
    }


def _use(bench: Workbench, ident: str) -> dict[str, Any]:
    """Consumption by kind of workload now and before, for whether use agrees with what is said; of the kinds that the company has."""
    from sqlalchemy import select

    now = recent_days(bench)
    then = Window(start=now.start - timedelta(days=_EARLIER), end=now.end - timedelta(days=_EARLIER))
    window, earlier = (f"{w.start.isoformat()}..{w.end.isoformat()}" for w in (now, then))
    if not bench.warehouse.has("workload", "workload_type"):
        return {}
    workload = bench.views.table("workload")
    held = {str(kind) for (kind,) in bench.warehouse.run(select(workload.c.workload_type).distinct(), limit=1_000).rows}
    by = {"interactive": sorted(held.intersection(INTERACTIVE)), "ingestion": sorted(held & {"ingestion"})}
    told = {}
    for name, kinds in by.items():
        if not kinds:
            continue
        filters = {"account": [ident], "workload_type": kinds}
        reply = query_metrics(bench, metrics=["M01"], filters=filters, window=window, compare=earlier)
        figures = (reply.get("total") or (reply.get("rows") or [{}])[0]).get("figures") or {}
        told[name] = {key: figure for key, figure in figures.items() if figure}
    return {"window": window, "earlier": earlier, "days": RECENT, **told}


def _tickets(bench: Workbench, ident: str) -> list[dict[str, Any]]:
    """Tickets that are open: what anybody who competes would ask about."""
    from sqlalchemy import select

    if not bench.warehouse.has("support_ticket"):
        return []
    ticket = bench.views.table("support_ticket")
    statement = (
        select(ticket.c.ticket_id, ticket.c.account_id, ticket.c.severity, ticket.c.title, ticket.c.opened_at)
        .where(ticket.c.account_id == ident, ticket.c.closed_at.is_(None))
        .order_by(ticket.c.opened_at.desc(), ticket.c.ticket_id)
    )
    rows = bench.warehouse.run(statement, limit=POINTS).dicts()
    cited = [
        bench.book.add_citation(
            "ticket", row["ticket_id"], str(row["title"] or "ticket"), "customer", account_id=ident, date=row["opened_at"].date()
        )
        for row in rows
    ]
    return [{"citation": citation.id} for citation in cited]


def _use_cases(bench: Workbench, rivals: Sequence[Rival], filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Use cases for which the CRM names one of them."""
    from sqlalchemy import func, or_, select

    if not bench.warehouse.has("use_case", "competitor"):
        return []
    case, accounts = bench.views.table("use_case"), bench.views.accounts()
    forms = sorted({form.lower() for rival in rivals for form in rival.forms})
    matches = or_(*(func.lower(case.c.competitor).contains(form, autoescape=True) for form in forms))
    statement = (
        select(
            case.c.use_case_id,
            case.c.account_id,
            case.c.use_case_name,
            case.c.stage,
            case.c.competitor,
            case.c.lost_reason,
            case.c.est_monthly_usd,
            accounts.c.account_name,
        )
        .join(accounts, accounts.c.account_id == case.c.account_id)
        .where(case.c.competitor.is_not(None), matches, *conditions(bench, filters, account=case.c.account_id))
        .order_by(case.c.est_monthly_usd.desc(), case.c.use_case_id)
    )
    found = read_records(bench, TOOL, {"view": "use cases"}, statement, limit=_LISTED)
    told = []
    for n, row in enumerate(found.rows):
        entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
        figures = {
            "name": found.figure(n, "use_case_name", "Use case"),
            "competitor": found.figure(n, "competitor", "Competitor"),
            "reason": found.figure(n, "lost_reason", "Lost because"),
            "est": found.figure(n, "est_monthly_usd", "Estimate a month", bench.warehouse.company.currency, entity=entity),
        }
        told.append({"account": entity.model_dump(), "stage": row["stage"], "figures": {k: f for k, f in figures.items() if f}})
    return told
