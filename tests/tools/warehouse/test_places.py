"""From the words of a note back to the bytes of the file they were read from."""

from __future__ import annotations

import base64
import json

import pytest

from meterline_tools.warehouse.loading.places import Original, Place

TURNS = ["Shall we start?", "Yes.", "We re-load three years of orders & returns, don’t we?", "Yes."]
VTT = """WEBVTT

NOTE made up

1
00:00:01.000 --> 00:00:03.000
<v Ann Reyes>Shall we start?</v>

2
00:00:03.500 --> 00:00:04.000
<v Tom Birch>Yes.</v>

3
00:00:04.500 --> 00:00:06.000
Ann Reyes: We re-load three

4
00:00:06.000 --> 00:00:08.000
Ann Reyes: years of orders &amp; returns, don’t we?

5
00:00:08.500 --> 00:00:09.000
Tom Birch: Yes.
"""
SRT = """1
00:00:01,000 --> 00:00:03,000
Ann Reyes: Shall we start?

2
00:00:03,500 --> 00:00:04,000
Tom Birch: Yes.

3
00:00:04,500 --> 00:00:06,000
Ann Reyes: We re-load three

4
00:00:06,000 --> 00:00:08,000
Ann Reyes: <i>years</i> of orders & returns, don’t we?

5
00:00:08,500 --> 00:00:09,000
Tom Birch: Yes.
"""
TEXT = """date: 2026-06-03

Ann Reyes: Shall we start?
Tom Birch: Yes.
Ann Reyes: We re-load three years
of orders & returns, don’t we?
Tom Birch: Yes.
"""
ENTRIES = [{"speaker": "Ann" if n % 2 == 0 else "Tom", "start": 1.5 * n, "text": said} for n, said in enumerate(TURNS)]
FILES = {
    ".vtt": VTT,
    ".srt": SRT,
    ".txt": TEXT,
    ".json": json.dumps({"title": "Yes. A call", "turns": ENTRIES}),
    ".json ": json.dumps(ENTRIES, ensure_ascii=False, indent=2),
}


def said_at(raw: bytes, place: Place | None, encoding: str = "utf-8") -> str:
    assert place is not None
    return raw[place.start : place.end].decode(encoding)


@pytest.mark.parametrize("kind", FILES)
def test_a_quotation_within_one_piece_stands_in_the_file_word_for_word(kind: str) -> None:
    raw = FILES[kind].encode()
    original = Original(raw, kind.strip())
    start = TURNS[2].index("three")
    assert said_at(raw, original.in_turn(TURNS, 2, start, start + 5)) == "three"
    assert said_at(raw, original.in_turn(TURNS, 0, 0, 15)) == "Shall we start?"


@pytest.mark.parametrize("kind", FILES)
def test_of_two_that_say_the_same_each_is_found_in_its_own_line(kind: str) -> None:
    raw = FILES[kind].encode()
    original = Original(raw, kind.strip())
    first, second = original.in_turn(TURNS, 1, 0, 4), original.in_turn(TURNS, 3, 0, 4)
    assert (said_at(raw, first), said_at(raw, second)) == ("Yes.", "Yes.")
    assert [raw[: place.start].decode().split("years")[1:] == [] for place in (first, second) if place] == [True, False]


def test_a_quotation_over_two_cues_spans_what_lies_between() -> None:
    raw = VTT.encode()
    place = Original(raw, ".vtt").in_turn(TURNS, 2, 0, len(TURNS[2]))
    assert said_at(raw, place) == (
        "We re-load three\n\n4\n00:00:06.000 --> 00:00:08.000\nAnn Reyes: years of orders &amp; returns, don’t we?"
    )
    assert place is not None
    lines = VTT.splitlines()
    assert lines[place.line - 1] == "Ann Reyes: We re-load three"
    assert lines[place.last_line - 1].endswith("don’t we?")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_bytes_are_counted_in_the_encoding_of_the_file(encoding: str) -> None:
    body = "Überblick: die Größe stimmt.\r\n\r\nSie zahlen später."
    raw = f"date: 2026-06-03\r\n\r\n{body}\r\n".encode(encoding)
    plain = body.replace("\r\n", "\n")
    start = plain.index("Sie")
    place = Original(raw, ".txt").in_body(plain, start, len(plain))
    assert said_at(raw, place, encoding.removesuffix("-sig") if encoding != "utf-16" else "utf-16-le") == "Sie zahlen später."
    assert place is not None
    assert place.line == 5


MAIL = "From: Ann Reyes <ann@arbor.test>\r\nTo: tom@vendor.test\r\nSubject: Orders\r\n{headers}\r\n{body}"
SHOWN = "From: Ann Reyes <ann@arbor.test>\nTo: tom@vendor.test\nSubject: Orders\n\nWe pay later. Größere Mengen kommen im Herbst, sagt Ann."


def test_a_quoted_printable_e_mail_is_read_where_it_stands() -> None:
    body = "We pay later. Gr=C3=B6=C3=9Fere Mengen kom=\r\nmen im Herbst, sagt Ann.\r\n"
    headers = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    raw = MAIL.format(headers=headers, body=body).encode()
    start = SHOWN.index("Größere")
    place = Original(raw, ".eml").in_body(SHOWN, start, SHOWN.index(" im Herbst"))
    assert said_at(raw, place) == "Gr=C3=B6=C3=9Fere Mengen kom=\r\nmen"
    assert said_at(raw, Original(raw, ".eml").in_body(SHOWN, SHOWN.index("We pay"), SHOWN.index(" Größere"))) == "We pay later."


def test_a_file_that_hides_its_words_gives_no_place() -> None:
    headers = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
    raw = MAIL.format(headers=headers, body=base64.b64encode(SHOWN.encode()).decode()).encode()
    start = SHOWN.index("Größere")
    assert Original(raw, ".eml").in_body(SHOWN, start, len(SHOWN)) is None
    assert Original(b"nothing of this", ".vtt").in_turn(TURNS, 2, 0, 5) is None
