"""`meterline examples`: the questions a company teaches."""

from __future__ import annotations

from pathlib import Path

import click

from meterline.faces.cli.common import home_option, open_desk


@click.group()
def examples() -> None:
    """Verified questions of your own: what your phrases mean."""


@examples.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check a file of examples and say what is wrong with it, entry by entry."""
    from meterline.desk import check_examples

    count = check_examples(file)
    click.echo(f"{file.name}: {count} example{'' if count == 1 else 's'}, all good.")


@examples.command("list")
@home_option
def list_(home: Path | None) -> None:
    """Show the phrases in use."""
    with open_desk(home) as desk:
        phrases = [phrase for taught in desk.taught for phrase in taught.ask]
    click.echo("\n".join(phrases) or "No examples are taught. Put them into examples.yaml in the workspace, or set METERLINE_EXAMPLES.")
