"""What a load says to a person: tables first, notes together, the reason once."""

from __future__ import annotations

import io

from rich.console import Console

from meterline.faces.report import print_report
from meterline_tools.warehouse.loading.report import FileReport, LoadReport


def printed(*files: FileReport) -> str:
    out = io.StringIO()
    print_report(Console(file=out, width=200), LoadReport(status="loaded", files=list(files)))
    return out.getvalue()


def note(number: int, **told: object) -> FileReport:
    return FileReport.model_validate({"file": f"notes/n{number}.txt", "table": "note", **told})


def test_notes_refused_for_one_reason_are_named_in_one_line() -> None:
    out = printed(*(note(n, status="refused", reason="no date") for n in range(9)), note(9, status="refused", reason="empty"))
    assert "notes/n0.txt, notes/n1.txt, notes/n2.txt, notes/n3.txt, notes/n4.txt, notes/n5.txt and 3 more: no date\n" in out
    assert "notes/n9.txt: empty\n" in out
    assert out.count("no date") == 1


def test_what_is_wrong_with_a_table_stands_above_what_is_wrong_with_notes() -> None:
    out = printed(
        note(1, status="refused", reason="no date"), FileReport(file="crm.csv", status="refused", reason="not named after a table")
    )
    assert 0 < out.index("crm.csv: not named after a table") < out.index("notes/n1.txt: no date")


def test_remarks_about_many_notes_are_cut_and_the_rest_is_said_to_be_in_the_json() -> None:
    out = printed(*(note(n, notes=["account Bluff Rail: read from its title"]) for n in range(10)))
    assert out.count("read from its title") == 6
    assert "… and 4 more such remarks about notes, all of them with --json" in out


def test_a_table_of_notes_is_a_table() -> None:
    out = printed(FileReport(file="note.csv", table="note", rows=3, inserted=3, notes=["no note_id column"]))
    assert "note.csv" in out
    assert "note files" not in out
    assert "note.csv: no note_id column" in out


def test_what_is_true_of_many_files_of_a_table_is_said_once() -> None:
    files = [FileReport(file=f"usage_{n:02}.csv", table="usage_daily", notes=["no usage_id column", f"own {n}"]) for n in range(12)]
    out = printed(*files)
    assert out.count("no usage_id column") == 1
    assert "usage_00.csv and 11 more: no usage_id column\n" in out
    assert "usage_07.csv: own 7\n" in out
