"""For metrics that SQL cannot finish alike in every dialect: detail rows out, totals and parts worked out here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select

from meterline_tools.catalog.builders.base import Column, Context, Fact
from meterline_tools.warehouse.statements import AnySelect, narrated

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

DETAIL = 2


@dataclass(frozen=True)
class Group:
    """The detail rows of a part, or of everything."""

    rows: list[dict[str, Any]]

    def once(self, key: str) -> list[dict[str, Any]]:
        """Rows without repetitions of the same thing, which overlapping teams and split credit make."""
        return list({row[key]: row for row in self.rows}.values())


def detail_select(context: Context, fact: Fact, extra: Mapping[str, Column], where: Sequence[Any], told: str) -> AnySelect:
    """One row for each thing and key, with its name."""
    keys: list[Column] = []
    for dimension in context.keys:
        column = fact.dimension(dimension)
        keys.append(column.label(f"k_{dimension.id}"))
        if dimension.names:
            named = context.alias(dimension.names[0], f"named_{dimension.id}")
            id_column = "rep_id" if dimension.names[0] == "rep" else dimension.column
            fact.rows = fact.rows.outerjoin(named, named.c[id_column] == column)
            keys.append(named.c[dimension.names[1]].label(f"n_{dimension.id}"))
    conditions = [*where, *fact.conditions()]
    statement = select(literal(DETAIL).label("level"), *keys, *(column.label(name) for name, column in extra.items()))
    return narrated(statement.select_from(fact.rows).where(*conditions), told)


def grouped_rows(
    context: Context,
    rows: Rows,
    measure: Callable[[Group], dict[str, Any]],
    *,
    keep: Callable[[dict[str, Any]], bool] = lambda row: True,
) -> tuple[list[str], list[list[Any]]]:
    """Total and parts of the rows that `keep` lets count, then all details as SQL gave them.

    Columns are those of the statement and those that `measure` gives; the latter are empty in details.
    """
    details = rows.dicts()
    counted = [row for row in details if keep(row)]
    keys = [f"k_{dimension.id}" for dimension in context.keys]
    names = [column for column in rows.columns if column.startswith("n_")]
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in counted:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    total = measure(Group(counted))
    columns = ["level", "groups", *rows.columns[1:], *total]
    made: list[dict[str, Any]] = [{"level": 0, "groups": len(groups), **total}]
    if keys:
        for key, members in groups.items():
            named = {name: members[0][name] for name in names}
            made.append({"level": 1, "groups": 1, **dict(zip(keys, key, strict=True)), **named, **measure(Group(members))})
    made += [{**row, "level": DETAIL} for row in details]
    return columns, [[row.get(column) for column in columns] for row in made]
