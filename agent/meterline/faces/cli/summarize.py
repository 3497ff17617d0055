"""`meterline summarize`: a pasted or dictated text in its own words, kept with its account."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterline.faces.cli.common import Asking, asker_options, json_option, show_answer
from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from meterline.answer import Answer
    from meterline.desk import Desk

MOST_BYTES = 2_000_000


@click.command()
@click.argument("source", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--account", default="", help="The account it belongs to: id or name. Else read from the text, or asked for.")
@click.option("--save/--no-save", "keep", default=True, help="Keep it as a note that later questions find (the default).")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day of the conversation; today if not given.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary to this file, as Markdown.")
@json_option
@asker_options
def summarize(
    *,
    source: Path,
    account: str,
    keep: bool,
    on: datetime | None,
    out: Path | None,
    as_json: bool,
    asking: Asking,
) -> None:
    """Sum up call notes, a transcript or a dictation: decisions, action items, risks, requests.

    Every line is the text's own words. What sounds like an order to a machine is quoted, never followed.
    """
    text = _read(source)
    with asking.desk() as desk:
        day = on.date() if on else None
        answer = desk.summarise(text, account=account, keep=keep, on=day, asker=asking.asker, as_of=asking.as_of)
        if answer.clarification is not None and not as_json and sys.stdin.isatty():
            answer = _once_more(desk, text, answer, asking, keep=keep, day=day)
    if out is not None:
        _write(out, answer)
        click.echo(f"Written to {out}.", err=True)
        return
    show_answer(answer, asking, as_json=as_json)


def _once_more(desk: Desk, text: str, answer: Answer, asking: Asking, *, keep: bool, day: date | None) -> Answer:
    """Asks once which account is meant; an empty reply keeps nothing."""
    assert answer.clarification is not None
    names = ", ".join(option.label for option in answer.clarification.options)
    asked = "Which account is this about" + (f" ({names})" if names else "")
    account = click.prompt(f"{asked}? Enter for none", default="", show_default=False)
    keep = keep and bool(account.strip())
    return desk.summarise(text, account=account.strip(), keep=keep, on=day, asker=asking.asker, as_of=asking.as_of)


def _read(source: Path) -> str:
    """The text of a file, or of standard input; transcripts with time marks lose them."""
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if str(source) == "-" else source.read_bytes()
    except OSError as problem:
        raise UserError(f"{source} cannot be read: {problem.strerror or problem}.") from None
    if len(raw) > MOST_BYTES:
        raise UserError(f"{source} is too long: {MOST_BYTES // 1_000_000} MB are the most.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _write(out: Path, answer: Answer) -> None:
    try:
        out.write_text(f"# {answer.headline}\n\n{answer.text}\n", "utf-8")
    except OSError as problem:
        raise UserError(f"{out} cannot be written: {problem.strerror or problem}.") from None
