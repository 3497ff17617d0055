"""calculate: arithmetic over figures of this turn, which gives a new figure with a receipt of its own."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import Figure

MAX_LENGTH = 200
_MAX_DEPTH = 12
_A_DAY = "/day"
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHARES = frozenset({"%", "ratio"})
_NUMBERS = _SHARES | {"count", "days"}
"""Units that a plain number may be added to, and that multiply another unit without changing it."""
_HOW = 'Write figure ids, small whole numbers, + - * / and brackets, e.g. "F1 / F2 - 1".'


@dataclass(frozen=True)
class _Value:
    """A number and its unit; `figure` is false for plain numbers of the expression."""

    number: float
    unit: str
    figure: bool = True


def calculate(bench: Workbench, *, expression: str) -> dict[str, Any]:
    """Work out a new figure from figures of this turn, e.g. "F1 / F2 - 1" or "F1 - F2". Never compute a number yourself.

    Args:
        expression: Figure ids, + - * / and brackets; plain whole numbers up to 1000 may take part.
    """
    text = expression.replace("[[", "").replace("]]", "").strip()
    if len(text) > MAX_LENGTH:
        raise ModelMustRetry(f"The expression is too long. {_HOW}")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise ModelMustRetry(f"'{text}' is not an expression. {_HOW}") from None
    used: dict[str, Figure] = {}
    result = _evaluate(tree, bench, used, 0)
    if not used:
        raise ModelMustRetry(f"The expression names no figure. {_HOW}")
    sources = list(used.values())
    row: list[Any] = [text, *(figure.value for figure in sources), result.number]
    receipt = bench.book.add_receipt(
        "calc", "calculate", ["expression", *used, "result"], [row], arguments={"expression": expression}, known_at=bench.asof.known_at
    )
    first = sources[0]
    figure = bench.book.add_figure(
        receipt,
        f"{text} ({', '.join(f'{figure.id} = {figure.label}' for figure in sources)})",
        result.number,
        result.unit,
        window=first.window if all(f.window == first.window for f in sources) else None,
        entity=first.entity if all(f.entity == first.entity for f in sources) else None,
        governed=all(f.governed for f in sources),
        cell=(0, "result"),
    )
    return {"figure": figure.id, "display": figure.display, "value": figure.value, "unit": figure.unit, "receipt": receipt.id}


def _evaluate(node: ast.expr, bench: Workbench, used: dict[str, Figure], depth: int) -> _Value:
    if depth > _MAX_DEPTH:
        raise ModelMustRetry(f"The expression is nested too deeply. {_HOW}")
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _evaluate(node.left, bench, used, depth + 1), _evaluate(node.right, bench, used, depth + 1)
        return _apply(type(node.op), left, right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _evaluate(node.operand, bench, used, depth + 1)
        return _Value(-value.number, value.unit, value.figure)
    if isinstance(node, ast.Name):
        return _figure_value(node.id, bench, used)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float) and 0 <= float(str(node.value)) <= 1000:
        return _Value(float(str(node.value)), "", figure=False)
    raise ModelMustRetry(f"That part of the expression is not allowed. {_HOW}")


def _figure_value(name: str, bench: Workbench, used: dict[str, Figure]) -> _Value:
    figure = bench.book.figures.get(name)
    if figure is None:
        known = list(bench.book.figures)
        raise ModelMustRetry(f"There is no figure {name}. Figures of this turn: {', '.join(known[-20:]) or 'none yet'}.")
    if isinstance(figure.value, bool) or not isinstance(figure.value, int | float):
        raise ModelMustRetry(f"{name} ({figure.label}) is '{figure.display}' and cannot be calculated with.")
    used[name] = figure
    return _Value(float(figure.value), figure.unit)


_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _apply(operation: type[ast.operator], left: _Value, right: _Value) -> _Value:
    if operation is ast.Div and right.number == 0:
        raise ModelMustRetry("That divides by zero: say that there is no base instead.")
    return _Value(_OPERATIONS[operation](left.number, right.number), _unit(operation, left, right), left.figure or right.figure)


def _unit(operation: type[ast.operator], left: _Value, right: _Value) -> str:
    """The unit of a result. ModelMustRetry when units do not go together, such as dollars plus customers."""
    if operation is ast.Div:
        return _quotient(left, right)
    if operation is ast.Mult:
        return _product(left, right)
    if left.figure and right.figure and left.unit != right.unit:
        raise ModelMustRetry(f"'{left.unit}' and '{right.unit}' cannot be added or subtracted.")
    if {left.unit, right.unit} == {"ratio", ""}:
        return "%"  # a quotient minus 1 reads as a percentage
    if left.figure != right.figure and (left.unit or right.unit) not in _NUMBERS:
        raise ModelMustRetry("A plain number cannot be added to a figure that has a unit.")
    return left.unit if left.figure else right.unit


def _quotient(left: _Value, right: _Value) -> str:
    if not right.figure:
        return left.unit
    if not left.figure and right.unit in _SHARES:
        return "ratio"
    if left.figure and left.unit == right.unit:
        return "ratio"
    if left.figure and right.unit == f"{left.unit}{_A_DAY}":
        return "days"  # how long an amount lasts at a rate
    if left.figure and right.unit == "days" and _CURRENCY.fullmatch(left.unit):
        return f"{left.unit}{_A_DAY}"
    if left.figure and (right.unit in _SHARES or right.unit in ("count", "days")):
        return left.unit
    raise ModelMustRetry(f"'{left.unit or 'a plain number'}' divided by '{right.unit}' has no meaning here.")


def _product(left: _Value, right: _Value) -> str:
    if not (left.figure and right.figure):
        return left.unit if left.figure else right.unit
    for one, other in ((left.unit, right.unit), (right.unit, left.unit)):
        if one == "days" and other.endswith(_A_DAY):
            return other.removesuffix(_A_DAY)
        if one == "days" and "/" in other:
            raise ModelMustRetry(f"'{other}' times days has no meaning here.")
    if left.unit not in _NUMBERS and right.unit not in _NUMBERS:
        raise ModelMustRetry(f"'{left.unit}' times '{right.unit}' has no meaning here.")
    if left.unit in _SHARES or right.unit in _SHARES:
        return right.unit if left.unit in _SHARES else left.unit
    return right.unit if left.unit in _NUMBERS else left.unit
