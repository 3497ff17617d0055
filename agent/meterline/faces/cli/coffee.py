"""`meterline coffee`: what a leader goes through each morning, in the same order each day."""

from __future__ import annotations

import click

from meterline.faces.cli.common import Asking, asker_options, json_option, show_answer, show_sql_option


@click.command()
@click.option("--budget", type=int, metavar="N", help="From now on, tell me at most N things that need a look.")
@click.option("--mute", multiple=True, metavar="WHAT", help="Do not tell me of this account, person or kind (move, slip, commitment …).")
@click.option("--unmute", multiple=True, metavar="WHAT", help="Tell me of it again.")
@json_option
@show_sql_option
@asker_options
def coffee(
    *,
    budget: int | None,
    mute: tuple[str, ...],
    unmute: tuple[str, ...],
    as_json: bool,
    show_sql: bool,
    asking: Asking,
) -> None:
    """Take the morning coffee: the day, gainers and losers, use cases, attainment, open moves, and what changed since the last one."""
    with asking.desk() as desk:
        if budget is not None or mute or unmute:
            desk.tune_coffee(asker=asking.asker, budget=budget, mute=mute, unmute=unmute)
        answer = desk.coffee(asker=asking.asker, as_of=asking.as_of)
    show_answer(answer, asking, as_json=as_json, show_sql=show_sql)
