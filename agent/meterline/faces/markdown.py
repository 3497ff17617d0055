"""Markdown as answers are written in it, for a terminal: parsed, not printed.

Links, images and HTML stay the text that they are; `clean` sees to it that no name or note can steer the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from meterline.render import clean

if TYPE_CHECKING:
    from markdown_it.token import Token

_FOOTNOTE = re.compile(r"\[\^(\d+)\]")
_BETWEEN = 2
NAME_WIDTH = 18
"""Columns that hold names keep at least this many characters."""


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
        return Fitted(_table(tokens))
    texts = [_inline(token) for token in tokens if token.type == "inline"]
    if not texts:
        return verbatim(tokens[0].content)
    if kind == "heading_open":
        return _styled(texts[0], "bold underline")
    if kind == "blockquote_open":
        return Padding(Group(*(_styled(text, "italic") for text in texts)), (0, 2, 0, 2))
    if kind in ("bullet_list_open", "ordered_list_open"):
        return _list(texts, numbered=kind.startswith("ordered"))
    return _footnotes(texts[0]) if tokens[1].content.startswith("[^") else texts[0]


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


def verbatim(text: str) -> Text:
    """Text whose lines stay lines."""
    return Text("\n".join(clean(line) for line in text.splitlines()))


def _list(texts: list[Text], *, numbered: bool) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    for number, text in enumerate(texts, 1):
        grid.add_row(Text(f"{number}." if numbered else "-"), text)
    return grid


def _table(tokens: list[Token]) -> Table:
    """A table whose figures stand right."""
    table = Table(box=None, pad_edge=False, padding=(0, _BETWEEN, 0, 0), header_style="bold")
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
    return table


@dataclass
class Fitted:
    """A table that loses nothing at the right edge.

    Long headers wrap, figures do not, the names in front keep their room, and words further right stay whole. Where that
    is wider than there is room, figures wrap between their words, too.
    """

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = self.table.columns
        room = options.max_width - _BETWEEN * max(0, len(columns) - 1)
        least = [_least(column, leads=place == 0) for place, column in enumerate(columns)]
        full = [width if column.justify == "right" else _longest_cell(column) for width, column in zip(least, columns, strict=True)]
        if sum(least) > room:
            least, full = [min(_longest_word(column), NAME_WIDTH) for column in columns], [_longest_cell(column) for column in columns]
        for column, width in zip(columns, _shared(room, least, full), strict=True):
            column.width = width
        yield self.table


def _least(column: Column, *, leads: bool) -> int:
    """What a column needs: figures stay whole under a header of several lines, names in front and words keep some room."""
    longest = max((cell.cell_len for cell in column.cells if isinstance(cell, Text)), default=1)
    if column.justify == "right":
        return max([longest, *(len(word) for word in str(column.header).split())])
    return min(max(longest, 1) if leads else _longest_word(column), NAME_WIDTH)


def _shared(room: int, least: list[int], full: list[int]) -> list[int]:
    """Each column gets its least; what is left goes, one by one, to whichever lacks most of its longest cell."""
    widths = list(least)
    for _ in range(room - sum(widths)):
        lacking = max(range(len(widths)), key=lambda place: full[place] - widths[place])
        if full[lacking] <= widths[lacking]:
            break
        widths[lacking] += 1
    return widths


def _longest_cell(column: Column) -> int:
    return max((Text(str(cell)).cell_len for cell in (column.header, *column.cells)), default=1)


def _longest_word(column: Column) -> int:
    return max((Text(word).cell_len for cell in (column.header, *column.cells) for word in str(cell).split()), default=1)
