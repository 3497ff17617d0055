"""Rows of our own beside a company's data: a cause confirmed here stands in the same view as those that were loaded.

A warehouse is read only, so these rows travel inside the statement as values; a receipt shows them and runs again anywhere.
A row takes the place of the loaded one with the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, Table, cast, column, select, union_all, values

OwnRows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table name to rows; a column that a row leaves out is NULL."""
NO_ROWS: OwnRows = {}
WRITTEN = frozenset({"note"})
"""Tables of what people wrote: their text is bound to a statement, never part of it."""


def with_own(table: Table, rows: Sequence[Mapping[str, Any]]) -> FromClause:
    """The table with our rows in it, under the table's own name; the table itself when there are none."""
    if not rows:
        return table
    (key,) = table.primary_key.columns
    given = values(*(column(c.name, c.type) for c in table.c), name=f"own_{table.name}", literal_binds=table.name not in WRITTEN)
    own = given.data([tuple(row.get(c.name) for c in table.c) for row in rows])
    loaded = select(*table.c).where(key.not_in(sorted({row[key.name] for row in rows})))
    return union_all(loaded, select(*(cast(own.c[c.name], c.type).label(c.name) for c in table.c))).subquery(table.name)
