"""Questions are read as people mean them: typos, terse, any casing, reordered, and in words nobody listed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from meterline.models.offline.plan import plan
from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from tests.agent.offline.fake_kit import FakeKit, state

Case = tuple[str, str, str, str, str, str]
_TABLES: dict[str, str] = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8"))
HELD_OUT_AT_LEAST = 0.85


def _cases(block: str) -> list[Case]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _TABLES[block].splitlines() if line.strip()]
    return [(r[0], r[1], r[2], r[3], r[4], r[5]) for r in rows]


def _read(question: str) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank())


def _faults(case: Case) -> list[str]:
    """What was not read as the table says."""
    question, intent, entities, metrics, by, window = case
    reading = _read(question)
    steps = plan(reading, read_context(state()))
    asked = [s.args for s in steps if s.tool == "query_metrics"]
    read_as = reading.refusal.id if reading.refusal else reading.intent
    named = {n.id for n in reading.named}
    measured = {m for a in asked for m in a["metrics"]}
    broken_down = [a.get("group_by", []) for a in asked]
    windows = {str(s.args.get("window", "")) for s in steps} | {reading.periods.window}
    faults = []
    if read_as != intent:
        faults.append(f"intent {read_as}")
    if entities != "-" and named != _ids(entities):
        faults.append(f"entities {named}")
    if metrics != "-" and not set(metrics.split()) <= measured:
        faults.append(f"metrics {measured}")
    if by != "-" and by.split() not in broken_down:
        faults.append(f"by {broken_down}")
    if window != "-" and window not in windows:
        faults.append(f"window {windows}")
    return faults


def _ids(cell: str) -> set[str]:
    spaced = "Vector Search"
    return set(cell.replace(spaced, "").split()) | ({spaced} if spaced in cell else set())


@pytest.mark.parametrize("case", _cases("known"), ids=lambda case: str(case[0]))
def test_a_question_in_known_words_is_read_as_the_table_says(case: Case) -> None:
    assert _faults(case) == []


def test_most_questions_in_words_nobody_listed_are_read_right() -> None:
    cases = _cases("held_out")
    wrong = {case[0]: faults for case in cases if (faults := _faults(case))}
    assert len(wrong) <= (1 - HELD_OUT_AT_LEAST) * len(cases), wrong


def test_what_is_made_of_a_reading_stays_out_of_the_next_one() -> None:
    question = "biggest movers in retail last month by region over 5k"
    first = _read(question)
    first.measure.metrics.append("M99")
    first.measure.group_by.clear()
    first.selection.conditions.clear()
    first.periods.tokens.clear()
    if first.periods.main:
        first.periods.main.assumptions.append("made up")
    first.named.clear()
    again = _read(question)
    assert again.named
    assert "M99" not in again.metrics
    assert again.measure.group_by == ["region"]
    assert again.selection.conditions
    assert again.periods.main is not None
    assert again.periods.tokens
    assert not again.periods.main.assumptions
