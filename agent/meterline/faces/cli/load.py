"""`meterline load`: a company's files into the workspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterline.faces.cli.common import console, home_option, json_option, open_desk, progress_bar

if TYPE_CHECKING:
    from meterline_tools.warehouse.loading.report import LoadReport

EXIT_REFUSED = 1


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path, dir_okay=False), help="YAML that maps foreign file and column names.")
@click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
@click.option("--company", "name", metavar="NAME", help="What the company is called.")
@click.option("--currency", metavar="CUR", help="The reporting currency, such as EUR.")
@click.option("--fiscal-year-start-month", type=click.IntRange(1, 12), metavar="N", help="First month of the fiscal year, 1 to 12.")
@json_option
@home_option
def load(
    *,
    paths: tuple[Path, ...],
    mapping: Path | None,
    dry_run: bool,
    name: str | None,
    currency: str | None,
    fiscal_year_start_month: int | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Load a company: files or folders named after tables (account.csv, usage_daily.parquet ...).

    Three tables are enough: rep, account, usage_daily. A load is all or nothing, and loading the same
    files again changes nothing.
    """
    given = {"name": name, "currency": currency, "fiscal_year_start_month": fiscal_year_start_month}
    overrides = {key: value for key, value in given.items() if value is not None}
    with open_desk(home) as desk, progress_bar() as progress:
        report = desk.load(list(paths), mapping=mapping, dry_run=dry_run, overrides=overrides, progress=progress)
        if report.status == "loaded" and not dry_run:
            desk.prepare(progress)
    show_report(report, as_json=as_json)


def show_report(report: LoadReport, *, as_json: bool) -> None:
    """A load report as JSON or for people; a load that published nothing it should have ends in exit code 1."""
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2, default=str))
    else:
        from meterline.faces.report import print_report

        print_report(console(), report)
    if report.status == "refused":
        sys.exit(EXIT_REFUSED)
