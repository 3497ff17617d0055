"""The grammar of savings rules: what it computes, what has no value, and what it refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from meterline_tools.insight.savings.expression import Expression, ExpressionError

MON, TUE, WED = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
ROWS: list[dict[str, Any]] = [
    {"usage_date": MON, "used": 10.0, "idle": 1.0},
    {"usage_date": MON, "used": 30.0, "idle": None},
    {"usage_date": TUE, "used": 20.0, "idle": 9.0},
    {"usage_date": WED, "used": 0.0, "idle": 0.0},
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(used)", 60.0),
        ("avg(used)", 15.0),
        ("sum(idle)", 10.0),
        ("count(idle)", 3.0),
        ("sum(idle / used)", 0.55),  # 1/10 + 9/20; the NULL row and the row of zero use have no ratio
        ("sum(idle) / sum(used) * price", 0.5),
        ("days(used >= 20)", 2.0),  # Monday's rows add up to 40
        ("first_day(idle >= 5)", TUE),
        ("-sum(idle) + max(1, price) * min(2, 4)", -4.0),
        ("not sum(used) > 100 and 0 < price < 5 or 1 > 2", 1.0),
    ],
)
def test_an_expression_has_the_value_worked_out_by_hand(text: str, expected: float | date) -> None:
    assert Expression(text).value(ROWS, {"price": 3.0}) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", ["sum(idle) / (sum(used) - 60)", "sum(nothing)", "unknown * 2", "first_day(used > 99)", "avg(nothing) > 1"]
)
def test_what_is_null_or_divided_by_zero_has_no_value_and_does_not_hold(text: str) -> None:
    expression = Expression(text)
    assert expression.value(ROWS, {}) is None
    assert not expression.holds(ROWS, {})


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "sum(used).__class__",
        "[x for x in (1, 2)]",
        "(lambda: 1)()",
        "open('x')",
        "sum(sum(used))",
        "sum(used, idle)",
        "sum(x=used)",
        "min(used)",
        "'text'",
        "True",
        "2 ** 9999",
        "1 if 2 else 3",
        "used[0]",
        "a = 1",
        "sum(used",
        "",
        "1+" * 300 + "1",
    ],
)
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)


def test_an_expression_knows_what_it_reads() -> None:
    expression = Expression("sum(idle - 0.05 * used) * p >= days(used > 1)")
    assert expression.columns == {"idle", "used"}
    assert expression.facts == {"p"}
