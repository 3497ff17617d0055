"""The shape of a result: sums to total and parts, named, ordered and cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, Date, Double, Text, and_, case, cast, func, literal, null, or_, select, true, union_all
from sqlalchemy.sql.elements import ColumnElement

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula
from meterline_tools.catalog.model import Dimension
from meterline_tools.warehouse.statements import AnySelect, named_view

Measured = tuple[Fact, Mapping[str, Column], Sequence[ColumnElement[bool]]]
"""Rows, the sums to take of them, and which of them count."""


def parts_and_whole(context: Context, measure: Callable[[], Measured], told: str) -> tuple[CTE, CTE | None]:
    """The summed parts and, as teams overlap, a total of its own for a breakdown by manager."""
    fact, slots, where = measure()
    parts = named_view(fact.sums(slots, where), "sums", told)
    if "manager" not in context.query.group_by:
        return parts, None
    fact, slots, where = measure()
    return parts, named_view(fact.sums(slots, where, keyed=False), "whole", "the same without the breakdown, as teams overlap")


def slot(name: str) -> Formula:
    """The formula of an output that is a sum as it stands."""
    return lambda get: get(name)


def assemble(context: Context, parts: CTE, formulas: Mapping[str, Formula], *, whole: CTE | None = None) -> AnySelect:
    """Total and parts from the summed slots, named, ordered and cut.

    The total adds the parts up, or is read from `whole` where parts overlap or do not add up.
    """
    slots = [column.name for column in parts.c if not column.name.startswith("k_")]
    keys = context.keys
    source = whole if whole is not None else parts

    def summed(name: str) -> Column:
        return source.c[name] if whole is not None or not keys else func.sum(source.c[name])

    count = select(func.count()).select_from(parts).scalar_subquery() if whole is not None else func.count()
    total = select(
        literal(0).label("level"),
        (count if keys else literal(0)).label("groups"),
        *(empty for dimension in keys for empty in _no_key(dimension)),
        *(summed(name).label(name) for name in slots),
        *(formula(summed).label(name) for name, formula in formulas.items()),
    ).select_from(source)
    if not keys:
        return total
    rows = union_all(total, _parts(context, parts, slots, formulas)).subquery("result")
    return _ordered(context, rows)


def _no_key(dimension: Dimension) -> list[Column]:
    kind = Date() if dimension.via == "time" else Text()
    empty: list[Column] = [cast(null(), kind).label(f"k_{dimension.id}")]
    if dimension.names:
        empty.append(cast(null(), Text()).label(f"n_{dimension.id}"))
    return empty


def _parts(context: Context, parts: CTE, slots: list[str], formulas: Mapping[str, Formula]) -> AnySelect:
    rows: Any = parts
    columns: list[Column] = []
    for dimension in context.keys:
        key = parts.c[f"k_{dimension.id}"]
        columns.append(key)
        if dimension.names:
            named = context.alias(dimension.names[0], f"named_{dimension.id}")
            rows = rows.outerjoin(named, named.c[_id_column(dimension)] == key)
            columns.append(named.c[dimension.names[1]].label(f"n_{dimension.id}"))
    statement = select(
        literal(1).label("level"),
        literal(1).label("groups"),
        *columns,
        *(parts.c[name] for name in slots),
        *(formula(lambda name: parts.c[name]).label(name) for name, formula in formulas.items()),
    ).select_from(rows)
    if context.page.only is not None:
        statement = statement.where(_among([parts.c[f"k_{d.id}"] for d in context.keys], context.page.only))
    return statement


def _id_column(dimension: Dimension) -> str:
    assert dimension.names is not None
    return "rep_id" if dimension.names[0] == "rep" else dimension.column


def _among(columns: list[Column], wanted: tuple[tuple[Any, ...], ...]) -> ColumnElement[bool]:
    """Whether each key is among those wanted in its place (a superset for several keys; the caller drops the others)."""
    tests: list[ColumnElement[bool]] = []
    for place, column in enumerate(columns):
        values = {key[place] for key in wanted}
        known = [value for value in values if value is not None]
        test = column.in_(sorted(known)) if known else column.is_(None)
        tests.append(or_(test, column.is_(None)) if None in values and known else test)
    return and_(true(), *tests)


def _ordered(context: Context, rows: Any) -> AnySelect:
    page, keys = context.page, context.keys
    order: list[Any] = [rows.c.level]
    if page.order and page.order in rows.c:
        value = func.abs(rows.c[page.order]) if page.absolute else rows.c[page.order]
        order.append((value.desc() if page.descending else value.asc()).nulls_last())
    order += [rows.c[f"k_{d.id}"].asc().nulls_last() for d in keys]
    statement = select(*rows.c).order_by(*order)
    return statement if page.only is not None else statement.limit(page.limit + 2)


def ratio(above: Column, below: Column) -> Column:
    """A quotient that is NULL when there is nothing below."""
    return case((below != 0, cast(above, Double) / below))
