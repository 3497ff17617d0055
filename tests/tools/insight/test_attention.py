"""Exceptions on a budget, looks compared, sparklines: pure parts of the morning coffee."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from meterline_tools.insight.attention import Worry, attend
from meterline_tools.insight.looks import Look, Seen, compare
from meterline_tools.insight.spark import BLOCKS, sparkline


def worry(ident: str, usd: float, surprise: float = 1.0, kind: str = "move") -> Worry:
    return Worry(f"{kind}:{ident}", kind, ident, f"Name of {ident}", usd, surprise, f"{ident} moved")


def ids(found: list[Worry]) -> list[str]:
    return [each.entity_id for each in found]


def test_money_times_surprise_makes_the_order() -> None:
    found = [worry("A", 1000), worry("B", 800, 2.0), worry("C", 3000, 0.1)]
    assert ids(attend(found, budget=5).told) == ["B", "A", "C"]


def test_what_the_budget_has_no_room_for_is_counted_by_kind() -> None:
    found = [worry("A", 900), worry("B", 800), worry("C", 700, kind="slip"), worry("D", 600)]
    attention = attend(found, budget=2)
    assert ids(attention.told) == ["A", "B"]
    assert attention.left_out == {"slip": 1, "move": 1}


def test_muted_kinds_accounts_and_names_are_not_told_and_counted() -> None:
    found = [worry("A", 900), worry("B", 800), worry("C", 700, kind="slip"), worry("D", 600)]
    attention = attend(found, budget=5, muted={"SLIP", "a", "name of b"})
    assert (ids(attention.told), attention.muted) == (["D"], 3)


def test_small_money_is_nobodys_worry_but_what_carries_none_stays_last() -> None:
    found = [worry("A", 499), worry("B", 500), worry("C", 0.0, kind="review")]
    assert ids(attend(found, budget=5, least=500).told) == ["B", "C"]


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), st.floats(0, 1e6), st.floats(0, 3)), max_size=30), st.integers(1, 10))
def test_never_more_than_the_budget_and_nothing_is_lost_in_silence(rows: list[tuple[str, float, float]], budget: int) -> None:
    found = [worry(ident, usd, surprise) for ident, usd, surprise in rows]
    attention = attend(found, budget=budget)
    assert len(attention.told) <= budget
    assert len(attention.told) + sum(attention.left_out.values()) == len({each.id for each in found})


# Looks ----------------------------------------------------------------------------------------------------------


def look(day: int, pace: float | None = None, **lists: dict[str, str]) -> Look:
    values = {"pace": Seen(label="Attainment at pace", value=pace, unit="%")} if pace is not None else {}
    return Look(snapshot=f"S{day}", known_at=datetime(2026, 3, day, 12), d1=date(2026, 3, day), values=values, lists=lists)


def test_new_and_gone_names_and_values_that_read_otherwise() -> None:
    changes = compare(look(1, 0.8, slips={"U1": "Portal", "U2": "Feed"}), look(2, 0.9, slips={"U2": "Feed", "U3": "Search"}))
    [moved] = changes.values
    assert (moved.before.value, moved.now.value) == (0.8, 0.9)
    [listed] = changes.lists
    assert (listed.new, listed.gone) == (["Search"], ["Portal"])


def test_what_only_one_look_had_is_no_change() -> None:
    assert not compare(look(1, slips={"U1": "Portal"}), look(2, 0.9, moves={"A": "Alder"}))


def test_a_list_that_was_empty_before_is_not_a_list_that_was_not_looked_at() -> None:
    assert compare(look(1, moves={}), look(2, moves={"A": "Alder"})).lists[0].new == ["Alder"]


# Sparklines -----------------------------------------------------------------------------------------------------


def test_a_sparkline_goes_from_low_to_high_and_dots_what_is_missing() -> None:
    assert sparkline([0, 7, None, 3.5]) == f"{BLOCKS[0]}{BLOCKS[7]}·{BLOCKS[4]}"
    assert sparkline([5, 5, 5]) == BLOCKS[0] * 3
    assert sparkline([]) == ""
