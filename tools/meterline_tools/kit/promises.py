"""promises: what both sides took on at an account's last review, what became of it, and savings offered, accepted and realised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.kept_savings import TOOL, measured_actions
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account, read_records, window
from meterline_tools.kit.scoping import conditions, filters_for
from meterline_tools.kit.voices import cite, note_rows
from meterline_tools.notes.digest.cues import cues
from meterline_tools.notes.passages import readable
from meterline_tools.notes.sayings import of_note
from meterline_tools.notes.text import terms
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from sqlalchemy import Select

    from meterline_tools.kit.bench import Workbench

MOST = 500
_AROUND = timedelta(days=3)
"""How far from the day of a review its note and its actions may be dated."""
_QUOTED = 4
_LEAST_SHARED = 2
"""Words that a sentence shares with an action before it is taken to speak of it."""
_SIDES = {"vendor": "ours", "customer": "theirs"}
_STATES = ("done", "late", "open", "overdue", "dropped")


def promises(
    bench: Workbench, *, account: str = "", rep: str = "", filters: dict[str, list[str]] | None = None, limit: int = 15
) -> dict[str, Any]:
    """What was promised at an account's last business review and what became of it; without an account, what is still open anywhere.

    Actions of both sides with owner, due day and state; savings offered and accepted; and of each action that is done and names
    a workload what that workload consumed before and since.

    Args:
        account: Account id or name; empty for open actions of all in sight, those overdue for longest first.
        rep: Rep id or name, for the accounts they hold.
        filters: As in query_metrics.
        limit: How many open actions without an account.
    """
    before = len(bench.book.figures)
    notes: list[str] = []
    if not account:
        reply = _open_everywhere(bench, filters_for(bench, "", rep, filters, notes), limit)
    else:
        reply = _of_account(bench, find_account(bench, account))
    lacking = [] if bench.warehouse.has("action_item") else [{"what": "promises", "reason": "no action items loaded"}]
    return {"assumptions": notes, "not_available": lacking} | reply | {"figures": figure_index(bench, before)}


def _of_account(bench: Workbench, entity: Entity) -> dict[str, Any]:
    held = _reviews(bench, entity)
    last = held.rows[0] if held is not None and held.rows else None
    since = last["held_on"] - _AROUND if last else date.min
    found = _actions(bench, account=entity, since=since)
    rows = found.rows if found else []
    items = [_item(found, n) for n in range(len(rows))] if found else []
    done = [row for row in rows if row["status"] == "done"]
    return {
        "account": entity.model_dump(),
        "review": _review(held, entity) if held is not None and last else None,
        "items": items,
        "counts": _counts(bench, entity, items),
        "measured": measured_actions(bench, entity, done),
        "quotes": _quotes(bench, entity, last, [str(row["description"]) for row in rows]) if last else [],
    }


def _reviews(bench: Workbench, entity: Entity) -> Records | None:
    """Reviews that were held, the last one first, with what was offered and accepted at each."""
    from sqlalchemy import Date, cast, func, select

    if not bench.warehouse.has("qbr"):
        return None
    qbr = bench.views.table("qbr")
    columns = ("qbr_id", "offered_savings_usd_month", "accepted_savings_usd_month", "notes_note_id")
    statement = (
        select(*(qbr.c[name] for name in columns), cast(qbr.c.held_at, Date).label("held_on"))
        .where(qbr.c.account_id == entity.id, qbr.c.held_at.is_not(None), qbr.c.held_at <= bench.asof.known_at)
        .where(func.coalesce(qbr.c.status, "held") == "held")
        .order_by(qbr.c.held_at.desc())
    )
    return read_records(bench, TOOL, {"account": entity.id}, statement)


def _review(held: Records, entity: Entity) -> dict[str, Any]:
    a_month = f"{held.bench.warehouse.company.currency}/month"
    labels = {
        "held_on": ("Last review", "date"),
        "offered_savings_usd_month": ("Savings offered at the review", a_month),
        "accepted_savings_usd_month": ("Savings accepted at the review", a_month),
    }
    found = {name: held.figure(0, name, label, unit, entity=entity) for name, (label, unit) in labels.items()}
    return {"qbr_id": held.rows[0]["qbr_id"], "figures": {name.removesuffix("_usd_month"): f for name, f in found.items() if f}}


def _actions(
    bench: Workbench, *, account: Entity | None = None, since: date | None = None, tests: Sequence[Any] = (), limit: int = MOST
) -> Records | None:
    """Actions as they were known then: of an account those since a day and all open ones, else the open ones that pass the tests."""
    from sqlalchemy import Date, case, cast, func, or_

    if not bench.warehouse.has("action_item"):
        return None
    item = bench.views.table("action_item")
    unknown_yet = item.c.closed_at > bench.asof.known_at
    status = case((unknown_yet, "open"), else_=func.coalesce(item.c.status, "open")).label("status")
    closed = case((unknown_yet, None), else_=cast(item.c.closed_at, Date)).label("closed")
    statement = _with_owners(bench, item, status, closed)
    if account is not None and since is not None:
        statement = statement.where(item.c.account_id == account.id, or_(status == "open", item.c.created_at >= since))
    else:
        statement = statement.where(status == "open", *tests)
    ordered = statement.order_by(case((status == "open", 0), else_=1), item.c.due_date.nulls_last(), item.c.action_id)
    return read_records(bench, TOOL, {"account": account.id if account else ""}, ordered, limit=limit)


def _with_owners(bench: Workbench, item: Any, *columns: Any) -> Select[Any]:
    from sqlalchemy import Date, cast, func, select

    accounts, reps, contact = bench.views.accounts(), bench.views.reps(), bench.views.table("contact")
    names = ("action_id", "account_id", "description", "owner_side", "due_date", "est_impact_usd_month")
    return (
        select(
            *(item.c[name] for name in names),
            cast(item.c.created_at, Date).label("agreed"),
            *columns,
            accounts.c.account_name,
            func.coalesce(reps.c.full_name, contact.c.full_name).label("owner_name"),
        )
        .join_from(item, accounts, accounts.c.account_id == item.c.account_id)
        .outerjoin(reps, reps.c.rep_id == item.c.owner_id)
        .outerjoin(contact, contact.c.contact_id == item.c.owner_id)
    )


def _item(found: Records, n: int) -> dict[str, Any]:
    row, today = found.rows[n], found.bench.asof.today
    entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
    a_month = f"{found.bench.warehouse.company.currency}/month"
    figures = {
        "what": found.figure(n, "description", "Action", entity=entity),
        "owner": found.figure(n, "owner_name", "Owner", entity=entity),
        "due": found.figure(n, "due_date", "Due", "date", entity=entity),
        "closed": found.figure(n, "closed", "Done on", "date", entity=entity),
        "estimate": found.figure(n, "est_impact_usd_month", "Estimated change of consumption", a_month, entity=entity),
    }
    side = _SIDES.get(str(row["owner_side"]), "")
    said = {"account_id": row["account_id"], "date": row["agreed"], "title": f"Action: {row['account_name']}"}
    quoted = found.bench.book.add_citation("action_item", row["action_id"], str(row["description"]), "system", **said)
    return {
        "action_id": row["action_id"],
        "account": entity.model_dump(),
        "side": side,
        "state": state_of(row["status"], row["due_date"], row["closed"], today),
        "figures": {name: figure for name, figure in figures.items() if figure},
        "citations": [quoted.id],
    }


def state_of(status: str, due: date | None, closed: date | None, today: date) -> str:
    """ "done", "late" (done after its day), "open", "overdue" or "dropped"."""
    if status == "dropped":
        return "dropped"
    if status == "done":
        return "late" if due and closed and closed > due else "done"
    return "overdue" if due and due < today else "open"


def _counts(bench: Workbench, entity: Entity, items: Sequence[dict[str, Any]]) -> dict[str, str]:
    """How many actions each side has, in which state: "ours", "ours_done", "theirs_overdue" … as figures."""
    row: dict[str, int] = {}
    for side in _SIDES.values():
        own = [item["state"] for item in items if item["side"] == side]
        row |= {side: len(own)} | {f"{side}_{state}": own.count(state) for state in _STATES}
    held = derived_records(bench, "calc", TOOL, {"account": entity.id, "item": "counts"}, [row])
    found = {name: held.figure(0, name, f"Actions: {name.replace('_', ', ')}", "count", entity=entity) for name, n in row.items()}
    return {name: figure for name, figure in found.items() if figure and (row[name] or name in _SIDES.values())}


def _quotes(bench: Workbench, entity: Entity, last: dict[str, Any], actions: Sequence[str]) -> list[dict[str, str]]:
    """What the note of the review says of the actions, else what was decided in it."""
    days = Window(start=last["held_on"] - _AROUND, end=last["held_on"] + _AROUND)
    notes = readable(note_rows(bench, days, {"account": [entity.id]}), bench.asof.known_at)
    own = [note for note in notes if note.note_id == last["notes_note_id"]] or [n for n in notes if n.note_type == "qbr_note"]
    said = [saying for note in own for saying in of_note(note) if not saying.flagged]
    wanted = [frozenset(terms(text)) for text in actions]
    chosen = [s for s in said if any(len(words & set(s.terms)) >= _LEAST_SHARED for words in wanted)]
    chosen = chosen or [s for s in said if cues().kind_of(s.text) == "decision"]
    return [{"citation": cite(bench, s).id, "side": s.side} for s in chosen[:_QUOTED]]


def _open_everywhere(bench: Workbench, filters: dict[str, list[str]], limit: int) -> dict[str, Any]:
    item = bench.views.table("action_item")
    found = _actions(bench, tests=conditions(bench, filters, account=item.c.account_id))
    items = [_item(found, n) for n in range(min(limit, len(found.rows)))] if found else []
    row = {"open": 0, "overdue": 0, "ours_overdue": 0, "rest": 0}
    for each in found.rows if found else []:
        late = state_of("open", each["due_date"], None, bench.asof.today) == "overdue"
        row["open"] += 1
        row["overdue"] += late
        row["ours_overdue"] += late and each["owner_side"] == "vendor"
    row["rest"] = row["open"] - len(items)
    held = derived_records(bench, "calc", TOOL, {"item": "counts"}, [row])
    today = window(bench.asof.today, bench.asof.today)
    labels = {
        "open": "Open actions",
        "overdue": "Overdue actions",
        "ours_overdue": "Overdue actions of ours",
        "rest": "Open actions not shown",
    }
    counts = {name: held.figure(0, name, label, "count", window=today) for name, label in labels.items()}
    return {"account": None, "items": items, "counts": {name: figure for name, figure in counts.items() if figure}}
