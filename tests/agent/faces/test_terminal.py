"""Answers as terminal text: aligned, footnoted, within 80 columns, and deaf to what data say."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, Group

from meterline.answer import Answer
from meterline.faces.markdown import markdown_blocks
from meterline.faces.terminal import print_answer, print_receipts, show

WIDTH = 80


def printed(answer: Answer, *, colours: bool = False, **options: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, force_terminal=colours, color_system="standard" if colours else None)
    print_answer(console, answer, asked_as="local admin", **options)
    return out.getvalue()


def test_the_whole_answer_reads_as_clean_text(answer: Answer) -> None:
    assert printed(answer) == (
        "Vitrolux used €31.2k[1] in the last 30 days, up 12.4%[2].\n"
        "\n"
        "Accounts\n"
        "\n"
        "The biggest part came from Kölner Lichtwerke: €12.3k[1].\n"
        "\n"
        "  “We re-load history *now* [x]” (Ana Ruiz, customer, 3 Jun 2026, N-0881)[3]\n"
        "\n"
        "Account                Consumption    Change\n"
        "Kölner Lichtwerke           €12.3k   up 3.1%\n"
        "Zamek Ceramics | Sons       €9.81k  down 12%\n"
        "\n"
        "Source: [1]\n"
        "\n"
        "[1] Consumption (M01) · 16 May to 14 Jun 2026 · receipt R1\n"
        "[2] Consumption growth (M05) · 16 May to 14 Jun 2026 · receipt R1\n"
        "[3] note · N-0881 · turn 4 · 3 Jun 2026\n"
        "\n"
        "Next           Ask Ana whether the \\u001b[31mreload is over.\n"
        "Assumed        the fiscal year is assumed to start in January: none configured\n"
        "Not available  no quota loaded\n"
        "Withheld       It will last. (no figure proves it)\n"
        "\n"
        "Asked as local admin · data to 14 Jun 2026 · as known on 15 Jun 2026 06:00 UTC ·\n"
        "built-in analyst, no language model · 212 ms · thread t1\n"
    )


def test_no_line_is_wider_than_the_page_whatever_is_printed(answer: Answer) -> None:
    long = answer.model_copy(update={"text": answer.text.replace("Zamek Ceramics", "Zamek " * 40), "assumptions": ["x" * 200]})
    assert max(len(line) for line in printed(long, show_sql=True).splitlines()) <= WIDTH


def test_receipts_open_with_sql_parameters_and_ten_rows(answer: Answer) -> None:
    text = printed(answer, show_sql=True)
    assert "Receipt R1  query_metrics · 12 rows · 0 ms" in text
    assert "-- consumption in the window\nSELECT account_id, sum(usd) AS usd\nFROM account_day\nGROUP BY account_id\n" in text
    assert "  window_from = 2026-05-16\n" in text
    assert "K-9         904.5\n… and 2 more\n" in text
    assert "K-10" not in text


def test_receipts_that_do_not_exist_are_said_not_to() -> None:
    out = io.StringIO()
    print_receipts(Console(file=out), [])
    assert out.getvalue() == "There are no receipts to open.\n"


def test_readings_to_choose_from_are_numbered_and_say_how_to_answer(question_back: Answer) -> None:
    text = printed(question_back)
    assert "Which Ines?\n\n  1. Ines Duarte  director\n  2. Ines Prado\n" in text
    assert 'Answer with: meterline ask --thread t1 "…"' in text
    assert "Answer with its number, or in your own words." in printed(question_back, in_chat=True)


def test_colours_are_for_terminals_only(answer: Answer) -> None:
    assert "\x1b[" not in printed(answer)
    assert "\x1b[1m" in printed(answer, colours=True)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "![x](http://example.com/a.png)", "[press](http://example.com)", "<http://example.com>", "&lt;b&gt;"],
)
def test_markup_in_data_stays_text(answer: Answer, hostile: str) -> None:
    from meterline.render import escape_markdown

    text = printed(answer.model_copy(update={"text": f"An account called {escape_markdown(hostile)}."}))
    assert f"An account called {hostile}." in text


def test_a_terminal_is_not_steered_by_rows_or_parameters(answer: Answer) -> None:
    receipt = answer.receipts[0].model_copy(update={"rows": [["\x1b]0;owned\x07", 1.0]], "params": {"p": "\x1b[2J"}})
    text = printed(answer.model_copy(update={"receipts": [receipt]}), show_sql=True)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_no_figure_breaks_in_two_when_headers_are_long(answer: Answer) -> None:
    wide = "| Who | To date against the plan | Incremental consumption |\n|---|---:|---:|\n| Ines | -10.6% | -$115k |\n| Pål | 1% | $7 |"
    lines = printed(answer.model_copy(update={"text": wide})).splitlines()
    assert [line for line in lines if line.startswith("Ines")] == ["Ines   -10.6%       -$115k"]


@pytest.mark.parametrize("width", [100, 80, 72])
def test_a_table_that_is_wider_than_the_page_loses_no_word_at_its_right_edge(width: int) -> None:
    """Its least width is 89: the figures in it wrap between their words, and each word stays whole."""
    header = "| Use case | Account | Owner | Estimated | Slipped by | First planned | Planned |\n|---|---|---|---:|---:|---|---:|\n"
    row = "| Delay announcements by synthesis | Vialto Rail | Inês Carvalho | €3.9k a month | 25 days | 20 Sep 2026 | 15 Oct 2026 |\n"
    out = io.StringIO()
    console = Console(file=out, width=width)
    show(console, Group(*markdown_blocks(header + row)))
    printed = out.getvalue()
    assert all(cell_len(line) <= width for line in printed.splitlines())
    for word in (header.split("\n", maxsplit=1)[0] + row).replace("|", " ").split():
        assert word in printed.split()


@given(
    widths=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 11), st.booleans()), min_size=1, max_size=5),
    width=st.integers(72, 120),
)
def test_a_table_prints_every_character_of_its_cells(widths: list[tuple[int, int, bool]], width: int) -> None:
    """Columns of words and of figures, of any length: "a used-up commitment, billed" was cut to "bill" beside three of figures."""
    cells = [" ".join("x" * word for _ in range(max(1, cell // (word + 1)))) for cell, word, _ in widths]
    rule = "|".join("---:" if right else "---" for _, _, right in widths)
    heads = "|".join("h" for _ in widths)
    out = io.StringIO()
    show(Console(file=out, width=width), Group(*markdown_blocks(f"|{heads}|\n|{rule}|\n|{'|'.join(cells)}|\n")))
    assert out.getvalue().count("x") == sum(cell.count("x") for cell in cells)
