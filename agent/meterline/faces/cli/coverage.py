"""`meterline coverage`: which tables are loaded, and which questions that leaves open."""

from __future__ import annotations

import json
from pathlib import Path

import click

from meterline.faces.cli.common import console, home_option, json_option, open_desk


@click.command()
@json_option
@home_option
def coverage(as_json: bool, home: Path | None) -> None:
    """Show which tables are loaded and what is off for want of the others."""
    with open_desk(home) as desk:
        found = desk.coverage()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    from meterline.faces.report import print_coverage

    print_coverage(console(), found)
