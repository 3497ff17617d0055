"""Lists are sifted by the thresholds of the question, put into the order asked for, and laid out crosswise over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from meterline.models.offline.turn import Reply
from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from meterline.models.offline.understand.selection import find_amounts
from meterline.models.offline.write.crosswise import crosswise
from meterline.models.offline.write.parts import Metrics
from meterline.models.offline.write.sifted import sifted
from tests.agent.offline.fake_kit import FakeKit, state

CONTRACTS: list[dict[str, float]] = [
    {"drawn": 0.4, "commit": 90.0},
    {"drawn": 0.9, "commit": 300_000.0},
    {"drawn": 0.2, "commit": 250_000.0},
]


def read(question: str) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank())


def number(row: Mapping[str, float], key: str) -> float:
    return row[key]


@pytest.mark.parametrize(
    ("question", "drawn"),
    [
        ("commitments less than half used", [0.4, 0.2]),
        ("contracts over 200k", [0.9, 0.2]),
        ("contracts over 200k that are less than a third used", [0.2]),
        ("commitments biggest first", [0.9, 0.2, 0.4]),
    ],
)
def test_rows_meet_the_threshold_in_the_order_asked_for(question: str, drawn: list[float]) -> None:
    reading = read(question)
    assert reading.intent == "commit"
    kept = sifted(reading, CONTRACTS, {"percent": "drawn", "money": "commit"}, number)
    assert [row["drawn"] for row in kept] == drawn
    assert not reading.selection.kept


def test_a_threshold_that_no_row_has_a_field_for_is_left_to_be_said() -> None:
    reading = read("commitments less than half used")
    assert sifted(reading, CONTRACTS, {"money": "commit"}, number) == CONTRACTS
    assert [c.number for c in reading.selection.kept] == [0.5]


@pytest.mark.parametrize(
    ("text", "sign", "number"),
    [("less than half", "<", 0.5), ("more than a third", ">", 0.333333), ("at least two thirds", ">=", 0.666667)],
)
def test_a_part_is_a_threshold_in_percent(text: str, sign: str, number: float) -> None:
    [(_, [condition])] = find_amounts(f"accounts that lost {text} of it")
    assert (condition.sign, condition.number, condition.percent) == (sign, number, True)


@pytest.mark.parametrize("text", ["over half a year ago", "more than a quarter late"])
def test_a_part_of_a_time_is_no_threshold(text: str) -> None:
    assert find_amounts(text) == []


@pytest.mark.parametrize(
    ("question", "unit", "ranked", "last_day"),
    [
        ("what was our best month", "month", "large", "2026-07-31"),
        ("quietest week of Marlow Freight", "week", "small", "2026-08-09"),
        ("when was Marlow Freight at its peak", "month", "large", "2026-07-31"),
    ],
)
def test_the_best_and_the_worst_stretch_rank_whole_ones(question: str, unit: str, ranked: str, last_day: str) -> None:
    """The last complete day is Saturday 15 August 2026: neither that week nor that month is whole."""
    reading = read(question)
    assert (reading.intent, reading.measure.group_by, reading.measure.ranked) == ("lookup", [unit], ranked)
    assert reading.periods.window.endswith(last_day)


def test_two_accounts_by_month_stand_side_by_side_in_the_order_of_time() -> None:
    def row(account: str, month: str, figure: str) -> dict[str, Any]:
        return {
            "keys": {"account": account, "month": month},
            "names": {"account": account.title(), "month": month},
            "figures": {"M01": figure},
        }

    rows = [row("ash", "2026-07", "F1"), row("ash", "2026-06", "F2"), row("elm", "2026-06", "F3")]
    section = crosswise(["account", "month"], Metrics(Reply("lookup", "query_metrics", {"rows": rows})))
    assert section is not None and section.table is not None
    assert section.table.columns[1:] == ["Ash", "Elm"]
    assert section.table.rows == [["2026-06", "[[F2]]", "[[F3]]"], ["2026-07", "[[F1]]", "–"]]
