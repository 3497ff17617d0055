"""`meterline ask`: one question, one answer."""

from __future__ import annotations

from pathlib import Path

import click

from meterline.faces.cli.common import Asking, asker_options, chart_option, draw_charts, json_option, show_answer, show_sql_option


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--thread", "thread_id", metavar="ID", help="Go on with this conversation (a new ID begins one).")
@chart_option
@json_option
@show_sql_option
@asker_options
def ask(
    *,
    question: tuple[str, ...],
    thread_id: str | None,
    chart: Path | None,
    as_json: bool,
    show_sql: bool,
    asking: Asking,
) -> None:
    """Ask a question in plain words.

    meterline ask "Which accounts moved the most this month?"
    """
    from meterline.answer import Question

    with asking.desk() as desk:
        answer = desk.ask(Question(text=" ".join(question), thread_id=thread_id, as_of=asking.as_of, asker=asking.asker))
    show_answer(answer, asking, as_json=as_json, show_sql=show_sql)
    draw_charts(answer, chart, as_json=as_json)
