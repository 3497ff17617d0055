"""Search finds what was said, within scope and time, and quotes it to the letter."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.passages import read_note
from meterline_tools.notes.results import Hit
from meterline_tools.receipts import Window
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import BOREAL, KESTREL, RELOAD, ROWS, SUZUKAKE, TAMARIND, provider

EVERYTHING = (
    "order history",
    "budget",
    "rollout Lisbon",
    "recall lab",
    "pricing",
    "夜間バッチ",
    "Kündigung Vertrag",
    "schemat varje timme",
    "number plates",
    "previous instructions",
)


def ids(hits: list[Hit]) -> list[str]:
    return [hit.note_id for hit in hits]


def test_finds_the_sentence_in_the_middle_of_unrelated_talk(store: NoteStore) -> None:
    best = store.search("Why is finance comparing the seasons?", account_ids=[KESTREL]).hits[0]

    assert (best.note_id, best.turn, best.speaker, best.side) == ("N-01", 4, "Petra Lindholm", "customer")
    assert best.text == RELOAD
    assert best.date.isoformat() == "2026-05-11"


def test_finds_what_is_said_in_other_words(store: NoteStore) -> None:
    found = store.search("spending stop", account_ids=[KESTREL], sides=["customer"]).hits

    assert found[0].text == "Our budget for the second half is frozen until August."


@pytest.mark.parametrize("question", EVERYTHING)
def test_every_hit_stands_at_its_offsets_in_the_source(store: NoteStore, question: str) -> None:
    sources = {row["note_id"]: read_note(row) for row in ROWS}
    found = store.search(question, limit=20).hits

    assert found
    for hit in found:
        assert sources[hit.note_id].source(hit.turn)[hit.start : hit.end] == hit.text


@pytest.mark.parametrize("question", EVERYTHING)
def test_restricted_notes_are_never_returned(store: NoteStore, question: str) -> None:
    assert "N-04" not in ids(store.search(question, limit=50).hits)


def test_only_the_asked_account_is_searched(store: NoteStore) -> None:
    found = store.search("order history", account_ids=[BOREAL]).hits

    assert ids(found) == ["N-12"]


def test_an_account_out_of_sight_gives_nothing(store: NoteStore) -> None:
    assert store.search("order history", account_ids=[KESTREL], visible={BOREAL}).hits == []
    assert store.search("order history", account_ids=[KESTREL], visible=lambda account: account == BOREAL).hits == []


def test_without_an_account_only_visible_accounts_are_searched(store: NoteStore) -> None:
    found = store.search("order history", visible={BOREAL, TAMARIND}, limit=20).hits

    assert {hit.account_id for hit in found} == {BOREAL}


def test_a_note_without_account_is_for_those_who_see_everything(store: NoteStore) -> None:
    assert "N-18" in ids(store.search("order history region", limit=20).hits)
    assert "N-18" not in ids(store.search("order history region", visible={KESTREL, BOREAL, TAMARIND, SUZUKAKE}, limit=20).hits)


def test_what_became_known_later_is_not_found_before(store: NoteStore) -> None:
    before = store.search("auditors", account_ids=[KESTREL], known_at=datetime(2026, 7, 31)).hits
    after = store.search("auditors", account_ids=[KESTREL], known_at=datetime(2026, 8, 2)).hits

    assert "N-07" not in ids(before)
    assert ids(after)[0] == "N-07"


def test_a_corrected_note_is_found_in_the_version_of_its_time(store: NoteStore) -> None:
    old = store.search("Lisbon office rollout", account_ids=[KESTREL], known_at=datetime(2026, 4, 2, 23)).hits
    new = store.search("Lisbon office rollout", account_ids=[KESTREL]).hits

    assert ids(old) == ["N-08"]
    assert "N-09" in ids(new)
    assert "N-08" not in ids(new)


def test_a_window_and_a_side_narrow_the_search(store: NoteStore) -> None:
    june = Window.model_validate({"from": "2026-06-01", "to": "2026-06-30"})
    in_june = store.search("order history", account_ids=[KESTREL], window=june).hits
    customers = store.search("order history", account_ids=[KESTREL], sides=["customer"]).hits

    assert ids(in_june) == ["N-05"]
    assert {hit.side for hit in customers} == {"customer"}


def test_text_that_speaks_to_a_machine_is_marked_and_still_found(store: NoteStore) -> None:
    found = store.search("previous instructions durable growth", account_ids=[KESTREL]).hits

    assert (found[0].note_id, found[0].flagged) == ("N-05", True)
    assert [h.flagged for h in store.search("order history load finished", account_ids=[KESTREL]).hits if h.note_id == "N-05"] == [False]


def test_hidden_characters_neither_hide_a_note_nor_change_its_words(store: NoteStore) -> None:
    best = store.search("customer asked fixed pricing storage", account_ids=[TAMARIND]).hits[0]

    assert best.note_id == "N-15"
    assert "\u200b" in best.text


def test_the_same_words_are_given_once(store: NoteStore) -> None:
    found = ids(store.search("recall tripled uploads", account_ids=[TAMARIND]).hits)

    assert len({"N-16", "N-17"} & set(found)) == 1


def test_an_email_tells_the_customers_words_from_ours(store: NoteStore) -> None:
    said = {hit.text: (hit.side, hit.speaker) for hit in store.search("budget second half plan", account_ids=[KESTREL]).hits}

    assert said["Our budget for the second half is frozen until August."] == ("customer", "Petra Lindholm")


@pytest.mark.parametrize(
    ("question", "note_id"),
    [("夜間バッチ", "N-13"), ("Kündigung des Vertrags", "N-11"), ("varje timme", "N-10"), ("Goteborg", "N-11")],
)
def test_other_languages_are_found_in_their_own_words(store: NoteStore, question: str, note_id: str) -> None:
    assert ids(store.search(question).hits)[0] == note_id


@pytest.mark.parametrize(
    ("question", "note_id"),
    [
        ("Why did they change the schedule to hourly?", "N-10"),
        ("When does the contract expire?", "N-11"),
        ("Is a cancellation planned?", "N-11"),
        ("nightly batch changed", "N-13"),
        ("Ist eine Einführung im Lisbon office geplant?", "N-09"),
    ],
)
def test_questions_reach_notes_in_other_languages_by_the_words_of_the_trade(store: NoteStore, question: str, note_id: str) -> None:
    assert ids(store.search(question).hits)[0] == note_id


def test_what_nobody_spoke_of_is_not_found(store: NoteStore) -> None:
    assert store.search("quantum chess tournament", account_ids=[KESTREL]).hits == []


def test_answers_do_not_depend_on_the_order_of_the_rows(home: Path) -> None:
    forwards, backwards = (
        NoteStore(home, provider(rows), snapshot="corpus", embedder=LetterEmbedder()).search("order history load", limit=20)
        for rows in (ROWS, ROWS[::-1])
    )

    assert forwards == backwards
