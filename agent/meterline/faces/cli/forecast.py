"""`meterline forecast`: where consumption lands, with model, overlays and range told apart."""

from __future__ import annotations

import click

from meterline.faces.cli.common import Asking, asker_options, json_option, show_answer, show_sql_option


@click.command()
@click.argument("who", metavar="[ACCOUNT|REP]", default="")
@click.option("--by", default="month", show_default=True, help="Rows by month, account, rep, product family, region and the like.")
@click.option("--horizon", default="", metavar="PERIOD", help='What is to come, such as "next quarter"; the fiscal year if not given.')
@json_option
@show_sql_option
@asker_options
def forecast(
    *,
    who: str,
    by: str,
    horizon: str,
    as_json: bool,
    show_sql: bool,
    asking: Asking,
) -> None:
    """Forecast consumption: what is used already, the model, people's overlays, and the range."""
    with asking.desk() as desk:
        answer = desk.forecast(who, by=by, horizon=horizon, asker=asking.asker, as_of=asking.as_of)
    show_answer(answer, asking, as_json=as_json, show_sql=show_sql)
