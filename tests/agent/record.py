"""Records every cassette anew with a served model: `make record MODEL=openai:<name>`, the address and key as always in
OPENAI_BASE_URL and OPENAI_API_KEY. All of them or none: where the server refuses one, the old ones stay.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from meterline.models.habits import Habits
from meterline.models.openai import openai_model
from meterline.models.served import ServedModel
from tests.agent.cassettes import FOLDER, NotRecorded, recorded
from tests.agent.scenarios import SCENARIOS, Scenario

PATIENCE_S = 600.0
"""For a server on one processor."""
OPENAI_PATH = "/v1"


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    vendor, _, name = asked.model.partition(":")
    if vendor != "openai" or not name:
        print("MODEL must be openai:<name>, such as make record MODEL=openai:gpt-5-mini", file=sys.stderr)
        return 2
    base_url, key = os.environ.get("OPENAI_BASE_URL"), os.environ.get("OPENAI_API_KEY")
    try:
        record_all(name, base_url=base_url, key=key, server=asked.server, folder=FOLDER)
    except NotRecorded as problem:
        print(f"Nothing was recorded: {problem}. The cassettes are as they were.", file=sys.stderr)
        return 1
    return 0


def record_all(name: str, *, base_url: str | None, key: str | None, server: str, folder: Path) -> None:
    """Every scenario into `folder`, once all of them are recorded.

    Raises:
        NotRecorded: the server refused a request, or wrote the key into a reply.
    """
    path = urlsplit(base_url).path.rstrip("/") if base_url else OPENAI_PATH
    told = {"model": name, "server": server, "path": path, "date": datetime.now(UTC).date().isoformat()}
    with tempfile.TemporaryDirectory() as fresh:
        for title, scenario in SCENARIOS.items():
            print(f"{title}: {scenario.about} ...", flush=True)
            made = Path(fresh) / f"{title}.yaml"
            _record(made, title, scenario, lambda: openai_model(name, base_url=base_url, api_key=key, timeout=PATIENCE_S), told)
            if key and key in made.read_text(encoding="utf-8"):
                raise NotRecorded(f"the key stands in what the server said ({title})")
        for made in Path(fresh).iterdir():
            shutil.move(made, folder / made.name)


def _record(path: Path, title: str, scenario: Scenario, make: Callable[[], ServedModel], told: dict[str, str]) -> None:
    """Played twice: to find out how the server wants to be asked, and then to keep it."""
    model = make()
    habits = replace(model.learnt.habits, **scenario.changes)
    model.learnt.forget(habits)
    scenario.play(model)
    habits = model.learnt.habits
    model = make()
    model.learnt.forget(habits)
    with recorded(path) as cassette:
        outcome = scenario.play(model)
        for key, value in {"plays": title, "recorded": told, "habits": _unusual(habits), "outcome": outcome}.items():
            cassette.get_metadata(key, value)
    print(f"  {outcome}")


def _unusual(habits: Habits) -> dict[str, object]:
    """Only the habits that a first request would not have."""
    usual = asdict(Habits())
    return {name: value for name, value in asdict(habits).items() if value != usual[name]}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make record", description=__doc__)
    parser.add_argument("model", help="openai:<name>, as its server knows it")
    parser.add_argument("--server", default="not said", help="what serves it, for the record")
    return parser


if __name__ == "__main__":
    sys.exit(main())
