"""Records a brief needs besides metrics: the account's paper facts, promises, people, QBRs and releases.

Not offered to models. Each function reads one table within scope and returns its `Records`; where the
company did not bring the table it returns None, which sections state.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.records import Records, derived_records, read_records

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.receipts import Entity

_TOOL = "draft_brief"
_EXECUTIVES = ("economic_buyer", "exec_sponsor")


def account_facts(bench: Workbench, entity: Entity) -> Records:
    """One row: account_name, industry, country, segment, plan, group_name (parent), owner_name."""
    from sqlalchemy import select

    accounts, people = bench.views.accounts(), bench.views.reps()
    parent = accounts.alias("parent")
    statement = (
        select(
            *(accounts.c[name] for name in ("account_id", "account_name", "industry", "country", "segment", "plan")),
            parent.c.account_name.label("group_name"),
            people.c.full_name.label("owner_name"),
        )
        .select_from(accounts.outerjoin(parent, parent.c.account_id == accounts.c.parent_account_id))
        .outerjoin(people, people.c.rep_id == accounts.c.owner_rep_id)
        .where(accounts.c.account_id == entity.id)
    )
    return read_records(bench, _TOOL, {"account": entity.id}, statement)


def credited_reps(bench: Workbench, entity: Entity) -> Records:
    """Who is credited for the account on the last complete day: full_name, credit_pct, the largest share first."""
    from sqlalchemy import select

    credit, people, d1 = bench.views.credit(), bench.views.reps(), bench.asof.d1
    statement = (
        select(people.c.full_name, credit.c.credit_pct)
        .join_from(credit, people, people.c.rep_id == credit.c.rep_id)
        .where(credit.c.account_id == entity.id, credit.c.valid_from <= d1, credit.c.valid_to > d1)
        .order_by(credit.c.credit_pct.desc(), people.c.full_name)
    )
    return read_records(bench, _TOOL, {"account": entity.id}, statement)


def first_usage_day(bench: Workbench, entity: Entity) -> date | None:
    """The account's first day with consumption."""
    from sqlalchemy import func, select

    days = bench.views.account_day()
    statement = select(func.min(days.c.usage_date)).where(days.c.account_id == entity.id, days.c.usd > 0)
    first: date | None = bench.warehouse.run(statement).rows[0][0]
    return first


def people(bench: Workbench, entity: Entity) -> Records | None:
    """Contacts who are still there: contact_id, full_name, title, persona, is_executive."""
    from sqlalchemy import case, or_, select

    if not bench.warehouse.has("contact"):
        return None
    contact = bench.views.table("contact")
    executive = case((contact.c.persona.in_(_EXECUTIVES), 1), else_=0)
    statement = (
        select(contact.c.contact_id, contact.c.full_name, contact.c.title, contact.c.persona, executive.label("is_executive"))
        .where(contact.c.account_id == entity.id, or_(contact.c.status.is_(None), contact.c.status == "active"))
        .order_by(executive.desc(), contact.c.persona, contact.c.full_name)
    )
    return read_records(bench, _TOOL, {"account": entity.id}, statement)


def reviews(bench: Workbench, entity: Entity) -> Records | None:
    """QBRs of the account, the latest first: qbr_id, status, due, scheduled, held, period, budget, executive_name, owner_name."""
    from sqlalchemy import Date, cast, select

    if not bench.warehouse.has("qbr"):
        return None
    qbr, reps = bench.views.table("qbr"), bench.views.reps()
    contact = bench.views.table("contact")
    statement = (
        select(
            *(qbr.c[name] for name in ("qbr_id", "status", "due_date", "period_start", "period_end", "budget_usd")),
            cast(qbr.c.scheduled_at, Date).label("scheduled_on"),
            cast(qbr.c.held_at, Date).label("held_on"),
            contact.c.full_name.label("executive_name"),
            reps.c.full_name.label("owner_name"),
        )
        .select_from(qbr.outerjoin(contact, contact.c.contact_id == qbr.c.customer_exec_contact_id))
        .outerjoin(reps, reps.c.rep_id == qbr.c.owner_rep_id)
        .where(qbr.c.account_id == entity.id)
        .order_by(qbr.c.due_date.desc())
    )
    return read_records(bench, _TOOL, {"account": entity.id}, statement)


def promises(bench: Workbench, entity: Entity, since: date) -> Records | None:
    """Action items made since a day, and older ones still open: what, whose side, owner_name, due, status. Open ones first."""
    from sqlalchemy import case, func, or_, select

    if not bench.warehouse.has("action_item"):
        return None
    item, reps, contact = bench.views.table("action_item"), bench.views.reps(), bench.views.table("contact")
    known_at = bench.asof.known_at
    status = case((item.c.closed_at > known_at, "open"), else_=item.c.status).label("status")  # as it was known then
    is_open = case((status == "open", 0), else_=1)
    statement = (
        select(
            *(item.c[name] for name in ("action_id", "description", "owner_side", "due_date")),
            status,
            func.coalesce(reps.c.full_name, contact.c.full_name).label("owner_name"),
        )
        .select_from(item.outerjoin(reps, reps.c.rep_id == item.c.owner_id))
        .outerjoin(contact, contact.c.contact_id == item.c.owner_id)
        .where(item.c.account_id == entity.id, or_(status == "open", item.c.created_at >= since))
        .order_by(is_open, item.c.due_date.nulls_last(), item.c.action_id)
    )
    return read_records(bench, _TOOL, {"account": entity.id, "since": since.isoformat()}, statement)


def releases(bench: Workbench, entity: Entity, since: date, *, internal: bool) -> Records | None:
    """What went live since a day and touches a SKU family or connector the account uses: title, starts_on, scope."""
    from sqlalchemy import and_, or_, select

    if not bench.warehouse.has("change_event"):
        return None
    change, usage, workload = bench.views.table("change_event"), bench.views.usage(), bench.views.table("workload")
    recent = and_(usage.c.account_id == entity.id, usage.c.usage_date > bench.asof.d1 - timedelta(days=91))
    families = select(usage.c.sku_family).where(recent, usage.c.sku_family.is_not(None))
    connectors = select(workload.c.connector_type).where(workload.c.account_id == entity.id, workload.c.connector_type.is_not(None))
    relevant = or_(
        and_(change.c.scope_type == "sku_family", change.c.scope_value.in_(families)),
        and_(change.c.scope_type == "connector", change.c.scope_value.in_(connectors)),
        and_(change.c.scope_type == "account", change.c.scope_value == entity.id),
    )
    statement = (
        select(change.c.change_id, change.c.title, change.c.starts_on, change.c.scope_type, change.c.scope_value)
        .where(change.c.change_type == "release", change.c.starts_on.between(since, bench.asof.today), relevant)
        .where(or_(change.c.status.is_(None), change.c.status != "rolled_back"))
        .order_by(change.c.starts_on.desc())
    )
    if not internal:
        statement = statement.where(change.c.visibility == "public")
    return read_records(bench, _TOOL, {"account": entity.id, "since": since.isoformat()}, statement)


def worked_out(bench: Workbench, values: list[dict[str, Any]]) -> Records:
    """Values a section worked out itself (due dates, shares of a period), a row each, so that they have a receipt."""
    return derived_records(bench, "calc", _TOOL, {}, values)
