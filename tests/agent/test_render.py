"""Values, units and footnotes come from receipts; nothing in the text can become a link, an image or HTML."""

from __future__ import annotations

from datetime import date

import pytest
from markdown_it import MarkdownIt

from meterline.answer import Section, Sentence, Table
from meterline.marks import figure_text, window_text
from meterline.render import Renderer, clean, escape_markdown
from meterline_tools.receipts import Entity, Figure, ReceiptBook, Window


def window(first: str, last: str) -> Window:
    return Window(start=date.fromisoformat(first), end=date.fromisoformat(last))


def book_with(value: float, unit: str = "USD", name: str = "Orion") -> ReceiptBook:
    book = ReceiptBook()
    receipt = book.add_receipt("metric", "query_metrics", ["day", "usd"], [["2026-08-01", value], ["2026-08-02", 2.0]])
    entity = Entity(type="account", id="A1", name=name)
    book.add_figure(receipt, "Net consumption", value, unit, metric="M01", window=window("2026-07-17", "2026-08-15"), entity=entity)
    book.add_citation("note", "N-1", "we move [all](http://evil.example) to <b>you</b>", "customer", speaker="Ana", date=date(2026, 6, 3))
    return book


@pytest.mark.parametrize(
    ("value", "unit", "view", "expected"),
    [
        (1187340.0, "USD", "", "$1.19M"),
        (-1187340.0, "USD", "", "-$1.19M"),
        (-1187340.0, "USD", "abs", "$1.19M"),
        (-0.124, "%", "change", "down 12.4%"),
        (0.124, "%", "change", "up 12.4%"),
        (0.0001, "%", "change", "unchanged"),
        (3000.0, "EUR/yr", "", "€3k a year"),
        (3000.0, "CHF", "", "CHF 3k"),
        (12.0, "days", "", "12 days"),
        (0.5, "USD", "label", "Net consumption"),
        (0.5, "USD", "entity", "Orion"),
        (0.5, "USD", "window", "17 Jul to 15 Aug 2026"),
    ],
)
def test_a_mark_prints_the_receipts_value(value: float, unit: str, view: str, expected: str) -> None:
    assert figure_text(book_with(value, unit).figures["F1"], view) == expected


def test_a_window_names_both_years_when_they_differ() -> None:
    assert window_text(window("2025-12-01", "2026-01-15")) == "1 Dec 2025 to 15 Jan 2026"
    assert window_text(window("2026-08-15", "2026-08-15")) == "15 Aug 2026"


def test_footnotes_are_numbered_once_per_measure() -> None:
    renderer = Renderer(book_with(12345.0))
    text = renderer.inline("Orion: [[F1]], that is [[F1.abs]].")
    assert text == "Orion: $12.3k[^1], that is $12.3k[^1]."
    assert renderer.footnotes() == "[^1]: Net consumption (M01) · 17 Jul to 15 Aug 2026 · receipt R1"


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](https://evil.example/p.png)",
        "[click](https://evil.example)",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "https://evil.example/?q=1",
        "www.evil.example",
        "| a | b |\n|---|---|",
        "`code` **bold** _it_ # head",
        "a\u202eb\u200bc\x07",
    ],
)
def test_hostile_text_stays_text(hostile: str) -> None:
    html = MarkdownIt("commonmark", {"linkify": True}).enable("table").render(escape_markdown(hostile))
    for tag in ("<a ", "<img", "<script", "<b", "<em", "<strong", "<code", "<h1", "<table"):
        assert tag not in html


def test_control_characters_are_shown_not_sent() -> None:
    assert clean("a\u202eb\x1b[31m\ud800") == "a\\u202eb\\u001b[31m\\ud800"


def test_a_quotation_carries_speaker_side_and_date() -> None:
    text = Renderer(book_with(1.0)).plain("[[C1]]")
    assert text == "“we move [all](http://evil.example) to <b>you</b>” (Ana, customer, 3 Jun 2026, N-1)"


def test_table_cells_share_one_source_line() -> None:
    renderer = Renderer(book_with(500.0))
    table = Table(columns=["Account", "Net"], rows=[["Orion", "[[F1]]"], ["Again", "[[F1]]"]])
    text = renderer.sections([Section(heading="Movers", sentences=[Sentence(text="Two rows.")], table=table)])
    assert text.splitlines() == [
        "### Movers",
        "",
        "Two rows.",
        "",
        "| Account | Net |",
        "|---|---:|",
        "| Orion | $500 |",
        "| Again | $500 |",
        "",
        "Source: [^1]",
    ]


def test_one_footnote_serves_a_measure_over_several_periods_and_things() -> None:
    book = ReceiptBook()
    receipt = book.add_receipt("metric", "query_metrics", ["m01"], [[1.0]])
    for name, first, last in (("Orion", "2026-06-01", "2026-06-30"), ("Vega", "2026-07-01", "2026-07-31")):
        entity = Entity(type="account", id=name, name=name)
        book.add_figure(receipt, f"Net consumption, {name}", 1.0, "USD", metric="M01", window=window(first, last), entity=entity)
    renderer = Renderer(book)
    text = renderer.table(Table(columns=["Account", "Net"], rows=[["Orion", "[[F1]]"], ["Vega", "[[F2]]"]]))
    assert text.endswith("Source: [^1]")
    assert renderer.footnotes() == "[^1]: Net consumption (M01) · 1 Jun to 31 Jul 2026 · receipt R1"


def test_a_figure_without_value_says_so() -> None:
    figure = Figure(id="F1", receipt="R1", label="Net", value=None, unit="USD", display="no data")
    assert figure_text(figure, "abs") == "no data"
    assert figure_text(figure, "change") == "no data"
