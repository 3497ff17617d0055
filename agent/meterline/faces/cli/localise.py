"""`meterline localise`: which slices of any table carry its change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterline.faces.cli.common import console, json_option

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--actual", default="actual", show_default=True, metavar="COLUMN", help="The column of what came.")
@click.option("--expected", default="expected", show_default=True, metavar="COLUMN", help="The column of what was expected.")
@click.option("--attributes", metavar="A,B,...", help="The columns to tell slices by; all others, if not given.")
@click.option(
    "--min-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="Least contribution worth a line, as a share of the whole table; 0.003 suits a review.",
)
@click.option("--max-slices", type=click.IntRange(1, 60), default=12, show_default=True, metavar="N", help="At most so many.")
@json_option
def localise(*, table: Path, actual: str, expected: str, attributes: str | None, min_share: float, max_slices: int, as_json: bool) -> None:
    """Find the few slices that explain why TABLE (CSV, .csv.gz or Parquet) is not what was expected.

    Each row has attributes, an actual and an expected amount. Contributions of the slices and of the rest add up to the
    change; slices that cancel out are found too.
    """
    from meterline.desk import Desk

    by = [name.strip() for name in attributes.split(",")] if attributes else []
    found = Desk.localise(table, actual=actual, expected=expected, attributes=by, min_share=min_share, max_slices=max_slices)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print_localised(console(), found)


def print_localised(to: Console, found: dict[str, Any]) -> None:
    """A line for each slice and one for the rest; the changes shown add up to the total shown."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from meterline.faces.terminal import show
    from meterline.render import clean

    amounts = [each[key] for each in (*found["slices"], found["rest"]) for key in ("actual", "expected")]
    digits = 0 if max(map(abs, amounts)) >= 1000 or all(float(amount).is_integer() for amount in amounts) else 2
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    drawn.add_column("Slice", overflow="fold")
    for title in ("Actual", "Expected", "Change", "Share", "Confidence"):
        drawn.add_column(title, justify="right", no_wrap=True)
    left = {key: round(found[key], digits) for key in ("actual", "expected", "change")}
    for each in found["slices"]:
        shown = {"actual": each["actual"], "expected": each["expected"], "change": each["contribution"]}
        shown = {key: round(value, digits) for key, value in shown.items()}
        left = {key: left[key] - value for key, value in shown.items()}
        drawn.add_row(
            Text(clean(_named(each["where"]))), *_amounts(shown, digits), f"{each['share']:.1%}", f"{min(each['confidence'], 0.99):.0%}"
        )
    drawn.add_row(Text("Rest", style="dim"), *_amounts(left, digits), f"{found['rest']['share']:.1%}", "")
    total = {key: found[key] for key in left}
    drawn.add_row(Text("Total", style="bold"), *_amounts(total, digits), "", "")
    said = _said(found)
    show(to, Group(drawn, *([Text(""), Text(said)] if said else [])))


def _said(found: dict[str, Any]) -> str:
    common = found["common"]
    alike = "most of the table is new" if common is None else f"most of it changed alike, by {common:+.1%}" if abs(common) >= 0.001 else ""
    if not found["slices"]:
        return f"No slice stands out: {alike or 'what changed is spread, too small to count, or ordinary variation'}."
    return f"Slices are what departs from the rest: {alike}." if alike else ""


def _named(where: dict[str, Any]) -> str:
    return ", ".join(f"{attribute}={'(none)' if value is None else value}" for attribute, value in where.items())


def _amounts(shown: dict[str, float], digits: int) -> list[str]:
    def plain(value: float) -> str:
        return f"{round(value, digits) + 0.0:,.{digits}f}"  # plus 0.0 takes the sign from a negative zero

    return [plain(shown["actual"]), plain(shown["expected"]), ("+" if round(shown["change"], digits) > 0 else "") + plain(shown["change"])]
