"""`meterline review`: how somebody's book does, where the exception check ends, and what to ask in the next one to one."""

from __future__ import annotations

import click

from meterline.faces.cli.common import Asking, asker_options, json_option, show_answer, show_sql_option


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
    asking: Asking,
) -> None:
    """Review a rep or a manager's team: scorecard, exception check, three questions for the one to one."""
    with asking.desk() as desk:
        answer = desk.review(rep, window, asker=asking.asker, as_of=asking.as_of)
    show_answer(answer, asking, as_json=as_json, show_sql=show_sql)
