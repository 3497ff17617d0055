"""Things that belong to accounts (an account's year, a lost customer, a product in use), each counted once in every part.

By people, a thing belongs to whoever is credited for its account at the end of the window ("as of today"), or on a day of
its own. Credit can be split and teams overlap, so the total of such a breakdown is counted for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, and_, func, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import assemble
from meterline_tools.warehouse.statements import AnySelect, named_view


def held_plan(
    context: Context,
    requests: Sequence[Request],
    things: CTE,
    slots: Mapping[str, Column],
    formulas: Mapping[str, Formula],
    *,
    kinds: Mapping[str, Column] | None = None,
    on: Column | None = None,
    distinct: Mapping[str, Column] | None = None,
) -> Plan:
    """The plan of metrics that sum things up.

    Args:
        context: The query.
        requests: Metrics over one window, all answered from these things.
        things: One row a thing: account_id, and what slots and kinds are made of.
        slots: What is summed, once for each thing in a part.
        formulas: Column of an output -> how it follows from the sums.
        kinds: Columns of the thing that stand for dimensions besides the account (such as sku_family).
        on: The day a thing belongs to; only things of the window count then.
        distinct: Counts of different values, such as accounts among things that are products of accounts.
    """
    request = requests[0]
    counted = distinct or {}
    held = _Held(context, request, things, slots, counted, dict(kinds or {}), on)
    told = "; ".join(f"{r.metric.id} {r.metric.definition.rstrip('.')}" for r in requests)
    parts = named_view(held.sums(keyed=True), "sums", f"{told}. {request.window}; each counted once in a part")
    split = bool(context.query.group_by) and (context.by_people or bool(counted))
    whole = named_view(held.sums(keyed=False), "whole", "each counted once, as parts can share some") if split else None
    outputs = [derived for each in requests for derived in outputs_of(each)]
    return Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])


class _Held:
    """Things joined to who holds them."""

    def __init__(
        self,
        context: Context,
        request: Request,
        things: CTE,
        slots: Mapping[str, Column],
        distinct: Mapping[str, Column],
        kinds: dict[str, Column],
        on: Column | None,
    ) -> None:
        self.context, self.request, self.things, self.on = context, request, things, on
        self.slots, self.distinct, self.kinds = slots, distinct, kinds

    def sums(self, *, keyed: bool) -> AnySelect:
        fact = self._fact()
        keys = [(f"k_{d.id}", fact.dimension(d)) for d in self.context.keys] if keyed else []
        inside = [] if self.on is None else [within(self.on, self.request.window)]
        columns = {**self.slots, **self.distinct}
        identity = [column for column in self.things.c if column.name not in columns]
        each = select(*(column.label(name) for name, column in keys), *identity, *(c.label(n) for n, c in columns.items())).distinct()
        once = each.select_from(fact.rows).where(*inside, *fact.conditions()).subquery("each" if keyed else "each_whole")
        totals = [func.coalesce(func.sum(once.c[name]), 0).label(name) for name in self.slots]
        totals += [func.count(once.c[name].distinct()).label(name) for name in self.distinct]
        statement = select(*(once.c[name] for name, _ in keys), *totals)
        return statement.group_by(*(once.c[name] for name, _ in keys)) if keys else statement

    def _fact(self) -> Fact:
        rows: Any = self.things
        columns: dict[str, Column] = {"account": self.things.c.account_id, **self.kinds}
        if self.context.by_people:
            credit = self.context.views.credit()
            day: Any = self.request.window.end if self.on is None else self.on
            valid = and_(credit.c.account_id == self.things.c.account_id, credit.c.valid_from <= day, credit.c.valid_to > day)
            rows = rows.outerjoin(credit, valid)
            columns["rep"] = credit.c.rep_id
        return Fact(self.context, rows, columns, window=self.request.window, day=self.on)
