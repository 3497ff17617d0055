"""`meterline review`: how somebody's book does, where the exception check ends, and what to ask in the next one to one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from meterline.faces.cli.common import asker_options, json_option, open_desk, show_answer, show_sql_option


@click.command()
@click.argument("rep")
@click.option("--window", default="", metavar="PERIOD", help='The time to look at, such as "July" or 2026-06-01..2026-06-30.')
@json_option
@show_sql_option
@asker_options
def review(
    *,
    rep: str,
    window: str,
    as_json: bool,
    show_sql: bool,
    asker: str | None,
    as_of: datetime | None,
    home: Path | None,
    model: str | None,
) -> None:
    """Review a rep or a manager's team: scorecard, exception check, three questions for the one to one."""
    with open_desk(home, model) as desk:
        answer = desk.review(rep, window, asker=asker, as_of=as_of)
    show_answer(answer, as_json=as_json, show_sql=show_sql, asker=asker)
