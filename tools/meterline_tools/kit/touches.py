"""Touches of customers by account: who went without for long, who got nothing but administration, and the lists they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.records import Records, derived_records, read_records
from meterline_tools.kit.scoping import conditions
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from sqlalchemy import CTE, ColumnElement, Select

    from meterline_tools.kit.bench import Workbench

TOOL = "activities"
INSIDE = ("internal", "in_product")
"""Not a touch of a customer by a person."""
MESSAGES = ("email", "in_product")
ADMIN = "admin"
"""The purpose of a touch that is about paper, access or dates only."""
RENEWED = ("commit", "enterprise_license")
"""Paper with a term: pay-as-you-go has nothing to renew."""
RECENT = 28
MOST = 5_000


@dataclass(frozen=True)
class Ask:
    """What a list is about, with names resolved."""

    bench: Workbench
    filters: dict[str, list[str]]
    window: Window
    limit: int


def silent(ask: Ask) -> dict[str, Any]:
    """Consuming accounts without a touch in the window, dearest first."""
    from sqlalchemy import or_

    touch = touched(ask.bench)
    reply = _quiet(ask, "silent", touch, or_(touch.c.last_touch.is_(None), touch.c.last_touch < ask.window.start))
    start = derived_records(ask.bench, "calc", TOOL, {"of": reply["receipt"]}, [{"since": ask.window.start}])
    reply["total"]["figures"]["since"] = start.figure(0, "since", "Silent since", "date")
    return reply


def longest(ask: Ask) -> dict[str, Any]:
    """All consuming accounts that anybody ever touched, the longest silence first, and how many nobody did."""
    touch = touched(ask.bench)
    reply = _quiet(ask, "longest", touch, touch.c.last_touch.is_not(None), order=(touch.c.last_touch,))
    never = _quiet(replace(ask, limit=1), "never", touch, touch.c.last_touch.is_(None))["total"]["figures"]["count"]
    reply["total"]["figures"]["never"] = never
    return reply


def administered(ask: Ask) -> dict[str, Any]:
    """Consuming accounts with touches in the window that were all administrative, dearest first."""
    touch = touched(ask.bench, ask.window)
    return _quiet(ask, "admin", touch, touch.c.touches == touch.c.admin)


def _quiet(ask: Ask, view: str, touch: CTE, wanted: ColumnElement[bool], order: Sequence[ColumnElement[Any]] = ()) -> dict[str, Any]:
    """Consuming accounts that meet a condition on their touches, in an order that ends with the dearest first."""
    bench, accounts, used = ask.bench, ask.bench.views.accounts(), used_lately(ask.bench)
    statement = (
        account_columns(bench, used)
        .add_columns(touch.c.last_touch, touch.c.last_conversation, touch.c.touches)
        .outerjoin(touch, touch.c.account_id == accounts.c.account_id)
        .where(used.c.usd > 0, wanted)
        .where(*conditions(bench, ask.filters, account=accounts.c.account_id))
        .order_by(*order, used.c.usd.desc(), accounts.c.account_id)
    )
    arguments = {"view": view, "window": str(ask.window)}
    found = read_records(bench, TOOL, arguments, statement, limit=MOST)
    columns = {
        "last_touch": ("Last touch", "date"),
        "last_conversation": ("Last conversation", "date"),
        "usd": ("Net consumption", bench.warehouse.company.currency),
        "renewal": ("Contract runs until", "date"),
    }
    columns |= {"touches": ("Touches", "count")} if view == "admin" else {}
    return listed(ask, found, columns, "usd", "Net consumption of these accounts") | {"receipt": found.receipt.id}


def listed(ask: Ask, found: Records, columns: dict[str, tuple[str, str]], summed: str, label: str) -> dict[str, Any]:
    """The first rows with figures, how many there are in all, and the sum over all of them and over the rest."""
    bench = ask.bench
    d1 = bench.asof.d1
    dates = Window(start=d1 - timedelta(days=RECENT - 1), end=d1)
    rows = []
    for n, row in enumerate(found.rows[: ask.limit]):
        entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
        made = {}
        for name, (text, unit) in columns.items():
            more = {"metric": "M01", "window": dates} if name == "usd" else {}
            made[name] = found.figure(n, name, text, unit, entity=entity, **more)
        kept = {name: figure for name, figure in made.items() if figure}
        rows.append({"account": entity.model_dump(), "owner": row["owner_name"], "source": row.get("acquisition_source"), "figures": kept})
    left = found.rows[ask.limit :]
    sums = {
        "count": len(found.rows),
        "usd": sum(row[summed] or 0.0 for row in found.rows),
        "rest": len(left),
        "rest_usd": sum(row[summed] or 0.0 for row in left),
    }
    worked = derived_records(bench, "calc", TOOL, {"of": found.receipt.id}, [sums])
    currency = bench.warehouse.company.currency
    units = {"count": ("Accounts", "count"), "usd": (label, currency), "rest": ("Further accounts", "count"), "rest_usd": (label, currency)}
    more = {"window": dates} if summed == "usd" else {}
    total = {name: worked.figure(0, name, text, unit, **(more if unit == currency else {})) for name, (text, unit) in units.items()}
    return {"rows": rows, "rest": len(left), "total": {"figures": total}}


def account_columns(bench: Workbench, used: CTE) -> Select[Any]:
    """Account, holder, consumption of four weeks, and when the running contract ends."""
    from sqlalchemy import func, select

    accounts, people, credit, d1 = bench.views.accounts(), bench.views.reps(), bench.views.credit(), bench.asof.d1
    holder = (
        select(credit.c.account_id, func.min(people.c.full_name).label("owner_name"))
        .join_from(credit, people, people.c.rep_id == credit.c.rep_id)
        .where(credit.c.valid_from <= d1, credit.c.valid_to > d1)
        .group_by(credit.c.account_id)
        .subquery("holder")
    )
    contracts = bench.views.table("contract")
    runs = (
        select(contracts.c.account_id, func.max(contracts.c.end_date).label("renewal"))
        .where(contracts.c.start_date <= d1, contracts.c.end_date > d1, contracts.c.contract_type.in_(RENEWED))
        .group_by(contracts.c.account_id)
        .subquery("runs")
    )
    columns = [accounts.c.account_id, accounts.c.account_name, holder.c.owner_name, used.c.usd, runs.c.renewal]
    return (
        select(*columns)
        .join_from(accounts, used, used.c.account_id == accounts.c.account_id)
        .outerjoin(holder, holder.c.account_id == accounts.c.account_id)
        .outerjoin(runs, runs.c.account_id == accounts.c.account_id)
    )


def used_lately(bench: Workbench) -> CTE:
    from sqlalchemy import func, select

    days, d1 = bench.views.account_day(), bench.asof.d1
    recent = days.c.usage_date.between(d1 - timedelta(days=RECENT - 1), d1)
    return select(days.c.account_id, func.sum(days.c.usd).label("usd")).where(recent).group_by(days.c.account_id).cte("used")


def touched(bench: Workbench, days: Window | None = None) -> CTE:
    """Per account its touches by a person: first, last, how many, and how many administrative; of those days where given."""
    from sqlalchemy import case, func, select

    done = bench.views.table("activity")
    spoken = case((done.c.activity_type.not_in(MESSAGES), done.c.occurred_at))
    within = [done.c.occurred_at >= days.start, done.c.occurred_at < days.end + timedelta(days=1)] if days else []
    return (
        select(
            done.c.account_id,
            func.min(done.c.occurred_at).label("first_touch"),
            func.max(done.c.occurred_at).label("last_touch"),
            func.max(spoken).label("last_conversation"),
            func.count().label("touches"),
            func.sum(case((done.c.purpose == ADMIN, 1), else_=0)).label("admin"),
        )
        .where(done.c.activity_type.not_in(INSIDE), done.c.account_id.is_not(None), *within)
        .group_by(done.c.account_id)
        .cte("touched")
    )
