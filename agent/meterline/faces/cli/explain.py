"""`meterline explain`: why an account's usage moved, and whether it will last."""

from __future__ import annotations

from pathlib import Path

import click

from meterline.faces.cli.common import Asking, asker_options, chart_option, draw_charts, json_option, show_answer, show_sql_option


@click.command()
@click.argument("account")
@click.option("--window", default="", metavar="PERIOD", help='The time to explain, such as "June" or 2026-06-01..2026-06-30.')
@chart_option
@json_option
@show_sql_option
@asker_options
def explain(
    *,
    account: str,
    window: str,
    chart: Path | None,
    as_json: bool,
    show_sql: bool,
    asking: Asking,
) -> None:
    """Explain why an account's usage moved: how much, where, why, and whether it will last."""
    with asking.desk() as desk:
        answer = desk.explain(account, window, asker=asking.asker, as_of=asking.as_of)
    show_answer(answer, asking, as_json=as_json, show_sql=show_sql)
    draw_charts(answer, chart, as_json=as_json)
