"""enablement: who holds which certificate, which customer vouchers are left, and what certified sellers have in the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.builders.vouchers import EXPIRED, ISSUED, REDEEMED, SOON, match_batches
from meterline_tools.errors import ModelMustRetry, nearest_hint
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.records import Records, derived_records, figure_index, read_records
from meterline_tools.kit.scoping import conditions, filters_for, people_under
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "enablement"
NOTHING = "no enablement events loaded"
_MOST = 5_000
Filters = dict[str, list[str]]


def enablement(
    bench: Workbench,
    *,
    view: str = "certificates",
    program: str = "",
    rep: str = "",
    account: str = "",
    filters: dict[str, list[str]] | None = None,
    limit: int = 15,
) -> dict[str, Any]:
    """Certificates of our people, training vouchers of customers, and pipeline of certified against other sellers.

    Args:
        view: "certificates", "vouchers" (what is left of each batch, soonest to expire first) or "pipeline".
        program: Name of a program, or of the product it is about.
        rep: Rep id or name.
        account: Account id or name, for vouchers.
        filters: As in query_metrics.
        limit: How many rows.
    """
    if view not in _VIEWS:
        raise ModelMustRetry(f"Unknown view '{view}'. It is one of: {', '.join(_VIEWS)}.")
    if not bench.warehouse.has("enablement_event"):
        return {"view": view, "rows": [], "not_available": [{"what": "enablement", "reason": NOTHING}], "figures": {}}
    before = len(bench.book.figures)
    notes: list[str] = []
    found = filters_for(bench, account, rep, filters, notes)
    reply = _VIEWS[view](bench, program, found, limit or _MOST)
    common: dict[str, Any] = {"view": view, "assumptions": notes, "not_available": []}
    return common | reply | {"figures": figure_index(bench, before)}


def find_programs(bench: Workbench, text: str) -> dict[str, str | None]:
    """Programs with an examination and their product family: all without a text, else those it names, or whose product it names.

    Raises:
        ModelMustRetry: none does; the text names those there are.
    """
    from sqlalchemy import func, or_, select

    events, sku = bench.views.table("enablement_event"), bench.views.table("sku")
    exams = events.c.event_type.in_(["cert_passed", "cert_failed", "cert_expired"])
    rows = bench.warehouse.run(select(events.c.program, func.max(events.c.sku_family)).where(exams).group_by(events.c.program)).rows
    programs = {str(name): family for name, family in rows if name}
    wanted = text.strip().casefold()
    if not wanted:
        return programs
    named = {name: family for name, family in programs.items() if wanted == name.casefold()}
    if not named:
        named = {name: family for name, family in programs.items() if set(wanted.split()) <= set(name.casefold().split())}
    if not named:
        is_named = or_(func.lower(sku.c.sku_id) == wanted, func.lower(sku.c.sku_name) == wanted, func.lower(sku.c.sku_family) == wanted)
        families = {family for (family,) in bench.warehouse.run(select(sku.c.sku_family).where(is_named).distinct()).rows}
        named = {name: family for name, family in programs.items() if family in families}
    if not named:
        raise ModelMustRetry(nearest_hint("program", text, programs))
    return named


def _certificates(bench: Workbench, program: str, filters: Filters, limit: int) -> dict[str, Any]:
    """A row for each person and program: certified until when, run out, failed, or never tried."""
    programs = find_programs(bench, program)
    people = _people(bench, filters)
    found = _exams(bench)
    d1 = bench.asof.d1
    newest: dict[tuple[str, str], dict[str, int]] = {}
    for n, row in enumerate(found.rows):
        newest.setdefault((row["subject_id"], row["program"]), {}).setdefault(row["event_type"], n)
    rows = [_standing(found, person, name, newest.get((person["rep_id"], name), {}), d1) for name in programs for person in people]
    order = ("certified", "expired", "failed", "none")
    rows.sort(key=lambda row: (order.index(row["state"]), row["program"], row["person"]["name"]))
    everybody = bool(filters.get("rep"))
    shown = [row for row in rows if everybody or row["state"] != "none"][:limit]
    cited = [citation for row in shown for citation in row["citations"]]
    return {"rows": shown, "programs": list(programs), "states": {s: sum(r["state"] == s for r in rows) for s in order}, "citations": cited}


def _people(bench: Workbench, filters: Filters) -> list[dict[str, Any]]:
    from sqlalchemy import or_, select

    people, d1 = bench.views.reps(), bench.asof.d1
    statement = select(people.c.rep_id, people.c.full_name, people.c.role).where(or_(people.c.end_date.is_(None), people.c.end_date > d1))
    wanted = [*filters.get("rep", []), *filters.get("manager", [])]
    if wanted:
        statement = statement.where(people.c.rep_id.in_(people_under(bench, wanted)))
    return bench.warehouse.run(statement.order_by(people.c.full_name)).dicts()


def _exams(bench: Workbench) -> Records:
    from sqlalchemy import select

    events = bench.views.table("enablement_event")
    statement = (
        select(*(events.c[name] for name in ("event_id", "subject_id", "event_type", "program", "score", "occurred_at", "expires_on")))
        .where(events.c.subject_type == "rep", events.c.event_type.in_(["cert_passed", "cert_failed"]))
        .order_by(events.c.occurred_at.desc(), events.c.event_id)
    )
    return read_records(bench, TOOL, {"view": "certificates"}, statement, limit=_MOST)


def _standing(found: Records, person: dict[str, Any], program: str, newest: dict[str, int], d1: date) -> dict[str, Any]:
    entity = Entity(type="rep", id=person["rep_id"], name=person["full_name"])
    passed, failed = newest.get("cert_passed"), newest.get("cert_failed")
    at = passed if passed is not None else failed
    state, figures, citations = "none", {}, []
    if at is not None:
        runs_out = found.rows[at]["expires_on"]
        state = "failed" if passed is None else "expired" if runs_out is not None and runs_out <= d1 else "certified"
        made = {
            "on": found.figure(at, "occurred_at", "Date of the examination", "date", entity=entity),
            "until": found.figure(at, "expires_on", "Certificate runs out", "date", entity=entity),
        }
        figures = {name: figure for name, figure in made.items() if figure}
        citations = [_cite(found, at, program)]
    row = {"person": {"type": "rep", "id": entity.id, "name": entity.name}, "role": person["role"], "program": program, "state": state}
    return row | {"figures": figures, "citations": citations}


def _cite(found: Records, n: int, program: str) -> str:
    row = found.rows[n]
    said = str(row["event_type"]).replace("cert_", "certificate ").replace("_", " ")
    return found.bench.book.add_citation(
        "enablement_event", row["event_id"], said, "system", date=row["occurred_at"].date(), title=program
    ).id


def _vouchers(bench: Workbench, program: str, filters: Filters, limit: int) -> dict[str, Any]:
    """Batches of customers with vouchers left, soonest to expire first. Batches past their date are not listed: nobody can use them."""
    from sqlalchemy import func, select

    events, accounts = bench.views.table("enablement_event"), bench.views.accounts()
    names = ("event_id", "event_type", "program", "occurred_at", "expires_on")
    statement = (
        select(*(events.c[name] for name in names), events.c.account_id, accounts.c.account_name)
        .add_columns(func.coalesce(events.c.quantity, 1).label("vouchers"), events.c.account_id.label("holder"))
        .add_columns(events.c.program.label("voucher_program"))
        .join_from(events, accounts, accounts.c.account_id == events.c.account_id)
        .where(events.c.event_type.in_([ISSUED, REDEEMED, EXPIRED]), events.c.subject_type != "rep")
        .where(*conditions(bench, filters, account=events.c.account_id))
        .order_by(events.c.occurred_at)
    )
    found = read_records(bench, TOOL, {"view": "vouchers"}, statement, limit=_MOST)
    held: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found.rows:
        held.setdefault((row["account_id"], row["program"]), []).append(row)
    left = [
        {"account_id": account, "account": rows[0]["account_name"], "program": name, "left": batch.left, "expires_on": batch.expires_on}
        for (account, name), rows in held.items()
        for batch in match_batches(rows)
        if batch.left > 0 and (batch.expires_on is None or batch.expires_on > bench.asof.d1)
    ]
    left.sort(key=lambda row: (row["expires_on"] or date.max, row["account"]))
    worked = derived_records(bench, "calc", TOOL, {"of": found.receipt.id}, left)
    soon = bench.asof.d1 + timedelta(days=SOON)
    rows = []
    for n, row in enumerate(worked.rows[:limit]):
        entity = Entity(type="account", id=row["account_id"], name=row["account"])
        made = {
            "left": worked.figure(n, "left", "Vouchers left", "count", entity=entity),
            "expires": worked.figure(n, "expires_on", "Expire on", "date", entity=entity),
        }
        kept = {name: figure for name, figure in made.items() if figure}
        is_soon = row["expires_on"] is not None and row["expires_on"] <= soon
        rows.append({"account": entity.model_dump(), "program": row["program"], "soon": is_soon, "figures": kept})
    last = [row["event_id"] for row in found.rows if row["event_type"] == ISSUED]
    return {"rows": rows, "rest": len(left) - len(rows), "issues": len(last)}


def _pipeline(bench: Workbench, program: str, filters: Filters, limit: int) -> dict[str, Any]:
    """Open pipeline of sellers with and without the certificate: how many they are, what they have together, and the middle one.

    An association of two things people do, over few people: nothing about what the certificate brings about, and no
    ranking of anybody.
    """
    programs = find_programs(bench, program)
    families = sorted({family for family in programs.values() if family}) if program else []
    cut = {name: values for name, values in filters.items() if name not in ("sku", "sku_family")}
    rows = _certificates(bench, program, cut, _MOST)["rows"]
    certified = {row["person"]["id"] for row in rows if row["state"] == "certified"}
    held = query_metrics(bench, metrics=["M39"], group_by=["rep"], filters=cut | ({"sku_family": families} if families else {}))
    usd = {
        row["keys"]["rep"]: float(held["figures"][row["figures"]["M39.usd"]]["value"] or 0) for row in held["rows"] if row["keys"]["rep"]
    }
    not_sellers = bench.catalog.metric("M47b").params["not_sellers"]
    sellers = [person["rep_id"] for person in _people(bench, cut) if person["role"] not in not_sellers]
    groups = []
    for name, members in (
        ("certified", [s for s in sellers if s in certified]),
        ("others", [s for s in sellers if s not in certified]),
    ):
        amounts = [usd.get(person, 0.0) for person in members]
        mean = sum(amounts) / len(amounts) if amounts else None
        groups.append(
            {"group": name, "people": len(members), "usd": sum(amounts), "mean": mean, "median": median(amounts) if amounts else None}
        )
    worked = derived_records(bench, "calc", TOOL, {"of": held["receipts"], "sellers": len(sellers)}, groups)
    unit = f"{bench.warehouse.company.currency}/month"
    labels = {
        "people": ("Sellers", "count"),
        "usd": ("Open pipeline", unit),
        "mean": ("Open pipeline a seller", unit),
        "median": ("Open pipeline of the middle seller", unit),
    }
    shown = []
    for n, row in enumerate(worked.rows):
        made = {name: worked.figure(n, name, f"{text}, {row['group']}", of) for name, (text, of) in labels.items()}
        shown.append({"group": row["group"], "figures": {name: figure for name, figure in made.items() if figure}})
    count = derived_records(bench, "calc", TOOL, {"of": held["receipts"]}, [{"sellers": len(sellers)}])
    total = {"sellers": count.figure(0, "sellers", "Sellers compared", "count")}
    return {
        "rows": shown,
        "programs": list(programs),
        "families": families,
        "total": {"figures": total},
        "not_available": held["not_available"],
    }


_VIEWS: dict[str, Callable[[Workbench, str, Filters, int], dict[str, Any]]] = {
    "certificates": _certificates,
    "vouchers": _vouchers,
    "pipeline": _pipeline,
}
