"""The command line. One command a module; what is heavy is imported when a command runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from meterline.faces.cli.ask import ask
from meterline.faces.cli.audit import audit
from meterline.faces.cli.brief import brief
from meterline.faces.cli.cause import cause
from meterline.faces.cli.chat import chat
from meterline.faces.cli.coffee import coffee
from meterline.faces.cli.coverage import coverage
from meterline.faces.cli.demo import demo
from meterline.faces.cli.examples import examples
from meterline.faces.cli.explain import explain
from meterline.faces.cli.forecast import forecast
from meterline.faces.cli.load import load
from meterline.faces.cli.localise import localise
from meterline.faces.cli.pin import pin
from meterline.faces.cli.review import review
from meterline.faces.cli.serve import serve
from meterline.faces.cli.start import tune
from meterline.faces.cli.summarize import summarize
from meterline.faces.cli.watch import watch
from meterline_tools.errors import MeterlineError, Unavailable

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

COMMANDS: tuple[click.Command, ...] = (
    ask,
    chat,
    explain,
    cause,
    review,
    forecast,
    coffee,
    watch,
    brief,
    summarize,
    pin,
    examples,
    load,
    localise,
    demo,
    coverage,
    serve,
    audit,
)
PLUGINS = "meterline.commands"
"""Entry points of further commands: the examiner stands above the head, so the head must not import it."""

EXIT_USER, EXIT_UNAVAILABLE, EXIT_INTERRUPTED = 2, 3, 130


class _Commands(click.Group):
    """The commands in the order a person meets them, and those that other packages register."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *sorted(entry.name for entry in _plugins())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        for entry in _plugins():
            if entry.name == cmd_name:
                command: click.Command = entry.load()
                return command
        return None


def _plugins() -> list[EntryPoint]:
    from importlib.metadata import entry_points

    return list(entry_points(group=PLUGINS))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="meterline")
def cli() -> None:
    """Ask how usage moved, why, and what to do next: every figure with its receipt."""


for _command in COMMANDS:
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Runs a command; what a person can act on ends in one line and an exit code, not in a traceback."""
    tune()
    try:
        cli.main(arguments, prog_name="meterline", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        sys.exit(EXIT_USER)
    except Unavailable as problem:
        _say(problem)
        sys.exit(EXIT_UNAVAILABLE)
    except MeterlineError as problem:
        _say(problem)
        sys.exit(EXIT_USER)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader (`| head`) has left. Without this, Python would complain while it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _say(problem: MeterlineError) -> None:
    from meterline.render import clean

    click.echo(f"meterline: {clean(str(problem))}", err=True)
