"""What a model writes of real turns: what their evidence holds stands, what nobody told goes, whichever words it is told in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from meterline.answer import Sentence
from meterline.claims.vocabulary import holds
from meterline.evidence import Evidence
from meterline.told import Told
from meterline.verify import check_sentence
from meterline_tools.numbers import display
from meterline_tools.receipts import Citation, Entity, Figure, Receipt, ReceiptBook, Window

TURNS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "claims_turns.yaml").read_text(encoding="utf-8"))


def evidence_of(turn: dict[str, Any]) -> Evidence:
    book = ReceiptBook()
    for ident, given in turn["receipts"].items():
        book.receipts[ident] = Receipt(id=ident, tool="query_metrics", row_count=len(given["rows"]), **given)
    for ident, given in turn["figures"].items():
        book.figures[ident] = _figure(ident, given)
    for ident, given in turn["citations"].items():
        book.citations[ident] = Citation(id=ident, **given)
    told = Told(**{kind: set(turn[kind]) for kind in ("phrases", "names", "accounts", "proofs")})
    return Evidence(book, (), told.phrases, [date(2026, 8, 15), date(2026, 8, 18)], turn["asked"], told)


def _figure(ident: str, given: dict[str, Any]) -> Figure:
    entity = given.get("entity") and Entity(**dict(zip(("type", "id", "name"), given["entity"], strict=True)))
    window = given.get("window") and Window.model_validate({"from": given["window"][0], "to": given["window"][1]})
    cell = given.get("cell") and tuple(given["cell"])
    value, unit = given.get("value"), given.get("unit", "")
    plain = {"metric": given.get("metric"), "label": given["label"], "value": value, "unit": unit, "display": display(value, unit)}
    return Figure(id=ident, receipt=given["receipt"], entity=entity, window=window, cell=cell, **plain)


def _cases(verdict: str) -> list[Any]:
    cases = []
    for turn in TURNS:
        for given in turn[verdict]:
            case = given if isinstance(given, dict) else {"text": given}
            cases.append(pytest.param(turn, Sentence(**case), id=f"{turn['turn']}: {case['text'][:60]}"))
    return cases


@pytest.mark.parametrize(("turn", "sentence"), _cases("stands"))
def test_what_a_careful_model_writes_stands(turn: dict[str, Any], sentence: Sentence) -> None:
    assert check_sentence(sentence, evidence_of(turn)) is None


@pytest.mark.parametrize(("turn", "sentence"), _cases("goes"))
def test_what_nobody_told_goes(turn: dict[str, Any], sentence: Sentence) -> None:
    assert check_sentence(sentence, evidence_of(turn)) is not None


def test_the_turns_hold_enough_sentences_of_both_kinds() -> None:
    assert len(_cases("goes")) >= 60
    assert len(_cases("stands")) >= 40


@pytest.mark.parametrize(
    ("text", "word", "held"),
    [
        ("the board approved the migration", "migrating", True),
        ("our budget is frozen", "freeze", True),
        ("prices come down", "price", True),
        ("a training plan", "plant", False),
        ("the plant in ohio", "plan", False),
        ("an earlier re-load", "load", True),
        ("they overload it", "load", False),
    ],
)
def test_a_word_is_held_in_any_of_its_forms_and_in_no_other_word(text: str, word: str, held: bool) -> None:
    assert holds(text, word) is held


def test_the_reason_names_the_word() -> None:
    reason = check_sentence(Sentence(text="Morale in the team is low."), evidence_of(TURNS[0]))
    assert reason is not None
    assert "'Morale'" in reason
