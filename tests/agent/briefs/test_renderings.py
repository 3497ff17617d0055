"""What the customer may see, and what hostile records may not do to a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meterline.briefs.blocks import Block, Grid, Line, Lines, Used
from meterline.briefs.model import Brief
from meterline.briefs.proof import prove
from meterline.briefs.qbr import write_brief
from meterline.evidence import Evidence
from meterline_tools.receipts import ReceiptBook
from tests.ember import open_bench


@pytest.fixture(scope="module")
def internal(ember_home: Path) -> Brief:
    return write_brief(open_bench(ember_home), "L1")


@pytest.fixture(scope="module")
def shareable(ember_home: Path) -> Brief:
    return write_brief(open_bench(ember_home), "L1", rendering="shareable")


def test_the_customer_sees_no_unreleased_work_no_internal_reasons_and_no_receipts(internal: Brief, shareable: Brief) -> None:
    for words in ("Secret sync trial", "Re-load", "not for the customer", "ask for the customer's own statement", "SELECT"):
        assert words in internal.markdown
        assert words not in shareable.markdown
    assert shareable.receipts == []


def test_no_text_that_only_the_internal_brief_prints_is_in_the_shareable_one(internal: Brief, shareable: Brief) -> None:
    texts = {f.display for f in internal.figures if f.unit == "text"} - {f.display for f in shareable.figures if f.unit == "text"}
    assert texts
    assert not any(text in shareable.markdown for text in texts)


def test_another_customer_is_never_named(internal: Brief, shareable: Brief) -> None:
    assert "Bare Bricks" not in internal.markdown + internal.html + shareable.markdown + shareable.html


def test_qualification_scores_are_in_neither(internal: Brief, shareable: Brief) -> None:
    body = "".join(section.markdown for section in internal.sections if not section.appendix)
    assert not re.search("meddpicc|md_|champion", body + shareable.markdown, re.IGNORECASE)


def test_hostile_records_are_printed_as_text(internal: Brief) -> None:
    assert "<script>" not in internal.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in internal.html
    assert "![x](" not in internal.markdown
    assert "https://" not in internal.markdown
    assert "[[F1]]" not in internal.markdown
    assert "\\[\\[F1\\]\\]" in internal.markdown


def test_the_page_is_self_contained(internal: Brief) -> None:
    page = internal.html
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(img|script|iframe|link|object|form)\b", page)
    assert set(re.findall(r'href="([^"]*)"', page)) == {f"#note-{n}" for n in internal.notes if f'href="#note-{n}"' in page}
    assert "src=" not in page


def test_footnote_marks_of_the_page_lead_to_notes_that_exist(internal: Brief) -> None:
    page = internal.html
    targets = set(re.findall(r'href="#(note-\d+)"', page))
    assert targets
    assert targets <= set(re.findall(r'id="(note-\d+)"', page))


def test_a_footnote_mark_in_a_record_is_only_text() -> None:
    from meterline.briefs.page import _reader
    from meterline.render import escape_markdown

    assert _reader().renderInline(escape_markdown("see [^1]")) == "see [^1]"
    assert 'href="#note-1"' in _reader().renderInline("see[^1]")


def test_a_line_or_row_that_cannot_be_proved_is_taken_out_with_its_reason() -> None:
    book = ReceiptBook()
    figure = book.add_figure(book.add_receipt("metric", "t", ["v"], [[5.0]]), "Net consumption", 5.0, "USD", metric="M01")
    blocks: list[Block] = [Lines([Line(f"It is [[{figure.id}]]."), Line("It is 17 dollars.")]), Grid(["A"], [[f"[[{figure.id}]]"], ["99"]])]
    proved, withheld = prove(blocks, Evidence(book, (), (), ()))
    assert proved == [Lines([Line(f"It is [[{figure.id}]].")]), Grid(["A"], [[f"[[{figure.id}]]"]])]
    assert [item.text for item in withheld] == ["It is 17 dollars.", "99"]


def test_a_cell_is_not_held_against_the_cell_beside_it() -> None:
    book = ReceiptBook()
    rise = book.add_figure(book.add_receipt("metric", "t", ["v"], [[5.0]]), "Change", 5.0, "USD", metric="M10")
    grid = Grid(["Change", "Cause"], [[f"[[{rise.id}.change]]", "a lower unit price"]])
    assert prove([grid], Evidence(book, (), (), ())) == ([grid], [])


def test_used_tells_printed_values_from_names_and_dates() -> None:
    used = Used.by([Lines([Line("[[F1]] over [[F2.window]] for [[F3.entity]] [[C1]]", citations=("C2",))])])
    assert (used.figures, used.values, used.citations) == ({"F1", "F2", "F3"}, {"F1"}, {"C1", "C2"})
