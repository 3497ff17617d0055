"""Whether a customer may be asked something now, and who was asked too often: the limits of thresholds.yaml over what is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.contact import ContactCheck, ContactLog, check_contact
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.kit.explain_data import records
from meterline_tools.kit.records import Records, derived_records
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "activities"


def account_contact(bench: Workbench, account: Entity) -> dict[str, Any]:
    """The check of one account, and how much it was asked within the limit's days."""
    rules = load_thresholds()
    asks = [a for a in records(bench, "activity", account) if a["ask_type"] and a["activity_type"] != "internal"]
    contacts = records(bench, "contact", account)
    log = ContactLog(
        asks=asks,
        contacts=contacts,
        tickets=records(bench, "support_ticket", account),
        qbr_dates=[_due(q) for q in records(bench, "qbr", account) if not q["held_at"] and _due(q) is not None],
        insiders=(),
    )
    check: ContactCheck = check_contact(log, bench.asof.today, rules)
    start = bench.asof.today - timedelta(days=rules.contact.max_asks_days)
    recent = [a for a in asks if start <= a["occurred_at"].date() <= bench.asof.today]
    weight = sum(rules.contact.in_product_weight if a["activity_type"] == "in_product" else 1.0 for a in recent)
    row = {"account": account.id, "asks": weight, "limit": rules.contact.max_asks, "days": rules.contact.max_asks_days}
    held = derived_records(bench, "rule", TOOL, {"view": "contact", "account": account.id}, [row])
    window = Window(start=start, end=bench.asof.today)
    closed = [c for c in contacts if c["no_contact_until"] and c["no_contact_until"] > bench.asof.today]
    people = (
        derived_records(bench, "rule", TOOL, {"view": "contact", "account": account.id}, [_person(c) for c in closed]) if closed else None
    )
    return {
        "account": account.model_dump(),
        "passed": check.passed,
        "blocked_by": list(check.blocked_by),
        "alternative": check.alternative,
        "to_role": check.to_role,
        "figures": {
            "asks": held.figure(0, "asks", "Questions asked", "count", entity=account, window=window),
            "limit": held.figure(0, "limit", "Questions at most", "count"),
        },
        "closed": [_closed(people, n, account) for n in range(len(closed))] if people else [],
    }


def _due(row: Mapping[str, Any]) -> Any:
    return row["scheduled_at"].date() if row["scheduled_at"] else row["due_date"]


def _person(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"contact_id": row["contact_id"], "full_name": row["full_name"], "until": row["no_contact_until"]}


def _closed(people: Records, n: int, account: Entity) -> dict[str, Any]:
    return {
        "name": people.figure(n, "full_name", "Contact"),
        "until": people.figure(n, "until", "No contact until", "date", entity=account),
    }


def over_limits(bench: Workbench, conditions: list[Any], limit: int) -> dict[str, Any]:
    """Accounts that were asked at least as often as the limit within its days up to today, most asked first."""
    from sqlalchemy import case, func, select

    from meterline_tools.kit.records import read_records

    rules = load_thresholds().contact
    start = bench.asof.today - timedelta(days=rules.max_asks_days)
    done, accounts = bench.views.table("activity"), bench.views.accounts()
    weight = func.sum(case((done.c.activity_type == "in_product", rules.in_product_weight), else_=1.0))
    statement = (
        select(accounts.c.account_id, accounts.c.account_name, weight.label("asks"), func.max(done.c.occurred_at).label("last"))
        .join_from(done, accounts, accounts.c.account_id == done.c.account_id)
        .where(
            done.c.ask_type.is_not(None),
            done.c.ask_type != "",
            done.c.activity_type != "internal",
            done.c.occurred_at >= start,
            done.c.occurred_at < bench.asof.today + timedelta(days=1),
            *conditions,
        )
        .group_by(accounts.c.account_id, accounts.c.account_name)
        .having(weight >= rules.max_asks)
        .order_by(weight.desc(), accounts.c.account_id)
    )
    found = read_records(bench, TOOL, {"view": "contact"}, statement)
    window = Window(start=start, end=bench.asof.today)
    rows = []
    for n, row in enumerate(found.rows[:limit]):
        entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
        figures = {
            "asks": found.figure(n, "asks", "Questions asked", "count", entity=entity, window=window),
            "last": found.figure(n, "last", "Last asked", "date", entity=entity),
        }
        rows.append({"account": entity.model_dump(), "figures": {k: f for k, f in figures.items() if f}})
    told = derived_records(bench, "rule", TOOL, {"of": found.receipt.id}, [{"count": len(found.rows), "limit": rules.max_asks}])
    total = {
        "count": told.figure(0, "count", "Accounts at the limit of questions", "count", window=window),
        "limit": told.figure(0, "limit", "Questions at most", "count"),
    }
    return {"rows": rows, "rest": max(0, len(found.rows) - limit), "total": {"figures": total}, "closed": _closed_to_us(bench, conditions)}


def _closed_to_us(bench: Workbench, conditions: list[Any]) -> list[dict[str, Any]]:
    """The people who are not to be contacted for now, with their account and the day until when: the nearest day first."""
    from sqlalchemy import select

    from meterline_tools.kit.records import read_records

    contacts, accounts = bench.views.table("contact"), bench.views.accounts()
    statement = (
        select(contacts.c.full_name, contacts.c.no_contact_until.label("until"), accounts.c.account_id, accounts.c.account_name)
        .join_from(contacts, accounts, accounts.c.account_id == contacts.c.account_id)
        .where(contacts.c.no_contact_until > bench.asof.today, *conditions)
        .order_by(contacts.c.no_contact_until, accounts.c.account_id, contacts.c.contact_id)
    )
    found = read_records(bench, TOOL, {"view": "contact", "of": "people not to be contacted"}, statement)
    owners = [Entity(type="account", id=row["account_id"], name=row["account_name"]) for row in found.rows]
    return [{"account": owner.model_dump(), **_closed(found, n, owner)} for n, owner in enumerate(owners)]
