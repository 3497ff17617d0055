"""Leaving out, thresholds, shares, ranks and ratios are read off any phrasing; follow-ups keep and show what they inherit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from meterline.models.offline.understand.selection import find_amounts
from tests.agent.offline.fake_kit import FakeKit, Played, play, state

_TABLES: dict[str, str] = yaml.safe_load((Path(__file__).parent / "selection.yaml").read_text(encoding="utf-8"))


def _rows(block: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in _TABLES[block].splitlines() if line.strip()]


def _read(question: str) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank())


def _arguments(played: Played, name: str) -> str:
    value = next((q[name] for q in played.queries if name in q), None)
    if isinstance(value, dict):
        return "; ".join(f"{kind} {' '.join(ids)}" for kind, ids in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else "-"


@pytest.mark.parametrize("row", _rows("asked"), ids=lambda row: str(row[0]))
def test_what_a_question_chooses_reaches_the_query(row: list[str]) -> None:
    question, exclude, having, show, filters = row
    played = play(question, state())
    told = {name: _arguments(played, name) for name in ("exclude", "having", "show", "filters")}
    assert told == {"exclude": exclude, "having": having, "show": show, "filters": filters}


@pytest.mark.parametrize("row", _rows("amounts"), ids=lambda row: str(row[0]))
def test_a_number_is_a_threshold_only_where_it_is_an_amount(row: list[str]) -> None:
    text, expected = row
    found = [f"{c.sign} {c.number:g}{' %' if c.percent else ''}" for _, conditions in find_amounts(text) for c in conditions]
    assert "; ".join(found) == expected.replace("-", "")


def _talk(*questions: str) -> list[Played]:
    turns: list[Played] = []
    thread: dict[str, Any] = {}
    for question in questions:
        turns.append(play(question, state(thread)))
        thread = turns[-1].draft.state
    return turns


def test_top_accounts_after_a_slice_stays_in_the_slice_and_says_so() -> None:
    last = _talk("How's the retail business doing?", "top accounts")[-1]
    assert last.queries[0]["filters"] == {"industry": ["retail"]}
    assert any("retail" in text for text in last.draft.assumptions if text.startswith("Inherited"))


def test_what_was_left_out_stays_left_out_until_the_filters_are_dropped() -> None:
    turns = _talk("consumption by region excluding Marlow", "and last month?", "drop the filters")
    assert turns[1].queries[0]["exclude"] == {"account": ["K3"]}
    assert "exclude" not in turns[2].queries[0]


def test_a_row_of_the_last_table_can_be_pointed_at() -> None:
    turns = _talk("biggest losers this month", "why is the first one down?")
    assert turns[1].calls[-1] == ("explain_change", {"account": "K0", "window": "this month"})


def test_the_other_one_is_what_the_conversation_was_about_before() -> None:
    turns = _talk("What did Marlow spend last month?", "and Birchgate?", "the other one again")
    assert turns[2].queries[0]["filters"] == {"account": ["K3"]}


def test_start_over_forgets_everything() -> None:
    turns = _talk("How's the retail business doing?", "start over", "top accounts")
    assert "filters" not in turns[2].queries[0]


def test_in_units_instead_asks_for_the_same_in_units() -> None:
    last = _talk("What did Marlow spend last month?", "in units instead")[-1]
    assert (last.queries[0]["metrics"], last.queries[0]["filters"]) == (["M03"], {"account": ["K3"]})


def test_the_opposite_of_the_largest_are_the_smallest() -> None:
    first, last = _talk("top 5 skus last quarter", "and the opposite?")
    assert (first.queries[0]["order"], last.queries[0]["order"]) == ("-M01", "M01")


def test_a_verb_is_no_product_of_the_same_name() -> None:
    kit = FakeKit()
    question = "how do you compute growth"
    start = question.index("compute")
    mention = {"text": "compute", "start": start, "end": start + 7, "resolved": True}
    names = {"mentions": [mention | {"candidates": [{"type": "sku_family", "id": "Compute", "name": "Compute", "score": 1.0}]}]}
    assert kit.find_entities(question)["mentions"] == []
    assert read_question(question, read_context(state()), names, load_bank()).intent == "definition"


def test_known_causes_stand_beside_the_moves_and_the_rest_is_unexplained() -> None:
    played = play("biggest gainers and losers this month", state())
    cells = [row[-1] for section in played.draft.sections if section.table for row in section.table.rows]
    assert "a one-time re-load (one-time)" not in cells[:1]
    assert "unexplained" in cells


def test_without_the_one_timers_lists_what_was_taken_out_with_its_entry() -> None:
    last = _talk("biggest gainers this month", "without the one-timers")[-1]
    taken = next(section for section in last.draft.sections if section.heading == "Taken out")
    assert taken.table is not None
    assert taken.table.rows[0][:2] == ["Marlow Freight", "a one-time re-load (one-time)"]
    assert taken.sentences[0].citations == ["C1"]
