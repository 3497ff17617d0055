"""An answer as text for a terminal: headline, sections, aligned tables, footnotes, and on demand the receipts.

The answer's Markdown is parsed, not printed. Without a terminal (or with NO_COLOR) the same text comes
without colours. Whatever is data goes through `clean`, so that no name or note can steer the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from meterline.render import clean

if TYPE_CHECKING:
    from markdown_it.token import Token

    from meterline.answer import Answer, Clarification
    from meterline_tools.receipts import Receipt

ROWS_SHOWN = 10
_FOOTNOTE = re.compile(r"\[\^(\d+)\]")
_BUILT_IN = "built-in analyst, no language model"


def print_answer(console: Console, answer: Answer, *, asked_as: str, show_sql: bool = False, in_chat: bool = False) -> None:
    """The whole answer: text, what to choose from, what was assumed and left out, where it came from."""
    parts = list(markdown_blocks(answer.text))
    if answer.clarification:
        parts.append(_clarification(answer.clarification, None if in_chat else answer.thread_id))
    notes = [
        ("Next", answer.next_steps),
        ("Assumed", answer.assumptions),
        ("Not available", answer.not_available),
        ("Withheld", [f"{w.text} ({w.reason})" for w in answer.withheld]),
    ]
    if any(lines for _, lines in notes):
        parts.append(_notes(notes))
    if show_sql:
        parts += _receipts(answer.receipts)
    parts.append(Text(_provenance(answer, asked_as, in_chat=in_chat), style="dim"))
    _print(console, _stack(parts))


def markdown_blocks(source: str) -> Iterator[RenderableType]:
    """The blocks of a Markdown text. HTML, links and images stay what they are: text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    parser.enable("table").disable(["reference", "html_block", "html_inline", "autolink", "link", "image", "code", "entity"])
    tokens = parser.parse(source)
    at = 0
    while at < len(tokens):
        end = _closing(tokens, at)
        yield _block(tokens[at : end + 1])
        at = end + 1


def print_receipts(console: Console, receipts: Iterable[Receipt]) -> None:
    """Each receipt opened: what was called, the SQL with its parameters, and the first rows."""
    _print(console, _stack(_receipts(receipts)))


# Markdown ------------------------------------------------------------------------------------------------------


def _closing(tokens: list[Token], at: int) -> int:
    """Index of the token that closes the block which opens at `at`."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _block(tokens: list[Token]) -> RenderableType:
    kind = tokens[0].type
    if kind == "table_open":
        return _table(tokens)
    texts = [_inline(token) for token in tokens if token.type == "inline"]
    if kind == "heading_open":
        return _styled(texts[0], "bold underline")
    if kind == "blockquote_open":
        return Padding(Group(*(_styled(text, "italic") for text in texts)), (0, 2, 0, 2))
    if kind in ("bullet_list_open", "ordered_list_open"):
        return _list(texts, numbered=kind.startswith("ordered"))
    if kind == "inline" or texts:
        return _footnotes(texts[0]) if texts[0].plain.startswith("[") and tokens[1].content.startswith("[^") else texts[0]
    return Text(clean(tokens[0].content))


def _inline(token: Token) -> Text:
    """Text with its emphasis; [^1] becomes [1]."""
    text, styles = Text(), []
    for child in token.children or []:
        if child.nesting == 1:
            styles.append({"strong_open": "bold", "em_open": "italic"}.get(child.type, ""))
        elif child.nesting == -1:
            styles.pop()
        elif child.type in ("softbreak", "hardbreak"):
            text.append("\n")
        else:
            text.append(clean(child.content), style=" ".join(s for s in styles if s) or None)
    return _numbered_notes(text)


def _numbered_notes(text: Text) -> Text:
    """Footnote marks, in the dim manner of footnotes."""
    parts = Text()
    at = 0
    for found in _FOOTNOTE.finditer(text.plain):
        parts.append_text(text[at : found.start()])
        parts.append(f"[{found.group(1)}]", style="dim")
        at = found.end()
    parts.append_text(text[at:])
    return parts


def _styled(text: Text, style: str) -> Text:
    made = text.copy()
    made.stylize_before(style)
    return made


def _footnotes(text: Text) -> RenderableType:
    """The list of footnotes, one a line, hanging behind its number."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for line in text.plain.split("\n"):
        number, _, rest = line.partition("]: ") if "]: " in line else line.partition("]:")
        grid.add_row(Text(number + "]", style="dim"), Text(rest.strip(), style="dim"))
    return grid


def _list(texts: list[Text], *, numbered: bool) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    for number, text in enumerate(texts, 1):
        grid.add_row(Text(f"{number}." if numbered else "-"), text)
    return grid


NAME_WIDTH = 18
"""Columns that hold names keep at least this many characters."""


def _table(tokens: list[Token]) -> Table:
    """A table whose figures stand right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    row: list[Text] = []
    in_head, right = False, False
    for token in tokens:
        if token.type in ("thead_open", "thead_close"):
            in_head = token.nesting == 1
        elif token.type in ("th_open", "td_open"):
            right = "right" in str(token.attrGet("style") or "")
        elif token.type == "inline" and in_head:
            table.add_column(_inline(token), justify="right" if right else "left", overflow="fold")
        elif token.type == "inline":
            row.append(_inline(token))
        elif token.type == "tr_close" and row:
            table.add_row(*row)
            row = []
    _keep_cells_whole(table)
    return table


def _keep_cells_whole(table: Table) -> None:
    """Long headers wrap, figures never do, and no name column is squeezed to nothing by wide figures beside it."""
    for column in table.columns:
        longest = max((cell.cell_len for cell in list(column.cells)[1:] if isinstance(cell, Text)), default=0)
        if column.justify == "right":
            column.width = max([longest, *(len(word) for word in str(column.header).split())])
        else:
            column.min_width = min(longest, NAME_WIDTH)


# The parts around the text -------------------------------------------------------------------------------------


def _print(console: Console, renderable: RenderableType) -> None:
    """Prints without the blanks that fill a table's lines: they only get in the way of who copies or compares."""
    with console.capture() as captured:
        console.print(renderable)
    console.file.write("".join(line.rstrip(" ") + "\n" for line in captured.get().splitlines()))
    console.file.flush()


def _stack(blocks: Iterable[RenderableType]) -> RenderableType:
    """Blocks one below the other with a line between."""
    spaced: list[RenderableType] = []
    for block in blocks:
        spaced += [Text(""), block] if spaced else [block]
    return Group(*spaced)


def _clarification(clarification: Clarification, thread_id: str | None) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    for number, option in enumerate(clarification.options, 1):
        label = Text(clean(option.label), style="bold")
        if option.hint:
            label.append(f"  {clean(option.hint)}", style="not bold dim")
        grid.add_row(Text(f"  {number}."), label)
    how = f'Answer with: meterline ask --thread {thread_id} "…"' if thread_id else "Answer with its number, or in your own words."
    return _stack([Text(clean(clarification.question)), grid, Text(how, style="dim")])


def _notes(notes: list[tuple[str, list[str]]]) -> RenderableType:
    """Titled lines, the titles in a column of their own."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for title, lines in notes:
        for number, line in enumerate(lines):
            grid.add_row(Text(title if number == 0 else "", style="bold"), Text(clean(line)))
    return grid


def _provenance(answer: Answer, asked_as: str, *, in_chat: bool) -> str:
    """Who asked, how fresh the data are, which model wrote, how long it took, where to go on."""
    parts = [f"Asked as {clean(asked_as)}"]
    if answer.d1:
        parts.append(f"data to {answer.d1.day} {answer.d1:%b %Y}")
    if answer.known_at:
        parts.append(f"as known on {answer.known_at.day} {answer.known_at:%b %Y %H:%M} UTC")
    parts.append(_BUILT_IN if answer.model == "offline" else clean(answer.model))
    parts.append(f"{answer.elapsed_ms / 1000:.1f} s" if answer.elapsed_ms >= 1000 else f"{answer.elapsed_ms:.0f} ms")
    if answer.thread_id and not in_chat:
        parts.append(f"thread {answer.thread_id}")
    return " · ".join(part for part in parts if part)


def _receipts(receipts: Iterable[Receipt]) -> list[RenderableType]:
    return [_receipt(receipt) for receipt in receipts] or [Text("There are no receipts to open.", style="dim")]


def _receipt(receipt: Receipt) -> RenderableType:
    count = f"{receipt.row_count:,} row{'' if receipt.row_count == 1 else 's'}{', cut' if receipt.truncated else ''}"
    about = f"  {receipt.tool} · {count} · {receipt.elapsed_ms:.0f} ms"
    head = Text(f"Receipt {receipt.id}", style="bold").append(about, style="not bold dim")
    parts: list[RenderableType] = [head]
    if receipt.sql:
        parts.append(Text("\n".join(clean(line) for line in receipt.sql.splitlines())))
    if receipt.params:
        parts.append(Text("\n".join(f"  {clean(name)} = {clean(str(value))}" for name, value in receipt.params.items()), style="dim"))
    if receipt.rows:
        parts.append(_rows(receipt))
    return _stack(parts)


def _rows(receipt: Receipt) -> RenderableType:
    numeric = [all(isinstance(row[i], int | float | None) for row in receipt.rows) for i in range(len(receipt.columns))]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, right in zip(receipt.columns, numeric, strict=True):
        table.add_column(Text(clean(name)), justify="right" if right else "left", overflow="fold")
    for row in receipt.rows[:ROWS_SHOWN]:
        table.add_row(*(Text("" if cell is None else clean(str(cell))) for cell in row))
    left = max(receipt.row_count, len(receipt.rows)) - ROWS_SHOWN
    return Group(table, Text(f"… and {left:,} more", style="dim")) if left > 0 else table
