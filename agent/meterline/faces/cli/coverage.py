"""`meterline coverage`: which tables are loaded, and which questions that leaves open."""

from __future__ import annotations

import json
from pathlib import Path

import click

from meterline.faces.cli.common import console, home_option, json_option, open_desk


@click.command()
@click.argument("table", required=False)
@json_option
@home_option
def coverage(table: str | None, as_json: bool, home: Path | None) -> None:
    """Show which tables are loaded and what is off for want of the others.

    With the name of a TABLE: the columns that a file of it may have, loaded or not.
    """
    from meterline.faces.report import print_columns, print_coverage
    from meterline_tools.warehouse.coverage import columns_of

    found: object
    if table is not None:
        found = columns = columns_of(table)
    else:
        with open_desk(home) as desk:
            found = covered = desk.coverage()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
    elif table is not None:
        print_columns(console(), columns)
    else:
        print_coverage(console(), covered)
