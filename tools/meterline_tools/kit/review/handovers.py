"""Accounts that changed hands: what a rep's change on paper is made of when nobody at the customer did anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import preceding
from meterline_tools.kit.metrics import HANDED_OVER, query_metrics
from meterline_tools.kit.records import read_records
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.kit.review.people import People

_TOOL = "review_rep"
MOST = 50


@dataclass(frozen=True)
class Handover:
    """One account that came or went. `on` is the first day of the new credit."""

    account: Entity
    way: str
    """in or out"""
    told: dict[str, Any]


@dataclass(frozen=True)
class Handovers:
    """`held`: figures of the accounts that were with the person all the time; empty when nothing changed hands."""

    changes: list[Handover] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)

    def of(self, account_id: str) -> Handover | None:
        return next((each for each in self.changes if each.account.id == account_id), None)


def handovers(bench: Workbench, person: People, window: Window) -> Handovers:
    """What came into and left the book during the window and the equal period before it."""
    if not bench.warehouse.has("account_assignment"):
        return Handovers()
    earlier = preceding(window)
    span = Window.model_validate({"from": earlier.start, "to": window.end})
    records = read_records(bench, _TOOL, {"handovers": person.id}, _statement(bench, person, span), limit=5_000)
    changes: list[Handover] = []
    kept: set[str] = set()
    for n, row in enumerate(records.rows):
        account = Entity(type="account", id=row["account_id"], name=row["account_name"] or HANDED_OVER)
        came, went = row["valid_from"] > span.start, row["valid_to"] <= span.end
        if not (came or went):
            kept.add(account.id)
        elif len(changes) < MOST:
            way = "out" if went else "in"
            day = records.figure(n, "valid_to" if went else "valid_from", "Handed over on", "date", entity=account)
            changes.append(Handover(account, way, {"account": account.model_dump(), "way": way, "on": day}))
    changed = {each.account.id for each in changes}
    return Handovers(changes, _held(bench, person, window, sorted(kept - changed))) if changes else Handovers()


def _statement(bench: Workbench, person: People, span: Window) -> Any:
    """Primary credits of the person (or of everybody in the team together) that touch the span, a row an account.

    An account that moved within a team stayed in the team; names of accounts that are out of sight by now stay out.
    """
    from sqlalchemy import func, select

    credit, accounts = bench.views.credit(), bench.views.accounts()
    ids = [person.id, *(person.records.rows[n]["rep_id"] for n in person.below())]
    first, last = func.min(credit.c.valid_from), func.max(credit.c.valid_to)
    return (
        select(credit.c.account_id, accounts.c.account_name, first.label("valid_from"), last.label("valid_to"))
        .select_from(credit.outerjoin(accounts, accounts.c.account_id == credit.c.account_id))
        .where(credit.c.rep_id.in_(ids), credit.c.credit_pct > 0, credit.c.valid_from <= span.end, credit.c.valid_to > span.start)
        .group_by(credit.c.account_id, accounts.c.account_name)
        .order_by(credit.c.account_id)
    )


def _held(bench: Workbench, person: People, window: Window, account_ids: list[str]) -> dict[str, str]:
    """M01 and M08 of the accounts held all through; empty when there are none or too many to name."""
    visible = [each for each in account_ids if bench.names.name_of("account", each)]
    if not visible or len(visible) > 500:
        return {}
    phrase = f"{window.start.isoformat()}..{window.end.isoformat()}"
    reply = query_metrics(bench, metrics=["M01", "M08"], filters=person.filter | {"account": visible}, window=phrase)
    return dict((reply.get("total") or next(iter(reply["rows"]), {"figures": {}}))["figures"])
