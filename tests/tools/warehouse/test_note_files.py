"""Notes from files: whose they are, when they were, who says what."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.schema import note
from tests.tools.warehouse.tiny import write_three_tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_three_tables(tmp_path / "files", days=3)


def put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def notes(home: Path) -> list[dict[str, Any]]:
    return sorted(open_warehouse(home).run(select(note)).dicts(), key=lambda row: str(row["title"]))


def turns(row: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(turn["n"], turn["speaker"], turn["text"]) for turn in json.loads(row["turns"])]


def reasons(report: LoadReport) -> dict[str, str | None]:
    return {Path(file.file).name: file.reason for file in report.files if file.table == "note"}


@pytest.mark.parametrize("place", ["notes/A1", "notes/a1", "notes/Arbor Foods", "notes/arbor-foods", "notes/The Arborists/2026", "A1"])
def test_the_folder_names_the_account_by_id_name_or_alias(home: Path, folder: Path, place: str) -> None:
    put(folder, f"{place}/2026-06-03-menu_planning call.md", "# Call\n\nThey want menus.\n")
    load(home, [folder])
    (row,) = notes(home)
    assert (row["account_id"], row["occurred_at"], row["title"], row["note_type"]) == (
        "A1",
        datetime(2026, 6, 3),
        "menu planning call",
        "call_note",
    )
    assert row["body"] == "# Call\n\nThey want menus."


@pytest.mark.parametrize("fence", ["---\n", ""])
def test_lines_at_the_top_name_account_date_and_type(home: Path, folder: Path, fence: str) -> None:
    put(
        folder,
        "x.txt",
        f"{fence}account: bluff rail\ndate: 2026-05-04T09:00:00+02:00\ntype: email\ntitle: Renewal\n{fence}\nThey asked about terms.\n",
    )
    load(home, [folder])
    (row,) = notes(home)
    assert (row["account_id"], row["occurred_at"], row["note_type"], row["title"]) == ("A2", datetime(2026, 5, 4, 7), "email", "Renewal")
    assert row["body"] == "They asked about terms."


def test_a_note_that_cannot_be_placed_is_refused_with_what_to_do(home: Path, folder: Path) -> None:
    put(folder, "notes/2026-06-03-call.md", "text")
    put(folder, "notes/A1/call.md", "text")
    put(folder, "notes/A1/2026-06-03-empty.md", "\n")
    put(folder, "notes/A1/2026-06-04-when.md", "date: last week\ntext")
    put(folder, "notes/A1/2026-06-05-who.md", "account: Nobody Inc\ntext")
    put(folder, "notes/A1/2026-06-06.json", '{"a": 1}')
    put(folder, "notes/A1/2026-06-07.json", "{")
    put(folder, "notes/A1/2026-06-08-fine.md", "text")
    report = load(home, [folder])
    assert report.status == "loaded"
    found = reasons(report)
    assert found["2026-06-03-call.md"] == "no account: put it under notes/<account>/ or add an `account:` line at the top"
    assert found["call.md"] == "no date: name the file like 2026-06-03-title.md or add a `date:` line at the top"
    assert found["2026-06-03-empty.md"] == "the note is empty"
    assert found["2026-06-04-when.md"] == "date 'last week' is not like 2026-06-03 or 2026-06-03T14:00:00Z"
    assert found["2026-06-05-who.md"] == "account 'Nobody Inc' is not one account of the account table"
    assert str(found["2026-06-06.json"]).startswith("not a transcript: expected a list of turns or one of turns")
    assert str(found["2026-06-07.json"]).startswith("not valid JSON")
    assert found["2026-06-08-fine.md"] is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Arbor, weekly\n2026-07-15 chat\n\nThey want menus.\n", datetime(2026, 7, 15)),
        ("Arbor Foods, 1 October 2026\nThey want menus.\n", datetime(2026, 10, 1)),
        ("# Notes\nOctober 1, 2026\n\nThey want menus by 2026-12-01.\n", datetime(2026, 10, 1)),
        ("Arbor, 15 July 2026 and 16 July 2026\nThey want menus.\n", None),
        ("They go live on 1 October 2026.\nThey want menus.\n", None),
        ("Arbor, 03/04/2026\nThey want menus.\n", None),
        ("Arbor, 31 February 2026\nThey want menus.\n", None),
    ],
)
def test_a_note_without_a_date_takes_the_one_day_its_headings_name_and_says_so(
    home: Path, folder: Path, text: str, day: datetime | None
) -> None:
    """A day inside a sentence may be another one, and 03/04 is March to some: those are not taken."""
    put(folder, "notes/A1/call.md", text)
    report = load(home, [folder])
    assert [row["occurred_at"] for row in notes(home)] == ([day] if day else [])
    remarks = [remark for file in report.files for remark in file.notes if "dated" in remark]
    assert remarks == ([f"dated {day:%Y-%m-%d}: read from its first lines"] if day else [])


def test_notes_without_an_account_table_are_not_blamed_for_it(home: Path, tmp_path: Path) -> None:
    put(tmp_path / "only", "notes/A1/2026-06-03-call.md", "account: Arbor\ntext")
    report = load(home, [tmp_path / "only"])
    assert reasons(report)["2026-06-03-call.md"] == "not read: whose it is can only be told once the account table is loaded"


def test_a_web_video_transcript_keeps_speakers_and_joins_their_pieces(home: Path, folder: Path) -> None:
    put(
        folder,
        "notes/A1/2026-06-03-call.vtt",
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.000\n<v Ann Reyes>Shall we start?</v>\n\n"
        "00:00:04.500 --> 00:00:06.000\nTom Birch: We re-load three years\n\n00:00:06.000 --> 00:00:08.000\nTom Birch: of orders.\n",
    )
    load(home, [folder])
    (row,) = notes(home)
    assert row["note_type"] == "transcript"
    assert turns(row) == [(1, "Ann Reyes", "Shall we start?"), (2, "Tom Birch", "We re-load three years of orders.")]
    assert json.loads(row["turns"])[1]["start_s"] == 4.5
    assert row["body"] == "Ann Reyes: Shall we start?\nTom Birch: We re-load three years of orders."


def test_a_subtitle_file_is_a_transcript(home: Path, folder: Path) -> None:
    put(
        folder,
        "notes/A1/2026-06-03-call.srt",
        "1\n00:00:01,000 --> 00:00:02,500\nAnn: Hello\n\n2\n00:01:00,250 --> 00:01:02,000\nTom: Good day\n",
    )
    load(home, [folder])
    (row,) = notes(home)
    assert turns(row) == [(1, "Ann", "Hello"), (2, "Tom", "Good day")]
    assert json.loads(row["turns"])[1]["start_s"] == 60.25


JSON_SHAPES: dict[str, Any] = {
    "a list": [{"speaker": "Ann", "text": "Hello"}, {"speaker": "Tom", "text": "Good day"}],
    "segments": {"segments": [{"speaker": "Ann", "start": 0.5, "text": "Hello"}, {"speaker": "Tom", "start": 2, "text": "Good day"}]},
    "utterances": {"utterances": [{"speaker": "Ann", "text": "Hello"}, {"speaker": "Tom", "text": "Good day"}]},
    "nested": {"meta": {}, "transcript": {"turns": [{"name": "Ann", "content": "Hello"}, {"name": "Tom", "content": "Good day"}]}},
    "words": {
        "monologues": [{"speaker": {"name": "Ann"}, "words": [{"text": "Hello"}]}, {"speaker": {"name": "Tom"}, "words": ["Good", "day"]}]
    },
}


@pytest.mark.parametrize("shape", JSON_SHAPES)
def test_common_json_exports_are_read(home: Path, folder: Path, shape: str) -> None:
    put(folder, "notes/A1/2026-06-03-call.json", json.dumps(JSON_SHAPES[shape]))
    load(home, [folder])
    (row,) = notes(home)
    assert turns(row) == [(1, "Ann", "Hello"), (2, "Tom", "Good day")]


def test_what_heads_a_note_is_nobody_who_speaks(home: Path, folder: Path) -> None:
    put(folder, "notes/A1/2026-06-03-a.txt", "Present: Ann, Tom\nAgenda: menus\nAnn: Hello\nTom: Good day\nAnn: Menus, then.\n")
    load(home, [folder])
    (row,) = notes(home)
    assert turns(row) == [(1, "Ann", "Hello"), (2, "Tom", "Good day"), (3, "Ann", "Menus, then.")]
    assert row["body"].startswith("Present: Ann, Tom\nAgenda: menus\n")


def test_two_lines_of_people_whose_company_stands_beside_them_are_talk(home: Path, folder: Path) -> None:
    put(
        folder,
        "notes/A1/2026-06-03-a.txt",
        "Arbor, call\nKim Poe (Arbor Foods): We open at night now.\nKim Poe (Arbor Foods): Until May.\n",
    )
    load(home, [folder])
    (row,) = notes(home)
    assert [(turn["side"], turn["text"]) for turn in json.loads(row["turns"])] == [
        ("customer", "We open at night now."),
        ("customer", "Until May."),
    ]


def test_a_plain_dialogue_becomes_turns_and_prose_with_a_colon_does_not(home: Path, folder: Path) -> None:
    put(folder, "notes/A1/2026-06-03-a.txt", "[00:01] Ann: Hello\n[00:05] Tom: Good day\nand welcome\n[00:09] Ann: Thanks\n")
    put(folder, "notes/A1/2026-06-03-b.md", "Next steps: send the deck\nOwner: Ann\nThey liked it.\n")
    load(home, [folder])
    first, second = notes(home)
    assert turns(first) == [(1, "Ann", "Hello"), (2, "Tom", "Good day\nand welcome"), (3, "Ann", "Thanks")]
    assert second["turns"] is None


def test_a_mended_file_replaces_its_note_and_an_unchanged_one_stays(home: Path, folder: Path) -> None:
    put(folder, "notes/A1/2026-06-03-a.md", "one")
    put(folder, "notes/A1/2026-06-03-b.md", "two")
    load(home, [folder])
    before = {row["title"]: row["note_id"] for row in notes(home)}
    put(folder, "notes/A1/2026-06-03-b.md", "two, mended")
    report = load(home, [folder])
    status = {Path(file.file).name: file.status for file in report.files if file.table == "note"}
    assert status == {"2026-06-03-a.md": "unchanged", "2026-06-03-b.md": "loaded"}
    assert {row["title"]: row["note_id"] for row in notes(home)} == before
    assert [row["body"] for row in notes(home)] == ["one", "two, mended"]
    assert load(home, [folder]).status == "unchanged"
