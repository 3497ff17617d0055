"""Word documents as notes: their words in reading order, nothing that was deleted, nothing that blows up."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from meterline_tools.kit.originals import with_originals
from meterline_tools.receipts import Citation, InFile
from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.loading.report import FileRefused
from meterline_tools.warehouse.loading.word import read_docx
from meterline_tools.warehouse.schema import note
from tests.tools.warehouse.tiny import write_three_tables

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TEXT = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


def document(inside: str, *, before: str = "", name: str = "word/document.xml") -> bytes:
    """A .docx file with just its document part."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, f'<?xml version="1.0"?>{before}<w:document xmlns:w="{W}"><w:body>{inside}</w:body></w:document>')
    return held.getvalue()


def test_a_word_document_is_a_note_like_any_text(tmp_path: Path) -> None:
    folder = write_three_tables(tmp_path / "files", days=3)
    (folder / "notes" / "A2").mkdir(parents=True)
    lines = ("Tom Birch (Bluff Rail): We double the trains.", "Kim Lee: Since when?", "Tom Birch (Bluff Rail): Since Monday.")
    (folder / "notes" / "A2" / "2026-06-02 call.docx").write_bytes(document("".join(TEXT.format(line) for line in lines)))
    assert load(tmp_path / "home", [folder]).status == "loaded"
    (row,) = open_warehouse(tmp_path / "home").run(select(note)).dicts()
    assert (row["account_id"], row["title"], row["note_type"], row["body"]) == ("A2", "call", "transcript", "\n".join(lines))


def test_a_quotation_of_a_word_document_names_the_file_and_no_bytes_in_it(tmp_path: Path) -> None:
    """What is quoted stands packed in the file, so that offsets into it would point at nothing."""
    folder = write_three_tables(tmp_path / "files", days=3)
    (folder / "2026-06-02 Bluff Rail call.docx").write_bytes(document(TEXT.format("We double the trains.")))
    load(tmp_path / "home", [folder])
    warehouse = open_warehouse(tmp_path / "home")
    (note_id,) = warehouse.run(select(note.c.note_id)).rows[0]
    said = Citation(id="C1", source="note", source_id=note_id, side="vendor", quote="We double the trains.", start=0, end=21)
    (placed,) = with_originals([said], warehouse, tmp_path / "home")
    assert placed.original == InFile(file="2026-06-02 Bluff Rail call.docx")


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (TEXT.format("One.") + TEXT.format("Two &amp; three."), "One.\nTwo & three."),
        (
            "<w:p><w:r><w:t>Cut in</w:t></w:r><w:r><w:t> pieces</w:t><w:tab/><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p>",
            "Cut in pieces\ta\nb",
        ),
        (
            "<w:p><w:r><w:t>It </w:t></w:r><w:del><w:r><w:delText>falls</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>rises</w:t></w:r></w:ins></w:p>",
            "It rises",
        ),
        (
            f"<w:tbl><w:tr><w:tc>{TEXT.format('Who')}</w:tc><w:tc>{TEXT.format('What')}</w:tc></w:tr></w:tbl>" + TEXT.format("End"),
            "Who | What\nEnd",
        ),
        (f"<w:sdt><w:sdtContent>{TEXT.format('In a form')}</w:sdtContent></w:sdt>", "In a form"),
        (f"<w:del>{TEXT.format('A paragraph taken out')}</w:del>" + TEXT.format("Kept"), "Kept"),
    ],
    ids=["paragraphs", "runs and breaks", "tracked changes", "table", "content control", "deleted paragraph"],
)
def test_the_words_come_in_reading_order_without_what_was_deleted(inside: str, text: str) -> None:
    assert read_docx(document(inside)) == text


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not a zip", "not readable as a Word document: save it anew as .docx, or as .txt"),
        (document("", name="other.xml"), "not readable as a Word document: save it anew as .docx, or as .txt"),
        (document("<w:p>"), "not readable as a Word document: save it anew as .docx, or as .txt"),
        (document(TEXT.format("a"), before='<!DOCTYPE x [<!ENTITY a "aaaa">]>'), "defines entities of its own, which Word never does"),
        (document(TEXT.format("a" * 50_000_001)), "unpacks to more than 50 MB: split it"),
    ],
    ids=["no zip", "no document in it", "broken", "entities", "a bomb"],
)
def test_what_is_no_word_document_is_refused_with_what_to_do(raw: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read_docx(raw)
    assert str(caught.value) == reason
