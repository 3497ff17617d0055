"""A screened statement in the form it runs in: every table replaced by what its asker may see of it.

The views of the asker stand as WITH parts in front, as in any receipt; the statement's tables are renamed to them.
A part of the statement's own WITH can never take one of these names (screen refuses it), nor the name of a table underneath.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, Date, DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlglot import exp

from meterline_tools.warehouse.guard.policy import load_policy
from meterline_tools.warehouse.guard.screen import screen, write
from meterline_tools.warehouse.meta import META_TABLE
from meterline_tools.warehouse.rollups import ROLLUPS
from meterline_tools.warehouse.schema import METADATA, TABLES
from meterline_tools.warehouse.views import NAMED_VIEWS, Views

_OTHER_NAMES = {"usage_daily": "v_usage", "usage": "v_usage", "account_day": "v_account_day", "rep_day": "v_rep_day", "credit": "v_credit"}


def readable() -> dict[str, str]:
    """Names a statement may read from -> the view that stands for each. Both `account` and `v_account` are understood."""
    hidden = load_policy().hidden
    tables = {name: f"v_{name}" for name in TABLES if name not in hidden}
    views = {view: view for view in (*tables.values(), *NAMED_VIEWS)}
    return tables | views | _OTHER_NAMES


def scoped_sql(sql: str, views: Views, dialect: Dialect, rows: int) -> str:
    """The statement to run for this asker, with at most `rows` rows and one more, which tells that there were more.

    Raises:
        Refused, ModelMustRetry: as `screen` does.
    """
    names = readable()
    screened = screen(sql, names, _TAKEN | set(names.values()))
    tree = screened.tree.copy()
    for table in list(tree.find_all(exp.Table)):
        if view := names.get(table.name.lower()):
            _point_at(table, view)
    _cap(tree, rows)
    # The rows of others are left out before anything of the statement runs: else an error of a cast or a division, which an
    # engine may compute before a filter, would tell of them.
    scoped = "AS" if views.principal.sees_everything else "AS MATERIALIZED"
    parts = [f"{view} {scoped} (\n{_literal(views, view, dialect)}\n)" for view in sorted({names[name] for name in screened.tables})]
    own = tree.args.get("with_")
    if own is not None:
        parts += [write(part) for part in own.expressions]
        tree.set("with_", None)
    return f"WITH {', '.join(parts)}\n{write(tree)}" if parts else write(tree)


def _point_at(table: exp.Table, view: str) -> None:
    """Reads the view instead, under the name the statement calls it by."""
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=table.this.quoted)))
    table.set("this", exp.to_identifier(view))


def _cap(tree: exp.Query, rows: int) -> None:
    """At most `rows` + 1 rows; a smaller LIMIT of the statement's own stays."""
    limit = tree.args.get("limit")
    if limit is None or int(limit.expression.this) > rows:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(rows + 1)))


def _literal(views: Views, name: str, dialect: Dialect) -> str:
    """A view's SELECT with its values written in."""
    make: Callable[[Views], CTE] = NAMED_VIEWS.get(name) or (lambda asked: asked.table(name.removeprefix("v_")))
    compiled = make(views).element.compile(dialect=_with_typed_days(dialect), compile_kwargs={"literal_binds": True})
    return str(compiled)


class _Day(Date):
    def literal_processor(self, dialect: Dialect) -> Callable[[date], str]:
        return lambda value: f"DATE '{value.isoformat()}'"


class _Moment(DateTime):
    def literal_processor(self, dialect: Dialect) -> Callable[[datetime], str]:
        return lambda value: f"TIMESTAMP '{value.isoformat(sep=' ')}'"


def _with_typed_days(dialect: Dialect) -> Dialect:
    """The dialect writing days and moments with their type, so that they compare with columns in any place."""
    typed: Any = copy.copy(dialect)
    typed.colspecs = {**typed.colspecs, Date: _Day, DateTime: _Moment}
    typed._type_memos = type(typed._type_memos)()
    return typed  # type: ignore[no-any-return]


def _physical(*schemas: MetaData) -> set[str]:
    return {table.name.lower() for schema in schemas for table in schema.tables.values()}


_TAKEN = _physical(METADATA, ROLLUPS) | {META_TABLE.name.lower()} | {"all_credit", "credit", "days"}
"""Names of tables and parts underneath the views."""
