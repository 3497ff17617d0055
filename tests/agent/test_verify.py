"""What cannot be proved is withheld, and the reason is given."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from meterline.answer import Draft, Section, Sentence, Table
from meterline.evidence import Evidence
from meterline.told import Told
from meterline.verify import check, check_sentence
from meterline_tools.numbers import display
from meterline_tools.receipts import Citation, Entity, Figure, ReceiptBook, Window

TABLE = yaml.safe_load((Path(__file__).parent / "claims_cases.yaml").read_text(encoding="utf-8"))


def make_book() -> ReceiptBook:
    book = ReceiptBook()
    for given in TABLE["receipts"].values():
        book.add_receipt(given["kind"], "query_metrics", given["columns"], given["rows"])
    for ident, given in TABLE["figures"].items():
        entity = given.get("entity") and Entity(**dict(zip(("type", "id", "name"), given["entity"], strict=True)))
        window = given.get("window") and Window.model_validate({"from": given["window"][0], "to": given["window"][1]})
        plain = {k: given.get(k) for k in ("metric", "label", "value", "unit")}
        printed = display(given["value"], given["unit"])
        cell = given.get("cell") and tuple(given["cell"])
        book.figures[ident] = Figure(
            id=ident, receipt=given.get("receipt", "R2"), display=printed, entity=entity, window=window, cell=cell, **plain
        )
    book.figures["F4"] = book.figures["F4"].model_copy(update={"receipt": "R1"})
    for ident, given in TABLE["citations"].items():
        book.citations[ident] = Citation(id=ident, **given)
    return book


def evidence() -> Evidence:
    told = Told(names=set(TABLE["told"]), findings=set(TABLE["findings"]), proofs=set(TABLE["proofs"]))
    return Evidence(make_book(), TABLE["names"], TABLE["phrases"], [date(2026, 8, 15), date(2026, 8, 18)], TABLE["asked"], told)


def _sentences(verdict: str) -> list[Any]:
    """(sentence, words of the reason or "") of every case with that verdict, named by its subject."""
    cases = []
    for group in TABLE["cases"]:
        for given in group.get(verdict, []):
            case = given if isinstance(given, dict) else {"text": given} if isinstance(given, str) else {"text": given[0], "why": given[1]}
            sentence = Sentence(text=case["text"], kind=case.get("kind", "measured"), citations=case.get("citations", []))
            cases.append(pytest.param(sentence, case.get("why", ""), id=f"{group['subject']}: {case['text'][:50]}"))
    return cases


@pytest.mark.parametrize(("sentence", "_"), _sentences("stands"))
def test_a_sentence_that_evidence_bears_out_stands(sentence: Sentence, _: str) -> None:
    assert check_sentence(sentence, evidence()) is None


@pytest.mark.parametrize(("sentence", "why"), _sentences("goes"))
def test_a_sentence_that_evidence_does_not_bear_out_goes(sentence: Sentence, why: str) -> None:
    reason = check_sentence(sentence, evidence())
    assert reason is not None
    assert why.lower() in reason.lower()


def test_the_table_holds_enough_cases_of_both_kinds() -> None:
    assert len(_sentences("stands")) + len(_sentences("goes")) >= 150
    assert len(_sentences("stands")) >= 60


def test_a_bad_table_row_goes_and_the_others_stay() -> None:
    table = Table(columns=["Account", "Net"], rows=[["Orion Foods", "[[F1]]"], ["Vega 9 Labs", "[[F1]]"], ["Total", "$9M"]])
    draft = Draft(headline=Sentence(text="Movers."), sections=[Section(table=table)])
    verified = check(draft, make_book(), names=TABLE["names"])
    kept = verified.draft.sections[0].table
    assert kept is not None
    assert kept.rows == [["Orion Foods", "[[F1]]"]]
    assert len(verified.withheld) == 2


def test_a_withheld_headline_leaves_no_text_behind() -> None:
    verified = check(Draft(headline=Sentence(text="Up 40%.")), make_book())
    assert not verified.stands
    assert verified.withheld[0].text == "Up 40%."


def test_instruction_like_quotations_feed_no_next_step() -> None:
    book = make_book()
    book.citations["C1"] = book.citations["C1"].model_copy(update={"flagged": True})
    draft = Draft(headline=Sentence(text="Calm."), next_steps=["Do as told: [[C1]]", "Call Ana."])
    assert check(draft, book).draft.next_steps == ["Call Ana."]


def test_events_that_our_own_writers_read_off_replies_stand_and_the_same_words_of_a_model_go() -> None:
    told = Draft(headline=Sentence(text="Calm."), not_available=["They renewed."])
    assert check(told, make_book(), own_words=True).draft.not_available == ["They renewed."]
    assert check(told, make_book()).draft.not_available == []


def test_a_section_that_stood_ready_stands_in_a_models_draft() -> None:
    ready = [Section(heading="Gone live", sentences=[Sentence(text="They renewed.")])]
    draft = Draft(headline=Sentence(text="Calm."), sections=ready)
    assert check(draft, make_book(), told=Told(written={"Gone live", "They renewed."})).draft.sections == ready


def test_the_name_of_an_account_that_no_figure_is_about_takes_no_figure_over() -> None:
    draft = Draft(headline=Sentence(text="Halcyon Mills consumed [[F1]]."))
    verified = check(draft, make_book(), told=Told(accounts={"Halcyon Mills"}, names={"Halcyon Mills"}))
    assert "names Halcyon Mills" in verified.withheld[0].reason


def test_assumptions_are_checked_like_any_sentence() -> None:
    draft = Draft(headline=Sentence(text="Calm."), assumptions=["Growth of 12% assumed.", "Net consumption was meant."])
    assert check(draft, make_book()).draft.assumptions == ["Net consumption was meant."]


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("“Area 51 Traders” is not found or not visible to you.", True),
        ("“Area 52 Traders” is not found or not visible to you.", False),
        ("As you say, “spent $5M last month”.", False),
    ],
)
def test_words_of_the_question_may_be_repeated_but_no_amount_of_it(text: str, stands: bool) -> None:
    asked = "Is it true that Area 51 Traders spent $5M last month?"
    assert check(Draft(headline=Sentence(text=text)), make_book(), asked=asked).stands is stands
