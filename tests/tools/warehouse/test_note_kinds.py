"""Notes as people keep them: mail, captions with faults, odd encodings, dictation; whose side a speaker is on."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.loading.originals import original_of
from meterline_tools.warehouse.schema import note
from tests.tools.warehouse.tiny import write, write_three_tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = write_three_tables(tmp_path / "files", days=3)
    write(files, "contact.csv", [{"contact_id": "C1", "account_id": "A1", "full_name": "Tom Birch", "email": "tom@arbor.example"}])
    return files


def loaded(home: Path, folder: Path, name: str, content: str | bytes) -> dict[str, Any]:
    """The one note that a file becomes."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = load(home, [folder])
    assert [file.reason for file in report.files if file.table == "note"] == [None]
    (row,) = open_warehouse(home).run(select(note)).dicts()
    return row | {"turns": json.loads(row["turns"] or "[]"), "remarks": _remarks(report)}


def _remarks(report: LoadReport) -> list[str]:
    return [remark for file in report.files if file.table == "note" for remark in file.notes]


MAIL = b"""From: Tom Birch <tom@arbor.example>
To: Ann Reyes <ann@tessel.example>
Subject: =?utf-8?q?Menus_f=C3=BCr_Juni?=
Date: Wed, 3 Jun 2026 16:12:00 +0200
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b1

--b1
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

We keep the caf=E9 menus.

On Tue, 2 Jun 2026, Ann Reyes <ann@tessel.example> wrote:
> Will you keep them?

--b1
Content-Type: text/html; charset=utf-8

<p>We keep the caf&eacute; menus.</p>
--b1--
"""


def test_a_mail_file_brings_title_date_words_and_the_quoted_reply(home: Path, folder: Path) -> None:
    row = loaded(home, folder, "notes/A1/menus.eml", MAIL)
    assert (row["note_type"], row["title"], row["occurred_at"]) == ("email", "Menus für Juni", datetime(2026, 6, 3, 14, 12))
    assert row["body"].startswith("From: Tom Birch <tom@arbor.example>\nTo: Ann Reyes")
    assert row["body"].endswith(
        "We keep the café menus.\n\nOn Tue, 2 Jun 2026, Ann Reyes <ann@tessel.example> wrote:\n> Will you keep them?"
    )


def test_a_mail_finds_its_account_by_the_addresses(home: Path, folder: Path) -> None:
    accounts = [
        {"account_id": "A1", "account_name": "Arbor Foods", "domain": "arbor.example"},
        {"account_id": "A2", "account_name": "Bluff Rail", "domain": "bluff.example"},
        {"account_id": "A3", "account_name": "Cobalt Apps", "domain": ""},
    ]
    write(folder, "account.csv", accounts)
    assert loaded(home, folder, "inbox/menus.eml", MAIL)["account_id"] == "A1"


def test_html_mail_without_a_text_part_is_read_as_text(home: Path, folder: Path) -> None:
    head = b"From: a@b.example\nSubject: x\nDate: 3 Jun 2026 10:00 +0000\nContent-Type: text/html; charset=utf-8\n\n"
    html = head + b"<style>p{}</style><p>One &amp; two.</p><p>Three.</p>"
    assert loaded(home, folder, "notes/A1/x.eml", html)["body"].endswith("One & two.\n\nThree.")


def test_a_pasted_mail_is_known_by_its_header_lines(home: Path, folder: Path) -> None:
    pasted = "From: Tom Birch <tom@arbor.example>\nSent: Wednesday, June 3, 2026 4:12 PM\nTo: Ann\nSubject: Menus\n\nWe keep them.\n"
    row = loaded(home, folder, "notes/A1/pasted.txt", pasted)
    assert (row["note_type"], row["title"], row["occurred_at"]) == ("email", "Menus", datetime(2026, 6, 3, 16, 12))
    assert row["body"] == pasted.strip("\n")


TEXT = "Das Café in Malmö bleibt, sagt Frau Åberg; wir werden es mit der Küche prüfen."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_a_note_may_come_in_any_encoding(home: Path, folder: Path, encoding: str) -> None:
    row = loaded(home, folder, "notes/A1/2026-06-03-x.txt", TEXT.encode(encoding))
    assert (row["body"], row["language"]) == (TEXT, "de")
    assert any("not UTF-8" in remark for remark in row["remarks"]) == (encoding in ("latin-1", "cp1252"))


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
def test_japanese_notes_come_in_their_own_encodings(home: Path, folder: Path, encoding: str) -> None:
    text = "今月から毎時の同期を止めます。費用が理由です。"
    row = loaded(home, folder, "notes/A1/2026-06-03-x.txt", text.encode(encoding))
    assert (row["body"], row["language"]) == (text, "ja")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We will move the nightly job to the weekend.", "en"),
        ("Vi ska flytta körningen till helgen, det är inte klart när.", "sv"),
        ("Nous allons déplacer le traitement, c'est pour la fin du mois.", "fr"),
        ("Vamos a mover el proceso porque no es para los clientes.", "es"),
        ("우리는 다음 달에 계약을 갱신합니다", "ko"),
        ("OK", None),
    ],
)
def test_the_language_of_a_note_is_told_or_left_open(home: Path, folder: Path, text: str, language: str | None) -> None:
    assert loaded(home, folder, "notes/A1/2026-06-03-x.md", text)["language"] == language


def test_a_language_that_is_stated_is_kept(home: Path, folder: Path) -> None:
    assert loaded(home, folder, "notes/A1/2026-06-03-x.md", "language: gsw\n\nDas ist nicht die Frage.")["language"] == "gsw"


BROKEN = """WEBVTT
Kind: captions

NOTE made by hand

00:00:01.000 --> 00:00:03.000
<v Ann Reyes>Shall we <c.loud>start</c>?</v>

00:61:99.zz -->
<v Tom Birch (Arbor Foods)>We re-load &amp; check

1:5 --> garbage
<v Tom Birch (Arbor Foods)>three years.

00:01:00,250 --> 00:01:02,000 align:start
Ann Reyes: Good.
"""


def test_captions_with_broken_times_lose_the_time_and_no_word(home: Path, folder: Path) -> None:
    turns = loaded(home, folder, "notes/A1/2026-06-03-x.vtt", BROKEN)["turns"]
    assert [(t["speaker"], t["text"], t["start_s"]) for t in turns] == [
        ("Ann Reyes", "Shall we start?", 1.0),
        ("Tom Birch (Arbor Foods)", "We re-load & check three years.", None),
        ("Ann Reyes", "Good.", 60.25),
    ]


def test_the_captions_of_teams_carry_json(home: Path, folder: Path) -> None:
    cue = json.dumps({"speakerName": "Tom Birch", "spokenText": "We keep them."})
    (turn,) = loaded(home, folder, "notes/A1/2026-06-03-x.vtt", f"WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n{cue}\n")["turns"]
    assert (turn["speaker"], turn["text"]) == ("Tom Birch", "We keep them.")


@pytest.mark.parametrize(
    ("speaker", "side"),
    [
        ("Tom Birch", "customer"),  # a contact of the account
        ("tom birch", "customer"),
        ("Tom Birch (Arbor Foods)", "customer"),
        ("Olga Pratt (Arbor)", "customer"),  # nobody known, of the account
        ("Olga Pratt | Arbor Foods", "customer"),
        ("Arbor Foods (Tom Birch)", "customer"),
        ("Bo Lind", "vendor"),  # one of ours
        ("Our side (Bo Lind)", "vendor"),
        ("Bo", "vendor"),
        ("Olga Pratt", "customer"),  # nobody of ours is called so
        ("Speaker 3", None),
    ],
)
def test_a_speaker_is_placed_by_who_is_known(home: Path, folder: Path, speaker: str, side: str | None) -> None:
    said = "".join(f"00:00:0{n}.000 --> 00:00:0{n}.900\n<v {who}>Word {n}.\n\n" for n, who in enumerate(("Ann Reyes", speaker)))
    ann, other = loaded(home, folder, "notes/A1/2026-06-03-x.vtt", f"WEBVTT\n\n{said}")["turns"]
    assert (ann["side"], ann["rep_id"]) == ("vendor", "R1")
    assert other["side"] == side


def test_an_account_before_the_name_in_brackets_makes_it_the_customer_s(home: Path, folder: Path) -> None:
    """As some chat exports have it; nobody of ours speaks, so that nothing is told by elimination."""
    turns = loaded(
        home, folder, "notes/A1/2026-06-03-x.txt", "Arbor Foods (Olga Pratt): We open at night.\nArbor (Olga Pratt): Until May.\n"
    )["turns"]
    assert [turn["side"] for turn in turns] == ["customer", "customer"]


def test_a_side_by_elimination_is_reported(home: Path, folder: Path) -> None:
    text = "Ann Reyes: Hello\nOlga Pratt: Hi\nAnn Reyes: Bye\n"
    assert loaded(home, folder, "notes/A1/2026-06-03-x.txt", text)["remarks"] == [
        "Olga Pratt: taken for the customer's side, as nobody of ours is called so"
    ]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("notes/A1/2026-06-03-x.txt", "so they want the second region and the budget is fine " * 10, "voice_dump"),
        ("notes/A1/memos/2026-06-03-x.txt", "They want menus.", "internal_memo"),
        ("notes/A1/2026-06-03-qbr.md", "They want menus.", "qbr_note"),
        ("notes/A1/2026-06-03-x.md", "type: dictation\n\nThey want menus.", "voice_dump"),
        ("notes/A1/2026-06-03-x.md", "They want menus.", "call_note"),
        ("notes/A1/2026-06-03-x.txt", "[03/06/26, 14:02:11] Ann: Hi\n[03/06/26, 14:03:11] Tom: Hi\n[03/06/26, 14:04:11] Ann: So?", "chat"),
    ],
)
def test_the_kind_of_a_note_is_told_by_its_words_place_or_manner(home: Path, folder: Path, name: str, text: str, kind: str) -> None:
    assert loaded(home, folder, name, text)["note_type"] == kind


@pytest.mark.parametrize(
    "content", [b"\xff\xfeO\x00l\x00d\x00\r\x00\n\x00x\x00", b"\xef\xbb\xbfOld\r\nline\r\n", "a\u202eb\u200bc\x07".encode()]
)
def test_the_original_is_kept_byte_for_byte(home: Path, folder: Path, content: bytes) -> None:
    row = loaded(home, folder, "notes/A1/2026-06-03-x.txt", content)
    assert original_of(home, row["note_id"]) == content


def test_an_author_is_found_by_name(home: Path, folder: Path) -> None:
    assert loaded(home, folder, "notes/A1/2026-06-03-x.md", "author: Bo Lind\n\nThey want menus.")["author_rep_id"] == "R2"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\x00\x01\x02\xff" * 9 + b"text" * 90, "not a text file"), (b"x" * 20_000_001, "larger than 20 MB")]
)
def test_what_is_no_note_is_refused(home: Path, folder: Path, content: bytes, reason: str) -> None:
    path = folder / "notes/A1/2026-06-03-x.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (refused,) = [file.reason for file in load(home, [folder]).files if file.table == "note"]
    assert str(refused).startswith(reason)
