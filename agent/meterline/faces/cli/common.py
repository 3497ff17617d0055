"""What commands share: options, the desk, the time of knowledge, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from meterline.answer import Answer
    from meterline.desk import Desk, Progress

P = ParamSpec("P")
R = TypeVar("R")
LOCAL_ADMIN = "local admin, who sees everything"


class Timestamp(click.ParamType[datetime]):
    """An ISO time, in UTC unless it carries a zone; a bare date stands for the end of that day."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == len("2026-01-31"):
                return datetime.combine(date.fromisoformat(value), time.max.replace(microsecond=0))
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a date or time such as 2026-06-30 or 2026-06-30T12:00.", param, ctx)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def home_option(command: Callable[P, R]) -> Callable[P, R]:
    text = "The workspace (METERLINE_HOME; .meterline here, if that is not set)."
    return click.option("--home", type=click.Path(path_type=Path, file_okay=False), help=text)(command)


@dataclass(frozen=True)
class Asking:
    """Who asks, with the knowledge of when, in which workspace, of which model: what `asker_options` read."""

    asker: str | None
    as_of: datetime | None
    home: Path | None
    model: str | None

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with open_desk(self.home, self.model) as desk:
            yield desk

    @property
    def asked_as(self) -> str:
        """The asker, as an answer names them."""
        return self.asker or LOCAL_ADMIN


def asker_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command its `asking`, read from the options --as, --as-of, --home and --model. The lowest decorator of a command."""

    @wraps(command)
    def asked(*, asker: str | None, as_of: datetime | None, home: Path | None, model: str | None, **rest: Any) -> R:
        return command(asking=Asking(asker, as_of, home, model), **rest)

    made: Callable[..., R] = asked
    for option in (
        click.option("--model", help="offline (the built-in analyst), auto or openai:<name> (METERLINE_MODEL)."),
        home_option,
        click.option("--as-of", type=Timestamp(), metavar="TIME", help="Answer with what was known at this time (UTC)."),
        click.option("--as", "asker", metavar="WHO", help="Ask as this person: an e-mail address or a rep id."),
    ):
        made = option(made)
    return made


def chart_option(command: Callable[P, R]) -> Callable[P, R]:
    """The file to draw into: looked at before anything is asked."""
    text = "Draw the answer's chart into this file: .png or .svg."
    return click.option("--chart", type=click.Path(path_type=Path, dir_okay=False), callback=_drawable, help=text)(command)


def _drawable(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    from meterline.charts.draw import checked_path

    if path is not None:
        checked_path(path)
    return path


def draw_charts(answer: Answer, path: Path | None, *, as_json: bool) -> None:
    """Writes the charts of an answer where one asked for them, and says so."""
    if path is not None:
        from meterline.charts.draw import write

        for file in write(answer.charts, path):
            click.echo(f"Chart written to {file}.", err=as_json)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    return click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")(command)


def show_sql_option(command: Callable[P, R]) -> Callable[P, R]:
    return click.option("--show-sql", is_flag=True, help="Open the receipts: SQL, parameters, rows.")(command)


@contextmanager
def open_desk(home: Path | None, model: str | None = None) -> Iterator[Desk]:
    from meterline.desk import Desk
    from meterline.settings import read_settings

    desk = Desk.open(read_settings(home=home, model=model))
    try:
        yield desk
    finally:
        desk.close()


def console(*, error: bool = False) -> Console:
    """A console that is plain when nobody looks at it, and never wider than a page."""
    from rich.console import Console

    made = Console(stderr=error, highlight=False, markup=False, emoji=False, soft_wrap=False)
    return made if made.width <= 100 else Console(stderr=error, highlight=False, markup=False, emoji=False, width=100)


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A bar on standard error while something long goes on; nothing when that is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total or None)

        yield report


@contextmanager
def progress_words() -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what goes on, while somebody looks at it, and then disappears."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(error=True).status("") as line:
        yield lambda words: line.update(f"{words} …")


def show_answer(answer: Answer, asking: Asking, *, as_json: bool, show_sql: bool = False) -> None:
    """An answer as the JSON contract, or for people."""
    if as_json:
        from meterline.desk import as_json as contract

        click.echo(contract(answer))
        return
    from meterline.faces.terminal import print_answer

    print_answer(console(), answer, asked_as=asking.asked_as, show_sql=show_sql)
