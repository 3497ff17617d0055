"""Training vouchers of customers (M47): what was issued, redeemed and lapsed, and what is outstanding.

A redemption names no batch, so it is taken from the batch of the same expiry date where the event tells it, else from
the oldest batch of the same customer and program that still has vouchers. That gives the redemption rate of what was
issued in a year, rather than this month's redemptions over this month's issues.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.holders import with_holder

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

SOON = 30
COHORT = 365
ISSUED, REDEEMED, EXPIRED = "voucher_issued", "voucher_redeemed", "voucher_expired"


def build_vouchers(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One row a voucher event up to the end of the window; courses and certificates of our own people are left out."""
    request = requests[0]
    events = context.views.table("enablement_event")
    rows: Any = events
    columns: dict[str, Column] = {"account": events.c.account_id, "program": events.c.program, "sku_family": events.c.sku_family}
    if context.by_people:
        rows, columns["rep"], _ = with_holder(context, rows, events.c.account_id, request.window.end)
    fact = Fact(context, rows, columns, window=request.window)
    extra: dict[str, Column] = {
        "event_id": events.c.event_id,
        "holder": events.c.account_id,
        "voucher_program": events.c.program,
        "event_type": events.c.event_type,
        "vouchers": func.coalesce(events.c.quantity, 1),
        "occurred_at": events.c.occurred_at,
        "expires_on": events.c.expires_on,
    }
    where = [
        events.c.event_type.in_([ISSUED, REDEEMED, EXPIRED]),
        events.c.subject_type != "rep",
        events.c.occurred_at < datetime.combine(request.window.end + timedelta(days=1), time()),
    ]
    told = f"M47 {request.metric.definition.rstrip('.')}, {request.window}; one row an event"
    plan = Plan(detail_select(context, fact, extra, where, told), outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda found: _finish(context, request, found)
    return [plan]


def _finish(context: Context, request: Request, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    start, end = request.window.start, request.window.end

    def measure(group: Group) -> dict[str, Any]:
        events = group.once("event_id")
        batches = match_batches(events)
        recent = [batch for batch in batches if batch.issued_on > end - timedelta(days=COHORT)]
        given = sum(batch.issued for batch in recent)

        def inside(kind: str) -> int:
            return sum(e["vouchers"] for e in events if e["event_type"] == kind and start <= e["occurred_at"].date() <= end)

        return {
            "m47_outstanding": sum(e["vouchers"] if e["event_type"] == ISSUED else -e["vouchers"] for e in events),
            "m47_expiring": sum(batch.left for batch in batches if batch.expires_between(end, end + timedelta(days=SOON))),
            "m47_issued": inside(ISSUED),
            "m47_redeemed": inside(REDEEMED),
            "m47_expired": inside(EXPIRED),
            "m47_redemption_rate": sum(batch.redeemed for batch in recent) / given if given else None,
        }

    return grouped_rows(context, rows, measure)


@dataclass
class Batch:
    """Vouchers issued together, and what became of them."""

    issued_on: date
    expires_on: date | None
    issued: int
    redeemed: int = 0
    expired: int = 0

    @property
    def left(self) -> int:
        return self.issued - self.redeemed - self.expired

    def expires_between(self, after: date, until: date) -> bool:
        return self.expires_on is not None and after < self.expires_on <= until


def match_batches(events: Sequence[dict[str, Any]]) -> list[Batch]:
    """Batches with their redemptions and lapses."""
    held: dict[tuple[Any, Any], list[Batch]] = defaultdict(list)
    for event in sorted(events, key=lambda e: (e["occurred_at"], e["event_type"] != ISSUED, e["event_id"])):
        batches = held[(event["holder"], event["voucher_program"])]
        if event["event_type"] == ISSUED:
            batches.append(Batch(event["occurred_at"].date(), event["expires_on"], event["vouchers"]))
        else:
            _take(batches, event)
    return [batch for batches in held.values() for batch in batches]


def _take(batches: list[Batch], event: dict[str, Any]) -> None:
    """Takes an event's vouchers from the batch it names by its expiry date, then from the oldest ones."""
    wanted = event["vouchers"]
    for batch in sorted(batches, key=lambda b: (b.expires_on != event["expires_on"], b.issued_on)):
        taken = min(wanted, batch.left)
        if event["event_type"] == REDEEMED:
            batch.redeemed += taken
        else:
            batch.expired += taken
        wanted -= taken
