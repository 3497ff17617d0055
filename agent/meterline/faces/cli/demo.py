"""`meterline demo`: a made-up company to try things on."""

from __future__ import annotations

from pathlib import Path

import click

from meterline.faces.cli.common import home_option, json_option, open_desk, progress_bar
from meterline.faces.cli.load import show_report


@click.command()
@click.option("--seed", default=7, show_default=True, help="Another seed, another company history; the same seed, the same bytes.")
@click.option("--accounts", type=click.IntRange(min=1), default=150, show_default=True, help="How many accounts.")
@click.option("--days", type=click.IntRange(min=30), default=748, show_default=True, help="How many days of usage.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Keep the files here; `meterline load` takes them.")
@json_option
@home_option
def demo(*, seed: int, accounts: int, days: int, out: Path | None, as_json: bool, home: Path | None) -> None:
    """Build the demo company and load it."""
    with open_desk(home) as desk, progress_bar() as progress:
        report = desk.demo(seed=seed, accounts=accounts, days=days, out=out, progress=progress)
        desk.prepare(progress)
    show_report(report, as_json=as_json)
