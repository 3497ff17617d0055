"""An answer as text for a terminal: headline, sections, aligned tables, footnotes, and on demand the receipts.

Without a terminal (or with NO_COLOR) the same text comes without colours. Whatever is data goes through `clean`,
so that no name or note can steer the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from meterline.faces.markdown import markdown_blocks, verbatim
from meterline.faces.plot import plot
from meterline.render import clean

if TYPE_CHECKING:
    from meterline.answer import Answer, Clarification
    from meterline_tools.receipts import Receipt

ROWS_SHOWN = 10
_BUILT_IN = "built-in analyst, no language model"


def print_answer(console: Console, answer: Answer, *, asked_as: str, show_sql: bool = False, in_chat: bool = False) -> None:
    """The whole answer: text, what to choose from, what was assumed and left out, where it came from."""
    parts = list(markdown_blocks(answer.text))
    parts += [plot(chart, console.width) for chart in answer.charts]
    if answer.clarification:
        how = "Answer with its number, or in your own words." if in_chat else f'Answer with: meterline ask --thread {answer.thread_id} "…"'
        parts += _clarification(answer.clarification, asked=answer.headline, how=how)
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
    show(console, _stack(parts))


def show(console: Console, renderable: RenderableType) -> None:
    """Prints without the blanks that fill a table's lines: they only get in the way of who copies or compares."""
    with console.capture() as captured:
        console.print(renderable)
    console.file.write("".join(line.rstrip(" ") + "\n" for line in captured.get().splitlines()))
    console.file.flush()


def print_receipts(console: Console, receipts: Iterable[Receipt]) -> None:
    """Each receipt opened: what was called, the SQL with its parameters, and the first rows."""
    show(console, _stack(_receipts(receipts)))


# The parts around the text -------------------------------------------------------------------------------------


def _stack(blocks: Iterable[RenderableType]) -> RenderableType:
    """Blocks one below the other with a line between."""
    spaced: list[RenderableType] = []
    for block in blocks:
        spaced += [Text(""), block] if spaced else [block]
    return Group(*spaced)


def _clarification(clarification: Clarification, *, asked: str, how: str) -> Iterator[RenderableType]:
    """The question, unless the headline `asked` it already; the readings with their numbers; how to answer."""
    if clarification.question != asked:
        yield Text(clean(clarification.question))
    grid = Table.grid(padding=(0, 1))
    for number, option in enumerate(clarification.options, 1):
        label = Text(clean(option.label), style="bold")
        if option.hint:
            label.append(f"  {clean(option.hint)}", style="not bold dim")
        grid.add_row(Text(f"  {number}."), label)
    yield grid
    yield Text(how, style="dim")


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
        parts.append(verbatim(receipt.sql))
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
