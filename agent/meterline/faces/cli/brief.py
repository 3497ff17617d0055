"""`meterline brief`: the QBR brief of an account, as a file."""

from __future__ import annotations

from pathlib import Path

import click

from meterline.faces.cli.common import Asking, asker_options
from meterline_tools.errors import UserError

FORMATS = (".md", ".html")


@click.command()
@click.argument("account")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write: .md or .html.")
@click.option("--shareable", is_flag=True, help="Leave out what is not for the customer's eyes.")
@asker_options
def brief(*, account: str, out: Path, shareable: bool, asking: Asking) -> None:
    """Write the brief for an account's business review."""
    if out.suffix.lower() not in FORMATS:
        raise UserError(f"--out must end in .md or .html; it is '{out.name}'.")
    if not out.absolute().parent.is_dir():
        raise UserError(f"There is no folder {out.parent} to write the brief into.")
    with asking.desk() as desk:
        written = desk.brief(account, asker=asking.asker, as_of=asking.as_of, rendering="shareable" if shareable else "internal")
    text = written.html if out.suffix.lower() == ".html" else written.markdown
    out.write_text(text, encoding="utf-8")
    click.echo(f"Brief written to {out}.")
