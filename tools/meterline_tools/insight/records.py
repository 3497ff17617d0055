"""Dated records of systems as statements: use-case events, tickets, changes elsewhere, paper (7.2 step 8).

Rows are mappings with the columns of the canonical tables. What a record proves is fixed by its kind, not by
its words; tickets and changes are also read for their words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.slice_words import SliceWords, mentions, tokens
from meterline_tools.receipts import Side

Row = Mapping[str, Any]
LIVE = "live"
EVENT_DAYS_BEFORE, EVENT_DAYS_AFTER = 45, 45
"""Days around the onset in which a record of a use case says something about the change."""
_STOPPED = ("lost", "paused")


def day_of(value: Any) -> date:
    """The UTC day of a date or a time."""
    return value.date() if isinstance(value, datetime) else value


def use_case_statements(
    events: Iterable[Row], use_cases: Mapping[str, Row], workload_of: Mapping[str, set[str]], words: SliceWords, onset: date
) -> list[Statement]:
    """Go-lives and stops. `workload_of` maps a use case to its workloads.

    A use case is about the slice when one of its workloads is in it or, without linked workloads, when its name is.
    Only events around the onset count.
    """
    out = []
    for event in events:
        case = use_cases.get(event["use_case_id"])
        if case is None or event["event_type"] not in ("stage_change", "lost"):
            continue
        stage = "lost" if event["event_type"] == "lost" else str(event["to_value"] or "")
        if stage != LIVE and stage not in _STOPPED:
            continue
        causes = ("new_use_case", "new_product_adoption", "market_expansion") if stage == LIVE else ("use_case_churn",)
        linked = workload_of.get(event["use_case_id"], set())
        near = -EVENT_DAYS_BEFORE <= (day_of(event["event_at"]) - onset).days <= EVENT_DAYS_AFTER
        about = bool(linked & words.ids) if linked else mentions(words.own, tokens(str(case["use_case_name"])))
        if not near or not about:
            continue
        text = str(event.get("reason") or case["use_case_name"])
        out.append(
            Statement(
                "use_case_event",
                str(event["event_id"]),
                "system",
                day_of(event["event_at"]),
                text,
                title=f"{case['use_case_name']}: {stage}",
                kind=stage,
                causes=causes,
                about_slice=True,
            )
        )
    return out


def ticket_statements(tickets: Iterable[Row]) -> list[Statement]:
    """Tickets by their summary, or by their title when that is all; the customer opened them, the wording is shared."""
    out = []
    for ticket in tickets:
        tags = frozenset(str(ticket[c]) for c in ("workload_id", "connector_type") if ticket.get(c))
        title = str(ticket.get("title") or "")
        text = str(ticket.get("summary") or "") or title
        if text:
            ident, day, kind = str(ticket["ticket_id"]), day_of(ticket["opened_at"]), str(ticket.get("category") or "ticket")
            out.append(Statement("ticket", ident, "customer", day, text, around=title, title=title or None, kind=kind, tags=tags))
    return out


def action_statements(items: Iterable[Row]) -> list[Statement]:
    """What somebody undertook to do and has done or begun; what was dropped says nothing."""
    out = []
    for item in items:
        text, day = str(item.get("description") or ""), item.get("closed_at") or item.get("due_date") or item["created_at"]
        if text and item.get("status") not in ("cancelled", "dropped", "rejected"):
            side: Side = "customer" if item.get("owner_side") == "customer" else "vendor"
            known = day_of(item["created_at"])
            out.append(Statement("action_item", str(item["action_id"]), side, day_of(day), text, kind="action item", announced=known))
    return out


_BY_TYPE = {
    "upstream_api": ("upstream_api_change",),
    "incident": ("upstream_api_change",),
    "release": ("upstream_api_change",),
    "deprecation": ("upstream_api_change",),
    "price_change": ("promo_expiry", "negotiated_discount", "tier_crossing"),
    "holiday": ("seasonal_peak",),
}


def change_statements(changes: Iterable[Row], words: SliceWords, account_id: str, industry: str | None) -> list[Statement]:
    """Dated changes that are not this customer's doing and whose scope covers the slice."""
    out = []
    for change in changes:
        scope, value = change.get("scope_type") or "global", str(change.get("scope_value") or "")
        covered = {
            "global": True,
            "account": value == account_id,
            "industry": value == industry,
        }.get(scope, value in words.ids or mentions(words.own, tokens(value)))
        causes = _BY_TYPE.get(str(change["change_type"]), ())
        told = scope == "account" and not causes  # its kind proves nothing, its words are about this account
        if not covered or not (causes or told) or change.get("status") == "planned":
            continue
        text = str(change.get("description") or change["title"])
        out.append(
            Statement(
                "change_event",
                str(change["change_id"]),
                "system",
                day_of(change["starts_on"]),
                text,
                title=str(change["title"]),
                kind=str(change["change_type"]),
                causes=causes,
                about_slice=scope in ("connector", "sku_family", "region", "account"),
            )
        )
    return out


def _term(contract: Row) -> str:
    return f"{contract['contract_type']} contract, {day_of(contract['start_date'])} to {day_of(contract['end_date'])}"


def contract_statements(contracts: Iterable[Row], onset: date) -> list[Statement]:
    """Contracts whose term begins or ends at the onset; and commitments, for what their running out proves."""
    out = []
    for contract in contracts:
        for column, causes in (("start_date", ("negotiated_discount",)), ("end_date", ("promo_expiry",))):
            day = day_of(contract[column])
            if abs((day - onset).days) <= 3:
                text, ident, signed = _term(contract), str(contract["contract_id"]), contract.get("signed_date")
                told = day_of(signed) if signed else None
                out.append(Statement("contract", ident, "system", day, text, kind=column, causes=causes, about_slice=True, announced=told))
        if contract.get("contract_type") == "commit" and day_of(contract["start_date"]) <= onset <= day_of(contract["end_date"]):
            text = _term(contract)
            out.append(
                Statement(
                    "contract",
                    str(contract["contract_id"]),
                    "system",
                    onset,
                    text,
                    kind="commit",
                    causes=("commit_exhaustion",),
                    about_slice=True,
                )
            )
    return out


def contact_statements(contacts: Iterable[Row]) -> list[Statement]:
    """People at the customer who left or moved; the record names them by role, not by name."""
    out = []
    for contact in contacts:
        if contact.get("status") not in ("left", "moved") or not contact.get("status_since"):
            continue
        role = str(contact.get("persona") or contact.get("title") or "contact").replace("_", " ")
        out.append(
            Statement(
                "contact",
                str(contact["contact_id"]),
                "system",
                day_of(contact["status_since"]),
                f"{role}: {contact['status']}",
                title=str(contact.get("title") or "") or None,
                kind=str(contact["status"]),
                causes=("champion_change",) if contact.get("persona") in _DRIVING else (),
                about_slice=True,
            )
        )
    return [s for s in out if s.causes]


_DRIVING = ("champion", "technical_owner", "economic_buyer", "exec_sponsor")
"""Personas whose leaving can take the usage with it."""
