"""Rows of several statements to one table: same keys in one row, ordered, cut, with a rest that makes parts add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterline_tools.catalog.builders.base import Context, Page, Plan, Request
from meterline_tools.catalog.calendar import trailing
from meterline_tools.catalog.model import MetricTable, OutputColumn, Statement
from meterline_tools.receipts import Cell, plain

Key = tuple[Any, ...]
LISTED = 200
"""The most rows of a table."""
NOBODY = {"rep": "not credited to anyone", "manager": "no manager", "territory": "no territory"}


@dataclass
class Answer:
    """A plan with what its statement returned."""

    plan: Plan
    statement: Statement
    remarks: list[str]

    @property
    def columns(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.statement.columns)}

    def parts(self) -> list[tuple[int, Key]]:
        """Row number and keys of each part."""
        columns = self.columns
        keys = [columns[f"k_{name}"] for name in self.plan.keys]
        return [(n, tuple(row[k] for k in keys)) for n, row in enumerate(self.statement.rows) if row[columns["level"]] == 1]

    def total(self) -> int | None:
        level = self.columns["level"]
        return next((n for n, row in enumerate(self.statement.rows) if row[level] == 0), None)

    def keys_shown(self, limit: int) -> tuple[Key, ...]:
        return tuple(key for _, key in self.parts()[:limit])

    def value(self, row: int, column: str) -> Any:
        return self.statement.rows[row][self.columns[column]]


def merge(context: Context, requests: Sequence[Request], answers: Sequence[Answer], missing: dict[str, str], page: Page) -> MetricTable:
    """One table from all answers."""
    table = MetricTable(
        query=context.query,
        windows={request.metric.id: request.window for request in requests},
        rows=[],
        sql=[answer.statement.sql for answer in answers],
        params=[answer.statement.params for answer in answers],
        elapsed_ms=sum(answer.statement.elapsed_ms for answer in answers),
        notes=list(dict.fromkeys(remark for answer in answers for remark in answer.remarks)),
        not_available=missing,
        statements=[answer.statement for answer in answers],
    )
    rows: dict[tuple[tuple[str, Any], ...], MetricTable.Row] = {}
    for number, answer in enumerate(answers):
        _add_outputs(table, number, answer)
        for place, key in answer.parts():
            _add_part(rows, number, answer, place, key)
    ordered = _sorted(list(rows.values()), context, answers, page)
    _choose(table, ordered, page)
    _add_totals(table, context, answers, len(ordered))
    if context.query.shares:
        _add_shares(table, ordered)
    if context.query.selective:
        _trim(table)
    return table


def _choose(table: MetricTable, ordered: list[MetricTable.Row], page: Page) -> None:
    """The rows to list: those that meet the conditions and are asked for by name, as many as wanted."""
    query = table.query
    for place, row in enumerate(ordered, 1):
        row.rank = place
    named = [row for row in ordered if all(row.keys.get(name) in values for name, values in query.show.items())]
    passing = [row for row in named if all(c.holds(row.values.get(c.output)) for c in query.having)]
    if query.having:
        table.matched = MetricTable.Matched(count=len(passing), values=_sums(table, passing))
    table.rows = passing[: min(query.limit or LISTED, LISTED)] if query.selective else passing[: page.limit]


def _sums(table: MetricTable, rows: Sequence[MetricTable.Row]) -> dict[str, Cell]:
    """The sums of outputs that add up; teams overlap, so theirs do not."""
    if "manager" in table.query.group_by:
        return {}
    summed = [key for key, column in table.outputs.items() if column.output.additive]
    found = {key: [v for row in rows if isinstance(v := row.values.get(key), int | float)] for key in summed}
    return {key: sum(values) for key, values in found.items() if values}


def _add_shares(table: MetricTable, every: Sequence[MetricTable.Row]) -> None:
    """Shares of the rows shown, of outputs that add up: of the total, and in a series of the period's own sum."""
    periods = table.query.periods
    if periods and "manager" in table.query.group_by:
        return  # teams overlap, so the sum of a period's parts is no whole
    wholes: dict[tuple[str | None, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in every if periods else ():
        for key, value in row.values.items():
            wholes[_period_of(row, periods)][key] += value if isinstance(value, int | float) else 0.0
    for row in table.rows:
        whole: Mapping[str, Cell] = wholes[_period_of(row, periods)] if periods else table.total or {}
        for key, value in row.values.items():
            base = whole.get(key)
            if table.outputs[key].output.additive and isinstance(value, int | float) and isinstance(base, int | float) and base:
                row.shares[key] = value / base


def _period_of(row: MetricTable.Row, periods: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(row.keys[name] for name in periods)


def _trim(table: MetricTable) -> None:
    """Statements that were read whole to choose from keep the rows shown and the first of the others."""
    for number, statement in enumerate(table.statements):
        if len(statement.rows) <= LISTED + 2:
            continue
        shown = {row.places[number] for row in table.rows if number in row.places} | {table.total_places.get(number, 0)}
        kept = sorted(shown | set(range(LISTED + 2)))
        moved = {old: new for new, old in enumerate(kept)}
        statement.rows = [statement.rows[old] for old in kept]
        statement.truncated = True
        for row in table.rows:
            if number in row.places:
                row.places[number] = moved[row.places[number]]
        if number in table.total_places:
            table.total_places[number] = moved[table.total_places[number]]


def _add_outputs(table: MetricTable, number: int, answer: Answer) -> None:
    for derived in answer.plan.outputs:
        request = derived.request
        table.outputs[derived.key] = OutputColumn(
            metric=request.metric.id,
            output=derived.output,
            statement=number,
            column=derived.column,
            window=trailing(request.window.end, derived.output.days) if derived.output.days else request.window,
            compare=request.compare,
        )


def _add_part(rows: dict[Any, MetricTable.Row], number: int, answer: Answer, place: int, key: Key) -> None:
    named = tuple(zip(answer.plan.keys, key, strict=True))
    row = rows.get(named)
    if row is None:
        keys = {name: _key_text(value) for name, value in named}
        row = rows[named] = MetricTable.Row(keys=keys, names={}, values={})
    for name, value in named:
        column = f"n_{name}"
        text = answer.value(place, column) if column in answer.columns else None
        if text or value is None:
            row.names.setdefault(name, str(text) if text else NOBODY.get(name, f"no {name.replace('_', ' ')}"))
    row.places[number] = place
    for derived in answer.plan.outputs:
        row.values[derived.key] = plain(answer.value(place, derived.column))


def _key_text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def _sorted(rows: list[MetricTable.Row], context: Context, answers: Sequence[Answer], page: Page) -> list[MetricTable.Row]:
    """In the order of the page; SQL has ordered the leading plan already, but not what Python worked out."""
    if not page.order:
        return sorted(rows, key=lambda row: [(value is None, value or "") for value in row.keys.values()])
    output = next((d.key for a in answers for d in a.plan.outputs if d.column == page.order), None)
    if output is None:
        return rows

    def rank(row: MetricTable.Row) -> tuple[bool, Any]:
        value = row.values.get(output)
        if value is None or isinstance(value, str):
            return (value is None, value or "")
        size = abs(value) if page.absolute else value
        return (False, -size if page.descending else size)

    return sorted(rows, key=rank)


def _add_totals(table: MetricTable, context: Context, answers: Sequence[Answer], known: int) -> None:
    """Total of every output, and for those that add up the rest that is not shown."""
    total: dict[str, Cell] = {}
    groups = known
    for number, answer in enumerate(answers):
        place = answer.total()
        if place is None:
            continue
        table.total_places[number] = place
        if answer.plan.keys == context.query.group_by or not known:
            groups = max(groups, int(answer.value(place, "groups") or 0))
        for derived in answer.plan.outputs:
            value = plain(answer.value(place, derived.column))
            if value is not None or "consumed_unit" not in answer.plan.keys:  # units of several kinds have no total
                total[derived.key] = value
    table.total = total or None
    if not context.query.group_by:
        return
    table.parts = groups
    table.rest_count = max(0, groups - len(table.rows))
    table.truncated = table.rest_count > 0 or any(answer.statement.truncated for answer in answers)
    if "manager" not in context.query.group_by:
        table.rest = _rest(table, total)


def _rest(table: MetricTable, total: dict[str, Cell]) -> dict[str, Cell] | None:
    rest: dict[str, Cell] = {}
    for key, value in total.items():
        if not table.outputs[key].output.additive or not isinstance(value, int | float):
            continue
        shown = sum(v for row in table.rows if isinstance(v := row.values.get(key), int | float))
        left = value - shown
        rest[key] = 0 if abs(left) < 1e-6 * max(1.0, abs(value)) else left
    return rest if table.rest_count or any(rest.values()) else None
