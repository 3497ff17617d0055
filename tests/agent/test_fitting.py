"""Answers fit: what is left out for length is said, and no sentence is cut in the middle."""

from __future__ import annotations

from typing import Any

import pytest

from meterline.answer import Answer, Draft
from meterline.compose import compose
from meterline.fitting import MOST_BYTES, TOO_LONG
from meterline.loop import Turn
from meterline.verify import Verified
from tests.agent.scripted import consumption, make_bench


def printed(**draft: Any) -> Answer:
    bench = make_bench()
    consumption(bench, account="Orion Foods")
    whole = Draft.model_validate({"answer_type": "ANSWER", "headline": {"text": "Calm."}, **draft})
    return compose(Turn(Verified(whole), bench, "offline", "p"), thread_id="t", elapsed_ms=1.0)


def size(answer: Answer) -> int:
    lines = [answer.text, answer.headline, *answer.assumptions, *answer.not_available, *answer.next_steps]
    return len("".join(lines).encode())


def part(heading: str, words: int = 10, rows: int = 0) -> dict[str, Any]:
    table = {"columns": ["Name", "Words"], "rows": [[f"row {n}", "word " * words] for n in range(rows)]} if rows else None
    return {"heading": heading, "sentences": [{"text": f"{heading} " + "word " * words}], "table": table}


def test_a_usual_answer_is_printed_whole() -> None:
    said = printed(sections=[part("First"), part("Second", rows=50)])
    assert "Left out" not in said.text
    assert "row 49" in said.text


def test_rows_go_first_and_are_counted() -> None:
    said = printed(sections=[part("First"), part("Second", rows=900)])
    assert size(said) <= MOST_BYTES
    assert "First" in said.text
    shown = sum(line.startswith("| row ") for line in said.text.splitlines())
    assert f"Left out for length: {900 - shown} rows of “Second”." in said.text


def test_whole_parts_go_from_the_end() -> None:
    said = printed(sections=[part(f"Part {n}", words=1_000) for n in range(8)])
    assert size(said) <= MOST_BYTES
    assert said.text.index("Part 2 word") > 0
    assert "the part “Part 7”" in said.text
    assert "Part 7 word" not in said.text


def test_statements_go_before_findings() -> None:
    said = printed(sections=[part("First", words=3_800)], show_receipts=["R1"] * 9)
    assert size(said) <= MOST_BYTES
    assert "First word" in said.text
    assert "the statement of receipt R1" in said.text


def test_a_headline_without_end_is_not_cut_but_replaced() -> None:
    said = printed(headline={"text": "word " * 10_000})
    assert said.headline == TOO_LONG


@pytest.mark.parametrize("name", ["assumptions", "not_available", "next_steps"])
def test_lists_have_a_dozen_lines_that_can_be_read(name: str) -> None:
    said = printed(**{name: ["word " * 5_000, *(f"Line {n}." for n in "abcdefghijklmnopqrst")]})
    assert getattr(said, name) == [f"Line {n}." for n in "abcdefghijkl"]
    assert "Left out for length: more " in said.text


def test_characters_of_several_bytes_count_as_such() -> None:
    assert size(printed(sections=[part("Wörter " + "ü" * 9_000, rows=5), part("End")])) <= MOST_BYTES
