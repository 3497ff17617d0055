"""`meterline eval questions --seeds 1-3`: runs a suite and prints the report; exit code 1 when something failed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from meterline_evals.model import Task, load_tasks
from meterline_evals.report import as_json, report
from meterline_evals.runner import run_suite
from meterline_evals.shapes import SHAPES
from meterline_evals.transforms import TRANSFORMS


def parse_seeds(text: str) -> list[int]:
    """`1-3`, `7` or `1,4,9`."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.strip().isdigit() or (last and not last.strip().isdigit()):
            raise click.BadParameter(f"'{text}' is no list of seeds; write 1-3 or 1,4,9")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def parse_names(text: str, lawful: tuple[str, ...]) -> list[str]:
    """Names separated by commas; `all` stands for each."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    if names == ["all"]:
        return list(lawful)
    for name in names:
        if name not in lawful:
            raise click.BadParameter(f"'{name}' is none of {', '.join(lawful)}")
    return names


def chosen(tasks: list[Task], *, smoke: bool, intents: list[str], ids: list[str]) -> list[Task]:
    """Those asked for, and the questions that their follow-ups stand on."""
    wanted = {t.id for t in tasks if (t.smoke or not smoke) and (not intents or t.intent in intents) and (not ids or t.id in ids)}
    for task in reversed(tasks):
        if task.id in wanted and task.after:
            wanted.add(task.after)
    return [t for t in tasks if t.id in wanted]


@click.command(name="eval")
@click.argument("suite", type=click.Choice(["questions", "explanations"]))
@click.option("--seeds", default="1-3", show_default=True, help="Seeds of the companies to ask about.")
@click.option("--companies", default="demo", show_default=True, help=f"Shapes of company, of {', '.join(SHAPES)}; or all.")
@click.option("--transform", "transforms", default="", help=f"Ask changed as well: {', '.join(TRANSFORMS)}; or all.")
@click.option("--intents", default="", help="Only these intents, as in I01,I03.")
@click.option("--ids", default="", help="Only these questions, as in Q001,X042.")
@click.option("--smoke", is_flag=True, help="Only the questions marked for every commit.")
@click.option("--accounts", default=150, show_default=True)
@click.option("--days", default=748, show_default=True)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep the companies here for the next run.")
@click.option("--jobs", default=1, show_default=True, help="Explanations of so many seeds at a time.")
@click.option("--json", "as_data", is_flag=True, help="Print one record per question.")
def command(
    suite: str,
    seeds: str,
    companies: str,
    transforms: str,
    intents: str,
    ids: str,
    smoke: bool,
    accounts: int,
    days: int,
    folder: Path | None,
    jobs: int,
    as_data: bool,
) -> None:
    """Ask a suite of questions and grade the answers by deterministic checks.

    questions: the sample of questions, against figures computed from the company's files.

    explanations: every planted event, against the truth of the generator; with all there is, telemetry alone and notes alone.
    """
    if suite == "explanations":
        return _explanations(seeds, folder, accounts, days, jobs, as_data=as_data)
    every = load_tasks(suite)
    tasks = chosen(every, smoke=smoke, intents=[i for i in intents.split(",") if i], ids=[i for i in ids.split(",") if i])
    shapes, changes = parse_names(companies, SHAPES), parse_names(transforms, tuple(TRANSFORMS))
    with tempfile.TemporaryDirectory() as scratch:
        results = run_suite(
            tasks,
            parse_seeds(seeds),
            folder or Path(scratch),
            tell=lambda line: click.echo(line, err=True),
            shapes=shapes,
            transforms=changes,
            accounts=accounts,
            days=days,
        )
    click.echo(as_json(results) if as_data else report(results))
    sys.exit(0 if all(g.passed for g in results) else 1)


def _explanations(seeds: str, folder: Path | None, accounts: int, days: int, jobs: int, *, as_data: bool) -> None:
    from meterline_evals import explanation_report as told
    from meterline_evals.explanations import run_explanations

    with tempfile.TemporaryDirectory() as scratch:
        tell = lambda line: click.echo(line, err=True)  # noqa: E731
        kept = folder or Path(scratch)
        grades, silences = run_explanations(parse_seeds(seeds), kept, told.SENSES, tell, accounts=accounts, days=days, jobs=jobs)
    click.echo(told.as_json(grades, silences) if as_data else told.explanation_report(grades, silences))
