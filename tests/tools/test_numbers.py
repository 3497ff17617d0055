"""How numbers read in text."""

from __future__ import annotations

import pytest

from meterline_tools.numbers import display


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (-0.0002, "%", "0.0%"),
        (-0.0006, "%", "-0.1%"),
        (-0.0004, "points", "0.0 points"),
        (-0.004, "USD", "$0.00"),
        (-0.006, "CHF/day", "-CHF 0.01 a day"),
        (-0.4, "days", "0 days"),
        (-0.4, "count", "0"),
        (-0.6, "count", "-1"),
        (-0.004, "ratio", "0.00×"),
    ],
)
def test_what_is_printed_as_nothing_has_no_sign(value: float, unit: str, text: str) -> None:
    """The table of an explanation had "-0.0%" beside a workload that moved by a dollar."""
    assert display(value, unit) == text
