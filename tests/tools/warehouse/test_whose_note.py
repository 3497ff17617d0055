"""Notes that do not say whose they are: the one account that they name in the right place, told as an assumption."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.schema import note
from tests.tools.warehouse.tiny import write_three_tables

MAIL = (
    "From: {sender}\nTo: sam@seller.example\nDate: Tue, 2 Jun 2026 09:00:00 +0000\nSubject: {subject}\nContent-Type: text/plain\n\n{text}\n"
)


def given(tmp_path: Path, name: str, text: str) -> tuple[LoadReport, list[tuple[str, str]]]:
    """The report of loading one note, and (account, title) of what is in the warehouse then."""
    folder = write_three_tables(tmp_path / "files", days=3)
    (folder / "notes").mkdir()
    (folder / "notes" / name).write_text(text, encoding="utf-8")
    report = load(tmp_path / "home", [folder])
    rows = open_warehouse(tmp_path / "home").run(select(note.c.account_id, note.c.title)).rows
    return report, [(account, title) for account, title in rows]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("2026-06-02 bluff rail weekly.md", "They asked about terms.\n", "its file name"),
        ("2026-06-02-x.md", "title: Bluff Rail, weekly\n\nThey asked about terms.\n", "its title"),
        ("a.eml", MAIL.format(sender="tom@gmail.example", subject="Bluff Rail is flying", text="More trains."), "its title"),
        ("b.eml", MAIL.format(sender="tom@bluffrail.example", subject="Re: terms", text="As discussed."), "its mail domain"),
        (
            "b2.eml",
            MAIL.format(sender="tom@bluff-rail-group.example", subject="Re: terms", text="As discussed. " * 30 + "\n\nTom\nBluff Rail"),
            "its last lines",
        ),
        ("2026-06-02-y.txt", "Spoke to Tom of Bluff Rail this morning.\nThey asked about terms.\n", "its opening"),
    ],
)
def test_the_one_account_a_note_names_is_its_account_and_that_is_said(tmp_path: Path, name: str, text: str, where: str) -> None:
    report, rows = given(tmp_path, name, text)
    assert [account for account, _ in rows] == ["A2"]
    assert f"account Bluff Rail: read from {where}" in str(report.to_json())


@pytest.mark.parametrize(
    ("label", "whose"), [("arborfoods", "A1"), ("cobaltyard", "A3"), ("cobalt", "A3"), ("arbor", None), ("grand", None)]
)
def test_a_mail_domain_that_is_the_first_words_of_one_name_tells_whose_a_mail_is(tmp_path: Path, label: str, whose: str | None) -> None:
    """Six letters at least, and no other account begins so."""
    folder = write_three_tables(tmp_path / "files", days=3)
    accounts = "account_id,account_name\nA1,Arbor Foods\nA2,Bluff Rail\nA3,Cobalt Yard Holdings\nA4,Grand Pier\nA5,Grand Canal\n"
    (folder / "account.csv").write_text(accounts, encoding="utf-8")
    (folder / "a.eml").write_text(MAIL.format(sender=f"tom@{label}.example", subject="Re: terms", text="As discussed."), encoding="utf-8")
    load(tmp_path / "home", [folder])
    assert [account for (account,) in open_warehouse(tmp_path / "home").run(select(note.c.account_id)).rows] == ([whose] if whose else [])


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("Bluff Rail and Arbor Foods both asked about terms.\n", "two are named"),
        ("A long bluff on the rail way.\n", "words in lower case are no name"),
        ("Nothing here.\n" * 40 + "Bluff Rail was mentioned in passing.\n", "it is named far down, where others are named too"),
        ("A2 batteries are out.\n", "an id in a sentence is no name"),
    ],
)
def test_a_note_that_names_no_single_account_at_the_top_is_refused(tmp_path: Path, text: str, because: str) -> None:
    report, rows = given(tmp_path, "2026-06-02-z.txt", text)
    assert rows == [], because
    assert any(file.reason and file.reason.startswith("no account") for file in report.files)


def test_a_line_that_says_the_account_comes_before_what_is_named(tmp_path: Path) -> None:
    _, rows = given(tmp_path, "2026-06-02-bluff-rail.md", "# As told at Bluff Rail\n\naccount: Arbor Foods\n\nThey compare notes.\n")
    assert rows == [("A1", "As told at Bluff Rail")]


def test_remarks_of_a_caption_file_say_account_and_date(tmp_path: Path) -> None:
    captions = "WEBVTT\n\nNOTE Account: Bluff Rail\nNOTE Date: 2026-06-02\n\n00:00:01.000 --> 00:00:03.000\n<v Tom>All trains run on it.\n"
    _, rows = given(tmp_path, "call.vtt", captions)
    assert [account for account, _ in rows] == ["A2"]


@pytest.mark.parametrize(("sender", "author"), [("ann@tessel.example", "R1"), ("tom@bluffrail.example", None)])
def test_a_mail_of_one_of_ours_has_its_author(tmp_path: Path, sender: str, author: str | None) -> None:
    given(tmp_path, "a.eml", MAIL.format(sender=sender, subject="Bluff Rail", text="More trains."))
    assert open_warehouse(tmp_path / "home").run(select(note.c.author_rep_id)).rows == [(author,)]


@pytest.mark.parametrize(
    ("folder_name", "whose"), [("Fjordgåve", "A2"), ("fjordgave", "A2"), ("Grand", None), ("Fjord", None), ("Pie", None)]
)
def test_a_folder_with_the_first_words_of_one_name_tells_whose_a_note_is(tmp_path: Path, folder_name: str, whose: str | None) -> None:
    """Whole words, accents aside; no other account begins so."""
    folder = write_three_tables(tmp_path / "files", days=3)
    accounts = "account_id,account_name\nA1,Pie Oy\nA2,Fjordgave AS\nA3,Grand Canal\nA4,Grand Pier\n"
    (folder / "account.csv").write_text(accounts, encoding="utf-8")
    (folder / "usage_daily.csv").write_text(
        "usage_date,account_id,effective_cost,ingested_at\n2026-06-01,A1,5,2026-06-02\n", encoding="utf-8"
    )
    (folder / "notes" / folder_name).mkdir(parents=True)
    (folder / "notes" / folder_name / "2026-06-02-call.md").write_text("They asked about terms.\n", encoding="utf-8")
    report = load(tmp_path / "home", [folder])
    found = [account for (account,) in open_warehouse(tmp_path / "home").run(select(note.c.account_id)).rows]
    assert found == ([whose] if whose else [])
    assert ("account Fjordgave AS: read from its folder" in str(report.to_json())) == (whose is not None)
