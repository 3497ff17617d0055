"""The doorway to the data for metrics: selectables with scope, time of knowledge and d1 inside.

Each view is a common table expression with a comment that says what it holds, so that the SQL of a
receipt reads like its definition. SQLAlchemy Core only, nothing that one dialect alone understands.

A standing law, on any data and for everybody who sees everything, on each day:
sum(v_rep_day) + sum(v_uncredited_day) = sum(v_account_day).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, FromClause, and_, func, literal, null, or_, select
from sqlalchemy.sql.elements import ColumnElement

from meterline_tools.principal import Principal
from meterline_tools.warehouse.asof import AsOf
from meterline_tools.warehouse.beside import NO_ROWS, OwnRows, with_own
from meterline_tools.warehouse.rollups import account_day, is_consumption, usage_slice
from meterline_tools.warehouse.schema import TABLES, account, account_assignment, sku, usage_daily
from meterline_tools.warehouse.scope import PRIMARY, sees_account, sees_rep, sees_row
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Warehouse

ALWAYS_FROM = date(1900, 1, 1)
ALWAYS_TO = date(2999, 1, 1)
_KNOWN_SINCE: dict[str, tuple[str, ...]] = {
    "usage_daily": ("ingested_at",),
    "change_event": ("known_at",),
    "note": ("created_at", "occurred_at"),
    "use_case": ("created_at",),
    "use_case_event": ("event_at",),
    "activity": ("logged_at", "occurred_at"),
    "action_item": ("created_at",),
    "enablement_event": ("occurred_at",),
    "support_ticket": ("opened_at",),
    "usage_annotation": ("confirmed_at",),
    "quota": ("snapped_on",),
    "forecast": ("version_date",),
    "contract": ("signed_date",),
}
"""When a row became known: the first of these columns that has a value. None has: it was always known."""


class Views:
    """The views of one principal at one as-of. Asking twice gives the same object, so that joins share one CTE.

    `scope_day` decides which accounts are visible where data are looked at up to another day than the last complete one.
    `own` are rows that Meterline itself keeps of some tables, such as causes that people confirmed.
    """

    def __init__(
        self, warehouse: Warehouse, asof: AsOf, principal: Principal, scope_day: date | None = None, own: OwnRows = NO_ROWS
    ) -> None:
        self.warehouse = warehouse
        self.asof = asof
        self.principal = principal
        self.own = own
        self._scope_day = scope_day or asof.d1
        self._made: dict[str, CTE] = {}

    def _once(self, name: str, make: Callable[[], CTE]) -> CTE:
        """The view of that name: made by the first who asks, whole before anybody else sees it, and then the same for all threads."""
        if name not in self._made:
            made = make()
            len(made.c)  # columns of a view are made when first looked at
            self._made.setdefault(name, made)
        return self._made[name]

    @cached_property
    def settled(self) -> bool:
        """Whether rollups may answer: they are there, and every row in them was known by `known_at`."""
        newest = self.warehouse.meta.newest_ingested_at
        return self.warehouse.meta.rolled_up and newest is not None and self.asof.known_at >= newest

    @property
    def holds_notes(self) -> bool:
        """Whether there is any note at all, brought or kept by ourselves."""
        return bool(self.own.get("note")) or self.warehouse.has("note")

    @cached_property
    def own_note_ids(self) -> frozenset[str]:
        """Ids of the notes of our own, whoever may see them."""
        return frozenset(str(row["note_id"]) for row in self.own.get("note", ()))

    def usage(self) -> CTE:
        """v_usage: columns of usage_daily, and sku_name, sku_family, consumed_unit. One row a slice and day or, for
        an older time of knowledge, one a usage row: sum, never count."""
        return self._once("usage", self._make_usage)

    def usage_rows(self) -> CTE:
        """v_usage_row: v_usage with every row as it arrived, each with its own ingested_at and charge_class. Never from rollups."""
        return self._once("usage_rows", self._make_usage_rows)

    def account_day(self) -> CTE:
        """v_account_day: account_id, usage_date, usd, list_usd; one row for each account and day with data."""
        return self._once("account_day", self._make_account_day)

    def credit(self) -> CTE:
        """v_credit: account_id, rep_id, credit_pct, valid_from, valid_to (half-open; never NULL)."""
        return self._once("credit", self._make_credit)

    def rep_day(self) -> CTE:
        """v_rep_day: rep_id, account_id, usage_date, usd. A rep keeps the credit of accounts that were handed over since."""
        return self._once("rep_day", self._make_rep_day)

    def uncredited_day(self) -> CTE:
        """v_uncredited_day: account_id, usage_date, usd that no credit covers."""
        return self._once("uncredited_day", self._make_uncredited_day)

    def until(self, day: date) -> Views:
        """The same rows for the same eyes, with usage up to another day than the last complete one."""
        return Views(self.warehouse, replace(self.asof, d1=day), self.principal, self._scope_day, self.own)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table has rows, loaded or our own."""
        return bool(self.own.get(table)) or self.warehouse.has(table, *columns)

    def accounts(self) -> CTE:
        """v_account: the visible rows of `account`."""
        return self.table("account")

    def reps(self) -> CTE:
        """v_rep: the visible rows of `rep`."""
        return self.table("rep")

    def table(self, name: str) -> CTE:
        """v_<name>: any canonical table, only rows that are visible and were known by `known_at`."""
        return self._once(f"table {name}", lambda: self._make_table(name))

    def _make_table(self, name: str) -> CTE:
        source = with_own(TABLES[name], self.own.get(name, ()))
        statement = select(*source.c).where(*self._known(name, source), sees_row(name, source, self.principal, self._scope_day))
        return named_view(statement, f"v_{name}", "rows that are visible to the asker and known at the time of knowledge")

    def _known(self, name: str, source: FromClause) -> list[ColumnElement[bool]]:
        moments = [source.c[column] for column in _KNOWN_SINCE.get(name, ())]
        if not moments:
            return []
        since = func.coalesce(*moments) if len(moments) > 1 else moments[0]
        limit = self.asof.today if name in ("quota", "forecast", "contract") else self.asof.known_at
        always = not TABLES[name].c[moments[-1].key].nullable
        return [since <= limit if always else or_(since.is_(None), since <= limit)]

    def _make_usage(self) -> CTE:
        source, rows = (usage_slice, self._from_slices()) if self.settled else (usage_daily, self._from_raw())
        statement = rows.where(source.c.usage_date <= self.asof.d1, sees_account(source.c.account_id, self.principal, self._scope_day))
        return named_view(statement, "v_usage", "usage of consumption SKUs up to the last complete day")

    def _make_usage_rows(self) -> CTE:
        in_sight = sees_account(usage_daily.c.account_id, self.principal, self._scope_day)
        rows = self._from_raw().where(usage_daily.c.usage_date <= self.asof.d1, in_sight)
        return named_view(rows, "v_usage_row", "usage rows of consumption SKUs up to the last complete day, as they arrived")

    def _from_slices(self) -> AnySelect:
        stand_ins: dict[str, ColumnElement[Any]] = {
            "usage_id": null(),
            "charge_class": null(),
            "ingested_at": usage_slice.c.max_ingested_at,
        }
        columns = [
            (stand_ins[column.name] if column.name in stand_ins else usage_slice.c[column.name]).label(column.name)
            for column in usage_daily.c
        ]
        return select(*columns, *_sku_columns()).select_from(usage_slice.outerjoin(sku, sku.c.sku_id == usage_slice.c.sku_id))

    def _from_raw(self) -> AnySelect:
        joined = usage_daily.outerjoin(sku, sku.c.sku_id == usage_daily.c.sku_id)
        rows = select(*usage_daily.c, *_sku_columns()).select_from(joined)
        return rows.where(is_consumption(), usage_daily.c.ingested_at <= self.asof.known_at)

    def _every_account_day(self) -> AnySelect:
        """Account days of the whole company; callers add the scope."""
        if self.settled:
            days = account_day.c
            return select(days.account_id, days.usage_date, days.usd, days.list_usd).where(days.usage_date <= self.asof.d1)
        joined = usage_daily.outerjoin(sku, sku.c.sku_id == usage_daily.c.sku_id)
        return (
            select(
                usage_daily.c.account_id,
                usage_daily.c.usage_date,
                func.sum(usage_daily.c.effective_cost).label("usd"),
                func.sum(usage_daily.c.list_cost).label("list_usd"),
            )
            .select_from(joined)
            .where(is_consumption(), usage_daily.c.ingested_at <= self.asof.known_at, usage_daily.c.usage_date <= self.asof.d1)
            .group_by(usage_daily.c.account_id, usage_daily.c.usage_date)
        )

    def _make_account_day(self) -> CTE:
        source = account_day if self.settled else usage_daily
        statement = self._every_account_day().where(sees_account(source.c.account_id, self.principal, self._scope_day))
        return named_view(statement, "v_account_day", "net and list cost of each account and complete day")

    def _every_credit(self) -> AnySelect:
        """Primary assignments, and for accounts without any their owner, for all time."""
        assigned = account_assignment.c
        primary = select(
            assigned.account_id,
            assigned.rep_id,
            assigned.credit_pct,
            assigned.valid_from,
            func.coalesce(assigned.valid_to, ALWAYS_TO).label("valid_to"),
        ).where(assigned.assignment_role == PRIMARY)
        has_primary = select(assigned.account_id).where(assigned.assignment_role == PRIMARY)
        owner = select(
            account.c.account_id,
            account.c.owner_rep_id.label("rep_id"),
            literal(1.0).label("credit_pct"),
            literal(ALWAYS_FROM).label("valid_from"),
            literal(ALWAYS_TO).label("valid_to"),
        ).where(account.c.owner_rep_id.is_not(None), account.c.account_id.not_in(has_primary))
        both = primary.union_all(owner).subquery("credit")
        return select(*both.c)

    def _all_credit(self) -> CTE:
        return self._once("all_credit", self._make_all_credit)

    def _make_all_credit(self) -> CTE:
        return named_view(self._every_credit(), "all_credit", "primary assignments by date, else the owner for all time")

    def _make_credit(self) -> CTE:
        credit = self._all_credit()
        seen = or_(sees_rep(credit.c.rep_id, self.principal), sees_account(credit.c.account_id, self.principal, self._scope_day))
        return named_view(select(*credit.c).where(seen), "v_credit", "who is credited for an account, and from when to when")

    def _make_rep_day(self) -> CTE:
        days, credit = self._every_account_day().subquery("days"), self._all_credit()
        on_day = and_(
            credit.c.account_id == days.c.account_id, days.c.usage_date >= credit.c.valid_from, days.c.usage_date < credit.c.valid_to
        )
        statement = (
            select(credit.c.rep_id, days.c.account_id, days.c.usage_date, (days.c.usd * credit.c.credit_pct).label("usd"))
            .select_from(days.join(credit, on_day))
            .where(sees_rep(credit.c.rep_id, self.principal))
        )
        return named_view(statement, "v_rep_day", "consumption credited to each rep by the assignment of the day")

    def _make_uncredited_day(self) -> CTE:
        days, credit = self.account_day(), self._all_credit()
        on_day = and_(
            credit.c.account_id == days.c.account_id, days.c.usage_date >= credit.c.valid_from, days.c.usage_date < credit.c.valid_to
        )
        uncovered = 1.0 - func.coalesce(func.sum(credit.c.credit_pct), 0.0)
        statement = (
            select(days.c.account_id, days.c.usage_date, (days.c.usd * uncovered).label("usd"))
            .select_from(days.outerjoin(credit, on_day))
            .group_by(days.c.account_id, days.c.usage_date, days.c.usd)
            .having(func.abs(uncovered) > 1e-9)
        )
        return named_view(statement, "v_uncredited_day", "consumption of days that no primary assignment covers")


def _sku_columns() -> list[ColumnElement[Any]]:
    return [sku.c.sku_name, sku.c.sku_family, sku.c.consumed_unit]


ViewBuilder = Callable[[Views], CTE]
NAMED_VIEWS: dict[str, ViewBuilder] = {
    "v_usage": Views.usage,
    "v_account_day": Views.account_day,
    "v_credit": Views.credit,
    "v_rep_day": Views.rep_day,
    "v_uncredited_day": Views.uncredited_day,
}
"""The five views that are more than a filtered table."""
