"""`meterline serve`: the same answers over HTTP, and a page to ask in. This machine only."""

from __future__ import annotations

from pathlib import Path

import click

from meterline.faces.cli.common import home_option, open_desk
from meterline_tools.errors import UserError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", type=click.IntRange(1, 65535), default=8420, show_default=True)
@click.option("--model", help="offline (the built-in analyst), auto or openai:<name> (METERLINE_MODEL).")
@home_option
def serve(host: str, port: int, model: str | None, home: Path | None) -> None:
    """Serve the page and POST /v1/ask, to this machine only."""
    require_loopback(host)
    with open_desk(home, model) as desk:
        desk.health()
        desk.warm()
        import uvicorn

        from meterline.faces.api import create_app

        shown = f"[{host}]" if ":" in host else host
        click.echo(
            f"Meterline listens on http://{shown}:{port}/ for this machine only; every question is asked as local admin. Ctrl-C ends it."
        )
        uvicorn.run(create_app(desk), host=host, port=port, log_level="warning", access_log=False, server_header=False)


def require_loopback(host: str) -> None:
    """UserError unless `host` is an address that only this machine reaches: there is no authentication yet."""
    from meterline.faces.loopback import is_loopback

    if not is_loopback(f"[{host}]" if ":" in host else host):
        raise UserError(f"--host {host} would let others in, and Meterline cannot tell who they are yet. Use 127.0.0.1, ::1 or localhost.")
