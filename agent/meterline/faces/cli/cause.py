"""`meterline cause`: what is on file of why usage moved, and what people decide of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterline.faces.cli.common import console, home_option, json_option, open_desk

if TYPE_CHECKING:
    from meterline.ledger import Cause, Kept, OnFile

_as = click.option("--as", "asker", metavar="WHO", help="As this person: an e-mail address or a rep id.")
_window = click.option("--window", default="", metavar="PERIOD", help="When the change began or was seen; the last quarter, if not given.")
_note = click.option("--note", default="", help="A word on how you know.")


@click.group()
def cause() -> None:
    """Confirm or reject why an account's usage moved.

    What is confirmed is not asked again; durable figures, forecasts and briefs read it.

    meterline cause confirm "Some Account"

    meterline cause confirm "Some Account" backfill --window June
    """


@cause.command("list")
@click.argument("account", default="")
@click.option("--kinds", is_flag=True, help="List the causes there can be instead.")
@json_option
@_as
@home_option
def list_(*, account: str, kinds: bool, as_json: bool, asker: str | None, home: Path | None) -> None:
    """Show what is on file, newest first; of one account, or of all."""
    with open_desk(home) as desk:
        if kinds:
            return _kinds(desk.cause_kinds(), as_json=as_json)
        found, currency = desk.causes(account, asker=asker), desk.workbench(asker, None).warehouse.company.currency
    if as_json:
        click.echo(json.dumps([_plain(asdict(e)) for e in found], ensure_ascii=False, indent=2, default=str))
    elif not found:
        click.echo("No causes are on file. Confirm one with: meterline cause confirm ACCOUNT")
    else:
        _print(found, currency)
    return None


@cause.command()
@click.argument("account")
@click.argument("what", default="", metavar="[CAUSE]")
@_window
@click.option("--durability", default="", metavar="KIND", help="durable, one_time, seasonal or external, where it is not the cause's own.")
@_note
@json_option
@_as
@home_option
def confirm(
    *, account: str, what: str, window: str, durability: str, note: str, as_json: bool, asker: str | None, home: Path | None
) -> None:
    """Confirm the cause of a change: the one the explanation names, or CAUSE."""
    with open_desk(home) as desk:
        kept = desk.confirm_cause(account, what, window=window, durability=durability, note=note, asker=asker)
    _told([kept], as_json=as_json)


@cause.command()
@click.argument("account")
@click.argument("what", metavar="CAUSE")
@_window
@_note
@json_option
@_as
@home_option
def reject(*, account: str, what: str, window: str, note: str, as_json: bool, asker: str | None, home: Path | None) -> None:
    """Take a cause off the file, or rule it out for a change."""
    with open_desk(home) as desk:
        kept = desk.reject_cause(account, what, window=window, note=note, asker=asker)
    _told(kept, as_json=as_json)


def _told(kept: list[Kept], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_plain({**asdict(k), "cause": k.cause.id}) for k in kept], ensure_ascii=False, indent=2, default=str))
        return
    from meterline_tools.numbers import display

    out = console()
    for k in kept:
        where = f" ({k.slice_name})" if k.slice_name else ""
        money = display(k.excess_usd, k.currency)
        verb = "Confirmed" if k.status == "confirmed" else "Rejected"
        out.print(f"{verb}: {k.account.name}{where}, {_days(k.first, k.last)}: {k.cause.label}. {money} against the usual level.")
        if k.status == "rejected":
            out.print("Explanations of these days will not name it, and no figure leaves its money out.")
        elif k.removed:
            out.print("Durable figures and forecasts leave this money out from now on.")
        else:
            out.print("It is durable, so figures keep this money; nobody needs to ask the customer about it again.")
        if k.ongoing and k.status == "confirmed":
            out.print("The change still goes on: confirm it again later, and the days since are taken in.")
    if kept and kept[0].status == "confirmed":
        out.print(f'Undo: meterline cause reject "{kept[0].account.name}" {kept[0].cause.id}')


def _print(found: list[OnFile], currency: str) -> None:
    from rich.table import Table

    from meterline_tools.numbers import display

    drawn = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("Account", "Cause"):
        drawn.add_column(heading, min_width=13)
    for heading in ("Lasts", "Days"):
        drawn.add_column(heading, no_wrap=True)
    drawn.add_column("Excess", justify="right", no_wrap=True)
    drawn.add_column("Status", no_wrap=True)
    for e in found:
        cells = (e.cause.replace("_", " "), e.durability.replace("_", "-"), _days(e.first, e.last), display(e.excess_usd, currency))
        drawn.add_row(e.account.name, *cells, e.status)
    console().print(drawn)


def _kinds(causes: list[Cause], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{"id": c.id, "label": c.label, "durability": c.durability} for c in causes], ensure_ascii=False, indent=2))
        return
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("Cause", "What it is", "Lasts"):
        drawn.add_column(heading)
    for c in causes:
        drawn.add_row(c.id, c.label, c.durability.replace("_", "-"))
    console().print(drawn)


def _days(first: date, last: date) -> str:
    from meterline.marks import window_text
    from meterline_tools.receipts import Window

    return window_text(Window(start=first, end=last))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """The account by id and name."""
    account = record["account"]
    return {**record, "account": {"id": account.id, "name": account.name}}
