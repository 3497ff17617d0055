"""Notes are cut at turns, paragraphs and sentences, in any language, without losing a word."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterline_tools.notes.passages import MANY_WORDS, passages, read_note, row_digest
from meterline_tools.notes.text import display_copy, is_foreign, search_copy, sentences, word_count
from tests.tools.notes.corpus import KESTREL, ROWS, note, turns


def cut(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It grew. Why? Nobody knows!", ["It grew.", "Why?", "Nobody knows!"]),
        ("We pay approx. 3.5k a day, e.g. for storage. Fine.", ["We pay approx. 3.5k a day, e.g. for storage.", "Fine."]),
        ("Der Vertrag läuft am 3. Juli aus, z. B. früher. Gut.", ["Der Vertrag läuft am 3. Juli aus, z. B. früher.", "Gut."]),
        ("Det gäller bl.a. lagret. Vi hörs kl. 9 i dag.", ["Det gäller bl.a. lagret.", "Vi hörs kl. 9 i dag."]),
        ("変更しました。来期も続けます！はい", ["変更しました。", "来期も続けます！", "はい"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("first line\nsecond line\n\n  third", ["first line", "second line", "third"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(max_size=400))
def test_no_word_is_lost_between_sentences(text: str) -> None:
    spans = sentences(text)

    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert "".join("".join(cut(text)).split()) == "".join(text.split())


@given(st.text(min_size=1, max_size=900), st.booleans())
def test_parts_of_passages_are_spans_that_cover_the_note(text: str, spoken: bool) -> None:
    columns = {"turns": json.dumps([{"n": 3, "text": text}])} if spoken else {"body": text}
    one = read_note(note("X", KESTREL, "2026-05-01", **columns))
    parts = [part for passage in passages(one) for part in passage.parts]

    assert "".join("".join(one.source(p.turn)[p.start : p.end].split()) for p in parts) == "".join(text.split())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["note_id"]))
def test_no_passage_is_longer_than_a_model_reads(row: dict[str, object]) -> None:
    one = read_note(row)

    for passage in passages(one):
        assert sum(word_count(one.source(p.turn)[p.start : p.end]) for p in passage.parts) <= MANY_WORDS


def test_short_turns_share_a_passage_and_keep_their_speakers() -> None:
    row = note("X", KESTREL, "2026-05-01", turns=turns(("Ann", "vendor", "Is it the launch?"), ("Bo", "customer", "No, that is October.")))
    (passage,) = passages(read_note(row))

    assert [(p.turn, p.speaker, p.side) for p in passage.parts] == [(1, "Ann", "vendor"), (2, "Bo", "customer")]
    assert passage.text == "Ann: Is it the launch?\nBo: No, that is October."


def test_turn_numbers_are_kept_when_they_are_distinct_and_given_otherwise() -> None:
    numbered = note("X", None, "2026-05-01", turns=json.dumps([{"n": 7, "text": "a"}, {"n": 9, "text": "b"}]))
    clashing = note("X", None, "2026-05-01", turns=json.dumps([{"n": 1, "text": "a"}, {"n": 1, "text": "b"}]))

    assert [t.n for t in read_note(numbered).turns] == [7, 9]
    assert [t.n for t in read_note(clashing).turns] == [1, 2]


@pytest.mark.parametrize(
    ("entry", "side"),
    [
        ({"text": "a", "side": "customer", "rep_id": "P-1"}, "customer"),
        ({"text": "a", "contact_id": "C-1"}, "customer"),
        ({"text": "a", "rep_id": "P-1"}, "vendor"),
        ({"text": "a"}, "vendor"),
    ],
)
def test_a_given_side_wins_and_doubt_means_ours(entry: dict[str, str], side: str) -> None:
    assert read_note(note("X", None, "2026-05-01", turns=json.dumps([entry]))).turns[0].side == side


@pytest.mark.parametrize(
    ("kind", "domain", "author", "side"),
    [
        ("email", "kestrel.example", "P-1", "customer"),
        ("email", "other.example", "P-1", "vendor"),
        ("email", None, "P-1", "vendor"),
        ("email", None, None, "customer"),
        ("call_note", "kestrel.example", None, "vendor"),
    ],
)
def test_the_sender_line_of_an_email_tells_the_side(kind: str, domain: str | None, author: str | None, side: str) -> None:
    body = "From: Petra <petra@mail.kestrel.example>\nSubject: Re: plan\n\nWe pause the import."
    row = note("X", KESTREL, "2026-05-01", note_type=kind, body=body, account_domain=domain, author_rep_id=author)
    parts = [p for passage in passages(read_note(row)) for p in passage.parts]

    assert parts[-1].side == side
    assert body[parts[-1].start : parts[-1].end] == "We pause the import."


def test_the_search_copy_is_plain_and_the_display_copy_shows_what_is_hidden() -> None:
    tricky = "\u202eﬁx\u200bed\x07"

    assert search_copy(tricky) == "fixed"
    assert display_copy(tricky) == "\\u202eﬁx\\u200bed\\u0007"


def test_the_digest_of_a_row_tells_what_decides_its_passages_and_nothing_else() -> None:
    row = note("N-1", KESTREL, "2026-07-30", body="A word about renewal.")

    assert row_digest(dict(reversed(row.items())) | {"language": "sv"}) == row_digest(row)
    for column in ("body", "account_domain", "author_name", "sensitivity", "created_at"):
        assert row_digest(row | {column: "2026-07-31"}) != row_digest(row)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("Vi har flyttat schemat till varje timme.", True),
        ("Der Vertrag läuft nicht aus.", True),
        ("夜間バッチを毎時に変更しました。", True),
        ("We told them in Göteborg that it was the plan.", False),
        ("Kestrel 2026 storage", False),
    ],
)
def test_other_languages_are_told_by_their_function_words(text: str, foreign: bool) -> None:
    assert is_foreign(text) is foreign
