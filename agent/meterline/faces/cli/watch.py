"""`meterline watch`: surges and drops over all accounts in sight, each told once."""

from __future__ import annotations

import click

from meterline.faces.cli.common import Asking, asker_options, json_option, show_answer, show_sql_option


@click.command()
@click.option("--days", type=click.IntRange(1, 92), default=1, show_default=True, metavar="N", help="Also what ended in the last N days.")
@click.option("--only", type=click.Choice(["surges", "drops"]), help="One direction only.")
@click.option("--all", "everything", is_flag=True, help="Everything, beyond the alert budget and told before or not.")
@json_option
@show_sql_option
@asker_options
def watch(
    *,
    days: int,
    only: str | None,
    everything: bool,
    as_json: bool,
    show_sql: bool,
    asking: Asking,
) -> None:
    """Watch for surges and drops: which accounts (and, for leaders, slices) are beyond their usual, since when, by how much.

    How many are told at a time is the alert budget of the morning coffee (meterline coffee --budget N), and so is what is muted.
    """
    with asking.desk() as desk:
        answer = desk.watch(days=days, only=only or "", everything=everything, asker=asking.asker, as_of=asking.as_of)
    show_answer(answer, asking, as_json=as_json, show_sql=show_sql)
