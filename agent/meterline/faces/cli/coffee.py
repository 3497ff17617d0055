"""`meterline coffee`: what a leader goes through each morning, in the same order each day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from meterline.faces.cli.common import asker_options, json_option, open_desk, show_answer, show_sql_option


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
    asker: str | None,
    as_of: datetime | None,
    home: Path | None,
    model: str | None,
) -> None:
    """Take the morning coffee: the day, gainers and losers, use cases, attainment, open moves, and what changed since the last one."""
    with open_desk(home, model) as desk:
        if budget is not None or mute or unmute:
            desk.tune_coffee(asker=asker, budget=budget, mute=mute, unmute=unmute)
        answer = desk.coffee(asker=asker, as_of=as_of)
    show_answer(answer, as_json=as_json, show_sql=show_sql, asker=asker)
