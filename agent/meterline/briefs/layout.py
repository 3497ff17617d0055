"""Proved blocks as Markdown. Values, quotations and footnotes come from the renderer."""

from __future__ import annotations

from collections.abc import Iterable

from meterline.briefs.blocks import Block, Grid, Line, Verbatim
from meterline.marks import find_marks
from meterline.render import Renderer, escape_markdown


def to_markdown(blocks: Iterable[Block], renderer: Renderer) -> str:
    return "\n\n".join(_block(block, renderer) for block in blocks)


def _block(block: Block, renderer: Renderer) -> str:
    if isinstance(block, Verbatim):
        fence = "`" * 3
        return f"{escape_markdown(block.caption)}\n\n{fence}sql\n{block.text.replace(fence, 'ʼʼʼ')}\n{fence}"
    if isinstance(block, Grid):
        return _grid(block, renderer)
    lines = [_line(line, renderer) for line in block.items]
    if block.style == "list":
        return "\n".join(f"- {line}" for line in lines)
    if block.style == "quotes":
        return "\n>\n".join(f"> {line}" for line in lines)
    return " ".join(lines)


def _line(line: Line, renderer: Renderer) -> str:
    label = f"**{escape_markdown(line.label)}** " if line.label else ""
    marked = {mark.id for mark in find_marks(line.text)}
    sources = "".join(f"[^{renderer.number(c)}]" for c in line.citations if c not in marked)
    return label + renderer.inline(line.text) + sources


def _grid(grid: Grid, renderer: Renderer) -> str:
    head = "| " + " | ".join(escape_markdown(column) for column in grid.columns) + " |"
    rule = "|" + "|".join("---:" if n in grid.numeric else "---" for n in range(len(grid.columns))) + "|"
    rows = ["| " + " | ".join(renderer.inline(cell, footnotes=False) for cell in row) + " |" for row in grid.rows]
    marks = [mark for row in grid.rows for cell in row for mark in find_marks(cell)]
    notes = sorted({renderer.number(mark.id) for mark in marks if renderer.is_noted(mark.id, mark.view)})
    source = "\n\nSource: " + "".join(f"[^{note}]" for note in notes) if notes and grid.sourced else ""
    return "\n".join([head, rule, *rows]) + source
