"""The grammar of rule expressions: arithmetic, comparisons, and aggregates over rows of usage.

    sum(idle_quantity) / sum(consumed_quantity) >= 0.15
    days(refresh_quantity >= 0.3 * consumed_quantity) >= 4 and sum(rows_changed) / sum(rows_processed) <= 0.1

`sum`, `avg` and `count` take an expression over the columns of one row and skip rows where it has no
value; `days` counts, and `first_day` finds, the days on which a condition over the day's column sums
holds; `min` and `max` compare plain values. Outside an aggregate a name is a fact of the slice: `p`,
the effective unit price, or a column of its contract. What has no value (NULL, division by zero) makes
the whole expression valueless: a comparison with it is false.

Text is parsed by Python's `ast` and walked against an allow-list; nothing is ever compiled or run.
"""

from __future__ import annotations

import ast
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

Row = Mapping[str, Any]
Value = float | date
Lookup = Callable[[str], Value]

MAX_LENGTH = 400
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_PLAIN: dict[str, Callable[..., float]] = {"min": min, "max": max}
_AGGREGATES = ("sum", "avg", "count", "days", "first_day")


class ExpressionError(ValueError):
    """The text is outside the grammar; the message says what and where."""


class _NoValue(Exception):
    """Something the expression needs is NULL, or a division is by zero."""


class Expression:
    """One parsed expression. `columns` are read inside aggregates, `facts` outside of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: set[str] = set()
        self.facts: set[str] = set()
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"expression is longer than {MAX_LENGTH} characters")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError) as error:
            raise ExpressionError(f"cannot read '{text}'") from error
        self._admit(self._tree, inside=False)

    def value(self, rows: Sequence[Row], facts: Mapping[str, Any]) -> Value | None:
        """The value over `rows` and `facts`, or None where it has none."""
        try:
            return _evaluate(self._tree, _lookup(facts), rows)
        except _NoValue:
            return None

    def holds(self, rows: Sequence[Row], facts: Mapping[str, Any]) -> bool:
        return bool(self.value(rows, facts))

    def _admit(self, node: ast.expr, inside: bool) -> None:
        """Checks one node and everything below it against the allow-list."""
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                parts: list[ast.expr] = []
            case ast.Name(id=name):
                (self.columns if inside else self.facts).add(name)
                parts = []
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _AGGREGATES and not inside:
                parts, inside = [argument], True
            case ast.Call(func=ast.Name(id=name), args=[_, _, *_], keywords=[]) if name in _PLAIN:
                parts = node.args
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                parts = [left, right]
            case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
                parts = [operand]
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
                parts = [left, *others]
            case ast.BoolOp(values=parts):
                pass
            case _:
                raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in '{self.text}'")
        for part in parts:
            self._admit(part, inside)


def _lookup(values: Mapping[str, Any]) -> Lookup:
    def find(name: str) -> Value:
        value = values.get(name)
        if value is None:
            raise _NoValue(name)
        return value if isinstance(value, date) else float(value)

    return find


def _number(node: ast.expr, lookup: Lookup, rows: Sequence[Row]) -> float:
    value = _evaluate(node, lookup, rows)
    if isinstance(value, date):
        raise _NoValue("a date is not a number")
    return value


def _evaluate(node: ast.expr, lookup: Lookup, rows: Sequence[Row]) -> Value:
    return _EVALUATORS[type(node)](node, lookup, rows)


def _constant(node: ast.Constant, lookup: Lookup, rows: Sequence[Row]) -> Value:
    return float(node.value)  # type: ignore[arg-type]  # admitted as a number


def _name(node: ast.Name, lookup: Lookup, rows: Sequence[Row]) -> Value:
    return lookup(node.id)


def _unary(node: ast.UnaryOp, lookup: Lookup, rows: Sequence[Row]) -> Value:
    operand = _number(node.operand, lookup, rows)
    return float(not operand) if isinstance(node.op, ast.Not) else -operand


def _binary(node: ast.BinOp, lookup: Lookup, rows: Sequence[Row]) -> Value:
    try:
        return _ARITHMETIC[type(node.op)](_number(node.left, lookup, rows), _number(node.right, lookup, rows))
    except (ZeroDivisionError, OverflowError) as error:
        raise _NoValue from error


def _compare(node: ast.Compare, lookup: Lookup, rows: Sequence[Row]) -> Value:
    sides = [_number(side, lookup, rows) for side in (node.left, *node.comparators)]
    return float(all(_COMPARISONS[type(op)](a, b) for op, a, b in zip(node.ops, sides, sides[1:], strict=False)))


def _logic(node: ast.BoolOp, lookup: Lookup, rows: Sequence[Row]) -> Value:
    parts = (_number(part, lookup, rows) for part in node.values)
    return float(all(parts) if isinstance(node.op, ast.And) else any(parts))


def _call(node: ast.Call, lookup: Lookup, rows: Sequence[Row]) -> Value:
    name = node.func.id  # type: ignore[attr-defined]  # admitted as a plain name
    if name in _PLAIN:
        return _PLAIN[name](*(_number(part, lookup, rows) for part in node.args))
    return _aggregate(name, node.args[0], rows)


_EVALUATORS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.BoolOp: _logic,
    ast.Call: _call,
}


def _aggregate(name: str, argument: ast.expr, rows: Sequence[Row]) -> Value:
    if name in ("days", "first_day"):
        held = [day for day, sums in _by_day(rows) if any(_values(argument, [sums]))]
        if name == "days":
            return float(len(held))
        if not held:
            raise _NoValue("no such day")
        return held[0]
    values = list(_values(argument, rows))
    if name == "count":
        return float(len(values))
    if not values:
        raise _NoValue("no row has a value")
    return sum(values) / (len(values) if name == "avg" else 1)


def _values(argument: ast.expr, rows: Sequence[Row]) -> Iterator[float]:
    """The argument's value on each row that has one."""
    for row in rows:
        try:
            yield _number(argument, _lookup(row), ())
        except _NoValue:
            continue


def _by_day(rows: Sequence[Row]) -> list[tuple[date, Row]]:
    """Each usage day with the sums of its numeric columns, in order of days."""
    days: dict[date, defaultdict[str, float]] = {}
    for row in rows:
        sums = days.setdefault(row["usage_date"], defaultdict(float))
        for column, value in row.items():
            if isinstance(value, int | float):
                sums[column] += value
    return [(day, dict(days[day])) for day in sorted(days)]
