"""`meterline chat`: a conversation, where a follow-up leans on what was said before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from meterline.faces.cli.common import Asking, asker_options, console, progress_words
from meterline_tools.errors import MeterlineError

if TYPE_CHECKING:
    from meterline.answer import Answer
    from meterline.desk import Desk

WELCOME = "Ask away. /sql opens the receipts of the last answer, /pin NAME keeps its question, /new starts afresh, /quit leaves."


@click.command()
@click.option("--thread", "thread_id", metavar="ID", help="Go on with this conversation.")
@asker_options
def chat(thread_id: str | None, asking: Asking) -> None:
    """Ask several questions in one conversation."""
    from meterline.answer import Question
    from meterline.faces.terminal import print_answer, print_receipts

    out = console()
    with asking.desk() as desk:
        desk.health()
        desk.warm()
        out.print(WELCOME, style="dim")
        last: Answer | None = None
        while (line := _read_line()) is not None:
            if line in ("/quit", "/exit"):
                break
            if line == "/new":
                thread_id, last = None, None
            elif line == "/sql":
                print_receipts(out, last.receipts if last else [])
            elif line.startswith("/pin"):
                _pin(desk, line.removeprefix("/pin").strip(), last, asking.asker)
            elif line:
                try:
                    with progress_words() as progress:
                        asked = Question(text=_chosen(line, last), thread_id=thread_id, as_of=asking.as_of, asker=asking.asker)
                        last = desk.ask(asked, progress=progress)
                except MeterlineError as problem:
                    click.echo(f"{problem}", err=True)
                    continue
                thread_id = last.thread_id
                print_answer(out, last, asked_as=asking.asked_as, in_chat=True)


def _pin(desk: Desk, name: str, last: Answer | None, asker: str | None) -> None:
    """Keeps the question answered last, as it was understood here."""
    try:
        kept = desk.pin(name, thread_id=last.thread_id if last else None, asker=asker)
    except MeterlineError as problem:
        click.echo(f"{problem}", err=True)
    else:
        click.echo(f"Pinned '{kept.name}': {kept.question}")


def _read_line() -> str | None:
    """The next line, or None at the end. With history and editing where the terminal offers them."""
    try:
        if sys.stdin.isatty():
            import readline  # noqa: F401 (gives `input` a history)

            return input("\n› ").strip()
        line = sys.stdin.readline()
        return line.strip() if line else None
    except EOFError:
        return None


def _chosen(line: str, last: Answer | None) -> str:
    """What the number of an offered reading stands for; any other line as it is."""
    options = last.clarification.options if last and last.clarification else []
    return options[int(line) - 1].value if line.isdecimal() and 0 < int(line) <= len(options) else line
