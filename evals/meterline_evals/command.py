"""`meterline eval questions --seeds 1-3`: runs a suite and prints the report; exit code 1 when something failed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from meterline_evals.model import load_tasks
from meterline_evals.report import as_json, report
from meterline_evals.runner import run_suite


def parse_seeds(text: str) -> list[int]:
    """`1-3`, `7` or `1,4,9`."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.strip().isdigit() or (last and not last.strip().isdigit()):
            raise click.BadParameter(f"'{text}' is no list of seeds; write 1-3 or 1,4,9")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


@click.command(name="eval")
@click.argument("suite", type=click.Choice(["questions"]))
@click.option("--seeds", default="1-3", show_default=True, help="Seeds of the demo companies to ask about.")
@click.option("--smoke", is_flag=True, help="Only the questions marked for every commit.")
@click.option("--accounts", default=150, show_default=True)
@click.option("--days", default=748, show_default=True)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep the companies here for the next run.")
@click.option("--json", "as_data", is_flag=True, help="Print one record per question.")
def command(suite: str, seeds: str, smoke: bool, accounts: int, days: int, folder: Path | None, as_data: bool) -> None:
    """Ask a suite of questions and grade the answers by deterministic checks."""
    tasks = [t for t in load_tasks(suite) if t.smoke or not smoke]
    with tempfile.TemporaryDirectory() as scratch:
        results = run_suite(
            tasks,
            parse_seeds(seeds),
            folder or Path(scratch),
            tell=lambda line: click.echo(line, err=True),
            accounts=accounts,
            days=days,
        )
    click.echo(as_json(results) if as_data else report(results))
    sys.exit(0 if all(g.passed for g in results) else 1)
