"""`meterline audit`: whether the record of answers is whole, and who saw an account."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import click

from meterline.faces.cli.common import home_option, json_option, open_desk


def _width() -> int:
    """Columns of the terminal, 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


@click.group()
def audit() -> None:
    """Check the record of what was asked and shown."""


@audit.command()
@click.option("--seal", default="", help="A seal noted down earlier: it must still be part of the record.")
@json_option
@home_option
def verify(*, seal: str, as_json: bool, home: Path | None) -> None:
    """Walk the record from its beginning; exit code 1 when it was touched."""
    with open_desk(home) as desk:
        verdict = desk.stores.audit.verify(seal)
    if as_json:
        click.echo(json.dumps({**asdict(verdict), "holds": verdict.holds}))
    elif verdict.holds:
        click.echo(f"The record holds: {verdict.entries:,} entries.\nSeal {verdict.seal}")
        click.echo("Note the seal down elsewhere to see later that nothing was cut off.")
    elif verdict.broken_at and verdict.broken_at > verdict.entries:
        click.echo("The entries hold, but the seal given is not among them:\nthe record was cut off or replaced.")
    else:
        click.echo(f"The record was touched: entry {verdict.broken_at:,} is not as it was written.")
    if not verdict.holds:
        sys.exit(1)


@audit.command("who-saw")
@click.argument("account", nargs=-1, required=True)
@json_option
@home_option
def who_saw(*, account: tuple[str, ...], as_json: bool, home: Path | None) -> None:
    """List who was shown anything about an account, and in answer to what."""
    with open_desk(home) as desk:
        entity, entries = desk.who_saw(" ".join(account))
    if as_json:
        click.echo(json.dumps({"account": entity.model_dump(), "entries": entries}, ensure_ascii=False, indent=2))
        return
    from meterline.render import clean

    click.echo(f"{clean(entity.name)} ({entity.id}): {len(entries):,} answer{'' if len(entries) == 1 else 's'}")
    for entry in entries:
        when, what = entry["at"][:16].replace("T", " "), entry["kind"].replace("_", " ")
        line = f"{when}  {clean(entry['user'])} ({entry['role']})  {what}: {clean(entry['question'])}"
        click.echo(click.wrap_text(line, _width(), initial_indent="  ", subsequent_indent="      "))
