"""How a sentence speaks: what is a complaint, and what speaks for us or for somebody else beside us."""

from __future__ import annotations

import datetime as dt

import pytest

from meterline_tools.notes.passages import Note, readable
from meterline_tools.notes.rivals import held_against_us, spoken_for
from meterline_tools.notes.sayings import Saying, sayings
from meterline_tools.notes.substance import score
from meterline_tools.notes.themes import tones, worth_quoting


def note_of(*said: str, side: str = "customer", language: str = "en") -> list[Note]:
    """One call in which one person says each of these in a turn of its own."""
    turns = [{"n": n, "speaker": "Gwen Parry", "side": side, "text": text} for n, text in enumerate(said, 1)]
    row = {
        "note_id": "T1",
        "account_id": "A1",
        "note_type": "transcript",
        "title": "Call",
        "language": language,
        "body": "",
        "turns": turns,
    }
    return readable([row | {"occurred_at": dt.datetime(2026, 8, 12, 9), "created_at": None, "sensitivity": None}], dt.datetime(2026, 9, 1))


def heard(*said: str, side: str = "customer", language: str = "en") -> list[Saying]:
    return sayings(note_of(*said, side=side, language=language))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The members think the price per scan is too high.", "en"),
        ("The alerts are useless to us.", "en"),
        ("Eleven false alarms in one night.", "en"),
        ("The invoice is impossible to read.", "en"),
        ("Der Preis ist uns zu hoch, das sage ich ganz offen.", "de"),
        ("Priset är för högt för oss.", "sv"),
        ("価格が高すぎると部長が言っています。", "ja"),
    ],
)
def test_a_sentence_that_finds_fault_is_a_complaint(text: str, language: str) -> None:
    assert [("complaint" in tones().of(said)) for said in heard(text, language=language)] == [True]


def test_fault_found_with_somebody_elses_product_is_no_complaint_of_ours() -> None:
    said = heard("They are cheaper, but their support is slow.", "Your support is slow.")
    assert [s.text for s in held_against_us(said)] == ["Your support is slow."]


def test_our_own_note_of_their_trouble_stays_a_complaint() -> None:
    """\"Their\" of our own people is the customer."""
    assert ["complaint" in tones().of(s) for s in heard("Their dashboards are slow since May.", side="vendor")] == [True]


def test_a_sentence_may_speak_for_both_sides() -> None:
    text = "Quorex is cheaper, but their maps are awful."
    spoken = spoken_for(heard(text))
    assert {side: [s.text for s in found] for side, found in spoken.items()} == {"win": [text], "lose": [text]}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I am not glad, but we would rather not move.", "en"),
        ("They will not switch, they told me.", "en"),
        ("De byter inte leverantör.", "sv"),
        ("Wir wechseln den Anbieter nicht.", "de"),
        ("Your maps are better than theirs.", "en"),
    ],
)
def test_who_stays_speaks_for_us_and_not_for_the_other_side(text: str, language: str) -> None:
    spoken = spoken_for(heard(text, language=language))
    assert (len(spoken["win"]), spoken["lose"]) == (1, [])


def test_a_night_mode_switched_off_is_no_switch_of_vendor() -> None:
    assert spoken_for(heard("We switched the night mode off.", "Ask whether it can be switched off."))["lose"] == []


def test_further_sentences_of_one_note_are_quoted_where_there_is_room() -> None:
    said = heard("First of all, hello.", "Then the second.", "Then the third.")
    assert [s.text for s in worth_quoting(said, 2)] == ["First of all, hello."]
    assert [s.text for s in worth_quoting(said, 2, again=True)] == ["First of all, hello.", "Then the second."]


def test_the_reason_of_a_score_is_a_customers_statement_and_no_question_or_heading_of_ours() -> None:
    ours = heard("How is the plan for the budget?", side="vendor")
    found = score([*ours, *heard("Is there a plan?", "We plan a second hall for the bees.")])
    assert found is not None
    assert found.saying.text == "We plan a second hall for the bees."
    assert score(heard("# Plan for the budget of next year")) is None
