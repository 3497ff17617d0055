"""Appendix A: every figure with its metric and window, quotations, rules checked, contradictions, and the SQL to re-run."""

from __future__ import annotations

from meterline.answer import Withheld
from meterline.briefs.blocks import Block, Grid, Line, Lines, Used, Verbatim, text
from meterline.briefs.frame import Frame, problem
from meterline_tools.receipts import Figure, Receipt

SOURCES = {"calc": "worked out", "rule": "savings rule", "sql": "as recorded"}
"""What stands in the metric column of a figure that is no governed metric, by kind of receipt."""


def write(frame: Frame) -> list[Block]:
    """What does not depend on the other sections; `figures` and `statements` are added once these are proved."""
    return [text(_rules(frame)), *_contradictions(frame)]


def _rules(frame: Frame) -> str:
    reply = frame.savings
    if problem(reply):
        return "Savings rules: not checked."
    checked = ", ".join(reply["rules_checked"]) or "none"
    missed = "; ".join(f"{item['rule']} ({item['reason']})" for item in reply["rules_not_checkable"])
    return f"Savings rules checked: {checked}. Not checkable: {missed or 'none'}."


def _contradictions(frame: Frame) -> list[Block]:
    found = [] if problem(frame.explanation) else frame.explanation["contradictions"]
    lines = [Line(f"[[{item['citation']}]]", "stated", label="Open contradiction:", internal=True) for item in found]
    return [Lines(lines, "list")] if lines else []


def figures(frame: Frame, number: dict[str, int]) -> list[Block]:
    """The figure table: what the brief prints that is a number or a date, in order of footnotes."""
    shown = [f for f in frame.bench.book.figures.values() if f.id in number]
    shown.sort(key=lambda figure: (number[figure.id], figure.id))
    rows = [_figure(f, number[f.id], frame.bench.book.receipts[f.receipt].kind) for f in shown]
    return [Grid(["Note", "Figure", "About", "Metric", "Value", "Receipt"], rows, frozenset({4}), sourced=False)]


def _figure(figure: Figure, number: int, kind: str) -> list[str]:
    about = f"[[{figure.id}.entity]]" if figure.entity else ""
    window = f", [[{figure.id}.window]]" if figure.window else ""
    source = figure.metric or SOURCES.get(kind, kind)
    return [str(number), f"[[{figure.id}.label]]{window}", about, source, exact(figure), figure.receipt]


def exact(figure: Figure) -> str:
    """A figure's value unrounded, as far as a person can use it: cents, hundredths of a percent."""
    value, unit = figure.value, figure.unit
    if not isinstance(value, int | float):
        return f"[[{figure.id}]]"
    if unit == "%":
        return f"{value * 100:,.2f}%"
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
    return text if unit in ("", "count") else f"{text} {unit.replace('/', ' a ').replace('yr', 'year')}"


def withheld(taken_out: list[Withheld]) -> list[Block]:
    """How many sentences could not be proved, and why."""
    if not taken_out:
        return [text("No sentence was withheld.")]
    reasons = "; ".join(sorted({item.reason.replace("[[", "[ [") for item in taken_out}))
    return [Lines([Line(f"{len(taken_out)} ({reasons})", label="Sentences withheld:", internal=True)])]


def citations(used: Used) -> list[Block]:
    """What the brief cites, word for word."""
    quotes = [Line(f"[[{ident}]]", "stated") for ident in sorted(used.citations, key=lambda ident: int(ident[1:]))]
    return [Lines(quotes, "quotes")] if quotes else []


def statements(frame: Frame, used: Used) -> list[Block]:
    """How each receipt that the brief stands on came to be: its SQL, or the values that were worked out."""
    book = frame.bench.book
    ids = {book.figures[ident].receipt for ident in used.figures}
    return [Verbatim(f"{receipt.id} ({receipt.tool})", _origin(receipt)) for receipt in book.receipts.values() if receipt.id in ids]


def _origin(receipt: Receipt) -> str:
    if receipt.sql:
        return "\n".join([receipt.sql, *(f"-- {name} = {value!r}" for name, value in receipt.params.items())])
    source = f"-- worked out from {receipt.arguments['of']}" if "of" in receipt.arguments else "-- worked out by the brief"
    return "\n".join([source, *(f"-- {' · '.join(map(str, row))}" for row in receipt.rows)])
