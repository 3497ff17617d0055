"""What was said in confidence is in no index and no quotation, and near copies are shown once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.passages import passages, read_note
from meterline_tools.notes.restricted import open_body
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import BOREAL, KESTREL, note, provider, turns

SECRET = "they will cut a third of the team"


@pytest.mark.parametrize(
    "aside",
    [
        f"Please don't write this down, but {SECRET}.",
        f"Off the record: {SECRET}.",
        f"Keep this out of the CRM, {SECRET}.",
        f"This stays between us, {SECRET}.",
        f"Das bleibt bitte unter uns, {SECRET}.",
        f"Bitte nicht ins Protokoll: {SECRET}.",
        f"Skriv inte ner det, {SECRET}.",
        f"ここだけの話、{SECRET}。",
        f"[restricted] {SECRET} [/restricted]",
        f"[off the record] {SECRET}",
        f"Off the record.\n\nWell, {SECRET}.",
    ],
)
def test_a_confidence_in_an_open_note_is_blanked_out_and_the_rest_stays_in_place(aside: str) -> None:
    body = f"They like the new dashboards.\n\n{aside}"
    opened = open_body(body)
    assert SECRET not in opened
    assert len(opened) == len(body)
    assert opened.startswith("They like the new dashboards.")


def test_what_follows_a_closed_mark_is_open_again() -> None:
    assert open_body(f"One. [restricted]{SECRET}[/restricted] Two.").split() == ["One.", "Two."]


@pytest.mark.parametrize(
    "text",
    ["We wrote this down in the plan.", "They keep a record of each job.", "The stop was recorded at noon.", "Do not write to this table."],
)
def test_plain_speech_is_no_confidence(text: str) -> None:
    assert open_body(text) == text


def test_in_a_long_dictation_only_the_confidence_and_what_follows_is_left_out() -> None:
    before = "They renew in May. " + "The team is happy with the speed of the jobs. " * 10
    opened = open_body(f"{before}She was nervous. Do not write this down. {SECRET}.")
    assert "They renew in May." in opened
    assert SECRET not in opened
    assert "nervous" not in opened


def test_a_turn_in_confidence_is_left_out_and_the_others_keep_their_numbers() -> None:
    said = turns(
        ("Ada", "customer", "Costs are fine."),
        ("Ada", "customer", f"Off the record, {SECRET}."),
        ("Bo", "vendor", "Understood, thank you."),
    )
    read = read_note(note("N-1", KESTREL, "2026-06-01", turns=said))
    assert [(turn.n, turn.text) for turn in read.turns] == [(1, "Costs are fine."), (3, "Understood, thank you.")]


def test_a_turn_marked_restricted_is_left_out() -> None:
    said = json.dumps(
        [{"n": 1, "speaker": "A", "text": "Costs are fine."}, {"n": 2, "speaker": "A", "text": SECRET, "sensitivity": "restricted"}]
    )
    assert [turn.n for turn in read_note(note("N-1", KESTREL, "2026-06-01", turns=said)).turns] == [1]


def test_a_transcript_with_nothing_open_left_has_no_passages() -> None:
    said = turns(("Ada", "customer", f"Off the record, {SECRET}."))
    assert passages(read_note(note("N-1", KESTREL, "2026-06-01", turns=said, body=f"Ada: {SECRET}"))) == []


def test_a_confidence_is_in_no_file_of_the_index(tmp_path: Path) -> None:
    rows = [note("N-1", KESTREL, "2026-06-01", body=f"They like the dashboards.\n\nOff the record: {SECRET}.")]
    store = NoteStore(tmp_path, provider(rows), snapshot="s", embedder=LetterEmbedder())
    store.ensure()
    assert not [hit for hit in store.search("will they cut the team").hits if "third" in hit.text]
    assert not any(b"third" in file.read_bytes() for file in (tmp_path / "notes").rglob("*") if file.is_file())


CALL = (
    "We spoke for an hour. They will bring the lab over in autumn and want two more workspaces for it. "
    "The budget is not settled; Mara asks finance next week. The nightly job moves to the weekend."
)


def copies(home: Path, **columns: Any) -> NoteStore:
    rows = [
        note("N-1", KESTREL, "2026-06-01", body=CALL),
        note("N-2", KESTREL, "2026-06-02", body=f"{CALL} Sent from my phone.", **columns),
        note("N-3", BOREAL, "2026-06-02", body=CALL),
        note(
            "N-4",
            KESTREL,
            "2026-06-03",
            body="The lab is a topic for autumn, nothing new on the workspaces since we last spoke about them.",
        ),
    ]
    return NoteStore(home, provider(rows), snapshot="s", embedder=LetterEmbedder())


def test_a_near_copy_is_shown_once_and_named(tmp_path: Path) -> None:
    store = copies(tmp_path)
    found = store.search("the lab in autumn and the workspaces", account_ids=[KESTREL])
    shown = {hit.note_id: hit.copies for hit in found.hits}
    assert len({"N-1", "N-2"} & shown.keys()) == 1
    assert {"N-1", "N-2"} == {n for n in shown if n != "N-4"} | {c for copied in shown.values() for c in copied}
    assert shown["N-4"] == ()


def test_another_accounts_note_is_no_copy(tmp_path: Path) -> None:
    assert "N-3" in {hit.note_id for hit in copies(tmp_path).search("the lab in autumn and the workspaces").hits}


def test_a_later_version_is_no_copy(tmp_path: Path) -> None:
    found = copies(tmp_path, supersedes_note_id="N-1").search("the lab in autumn and the workspaces", account_ids=[KESTREL])
    assert [hit.copies for hit in found.hits if hit.note_id == "N-2"] == [()]


def test_search_narrows_by_speaker_and_by_who_of_ours_was_there(tmp_path: Path) -> None:
    rows = [
        note("N-1", KESTREL, "2026-06-01", turns=turns(("Ada Brook", "customer", "The lab moves."), ("Bo", "vendor", "The lab is ready."))),
        note("N-2", KESTREL, "2026-06-02", body="The lab is late.", author_rep_id="P-8"),
    ]
    store = NoteStore(tmp_path, provider(rows), snapshot="s", embedder=LetterEmbedder())
    assert [hit.text for hit in store.search("lab", speaker="brook").hits] == ["The lab moves."]
    assert [hit.note_id for hit in store.search("lab", people=["P-8"]).hits] == ["N-2"]
    assert store.search("lab", speaker="Nobody").hits == []
