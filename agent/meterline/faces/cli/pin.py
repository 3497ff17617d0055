"""`meterline pin`: questions kept under a name, asked again with what changed since."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterline.faces.cli.common import Asking, asker_options, console, home_option, json_option, open_desk

if TYPE_CHECKING:
    from meterline.pins import PinRun


def _owner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Whose pins, in which workspace."""
    return home_option(click.option("--as", "asker", metavar="WHO", help="As this person: an e-mail address or a rep id.")(command))


@click.group()
def pin() -> None:
    """Keep questions under a name and ask them again.

    meterline pin add --name monday "Biggest movers this week"

    meterline pin run monday
    """


@pin.command()
@click.argument("question", nargs=-1)
@click.option("--name", required=True, help="What to call it.")
@click.option("--thread", "thread_id", metavar="ID", help="Pin the last question of this conversation, as it was understood there.")
@_owner_options
def add(question: tuple[str, ...], name: str, thread_id: str | None, asker: str | None, home: Path | None) -> None:
    """Pin a question."""
    with open_desk(home) as desk:
        kept = desk.pin(name, " ".join(question), thread_id=thread_id, asker=asker)
    click.echo(f"Pinned '{kept.name}': {kept.question}\nAsk it again with: meterline pin run '{kept.name}'")


@pin.command("list")
@json_option
@_owner_options
def list_(*, as_json: bool, asker: str | None, home: Path | None) -> None:
    """Show what is pinned, with the last answer's headline."""
    with open_desk(home) as desk:
        pins = desk.pinned(asker=asker)
    if as_json:
        click.echo(json.dumps([p.model_dump(mode="json", exclude={"state"}) for p in pins], ensure_ascii=False, indent=2))
        return
    from meterline.faces.pinned import print_pins

    print_pins(console(), pins)


@pin.command()
@click.argument("name", nargs=-1)
@json_option
@asker_options
def run(*, name: tuple[str, ...], as_json: bool, asking: Asking) -> None:
    """Ask a pinned question again; without a name, all of them."""
    with asking.desk() as desk:
        names = [" ".join(name)] if name else [p.name for p in desk.pinned(asker=asking.asker)]
        runs = [desk.run_pin(one, asker=asking.asker, as_of=asking.as_of) for one in names]
    _show(runs, asking, as_json=as_json)


def _show(runs: list[PinRun], asking: Asking, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([r.model_dump(mode="json", by_alias=True) for r in runs], ensure_ascii=False, indent=2))
        return
    from meterline.faces.pinned import print_pins, print_run

    if not runs:
        print_pins(console(), [])
    for done in runs:
        print_run(console(), done, asked_as=asking.asked_as)


@pin.command()
@click.argument("name", nargs=-1, required=True)
@_owner_options
def remove(name: tuple[str, ...], asker: str | None, home: Path | None) -> None:
    """Take a pin away, with what it answered before."""
    with open_desk(home) as desk:
        desk.unpin(" ".join(name), asker=asker)
    click.echo(f"Removed '{' '.join(name)}'.")
