"""Pinned questions for a terminal: the list, and a run with what changed since the last one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from meterline.faces.terminal import print_answer, show
from meterline.render import clean

if TYPE_CHECKING:
    from meterline.pins import Change, Pin, PinRun

CHANGES_SHOWN = 12


def print_pins(console: Console, pins: Sequence[Pin]) -> None:
    """Name, question, and the last answer's headline."""
    if not pins:
        show(console, Text("Nothing is pinned yet. Pin a question: meterline pin add --name monday 'Biggest movers this week'"))
        return
    for pin in pins:
        head = Text(clean(pin.name), style="bold").append(f"  {clean(pin.question)}", style="not bold")
        show(console, head)
        last = f"{pin.last_run.day} {pin.last_run:%b %Y}: {clean(pin.headline)}" if pin.last_run else "not asked again yet"
        show(console, Padding(Text(last, style="dim"), (0, 0, 0, 2)))


def print_run(console: Console, run: PinRun, *, asked_as: str) -> None:
    """The answer, then what reads differently since the last run."""
    show(console, Text(f"\n{clean(run.name)}", style="bold reverse"))
    print_answer(console, run.answer, asked_as=asked_as, in_chat=True)
    if run.since is None:
        show(console, Text("\nFirst look: changes are shown from the next one on.", style="dim"))
        return
    when = f"{run.since.day} {run.since:%b %Y %H:%M} UTC"
    if not run.changes:
        show(console, Text(f"\nNothing changed since {when}."))
        return
    show(console, Text(f"\nChanged since {when}", style="bold"))
    show(console, _table(run.changes[:CHANGES_SHOWN]))
    if len(run.changes) > CHANGES_SHOWN:
        show(console, Text(f"… and {len(run.changes) - CHANGES_SHOWN} more", style="dim"))
    if any(change.why == "restated" for change in run.changes):
        hint = 'Restated: the same days, but rows came late or were corrected. Ask "why did this number change?" in its thread.'
        show(console, Text(hint, style="dim"))


def _table(changes: Sequence[Change]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, right in (("What", False), ("Before", True), ("Now", True), ("Why", False)):
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for change in changes:
        table.add_row(*(Text(clean(text)) for text in (change.label, change.before, change.after, change.why)))
    return table
