"""No tool tells anything of what its asker may not see: every reply is the one of a company in which it had never been.

Two companies are loaded: one with accounts of somebody else, one without them. Whatever is asked by name, id, contract or
person, in any argument of any tool, both must say the same, to the letter.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from meterline.desk import Desk
from meterline.fetched import KitTool
from meterline.offer import OFFERED
from meterline.settings import Settings
from meterline.toolbelt import call_tool
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.notes import note_store
from meterline_tools.kit.run_sql import run_sql
from tests.hostile import ADA, FOREIGN, load_hostile_company

NAMES = ("Bare Bricks", "P2")
"""What belongs to others, as somebody who knows of it would write it."""
MORE_NAMES = ("L2", "Tom Reyes", "bricks", "Quiet Mill", "N2", "%", "' OR 1=1 --")
DIMENSIONS = ("account", "rep", "industry")
NEEDED: dict[str, Any] = {
    "metrics": ["M01"],
    "query": "kiln autumn",
    "text": "kiln",
    "expression": "1 + 1",
    "sql": "SELECT count(*) FROM account",
    "topic": "loaded",
}
"""Arguments that a tool cannot do without, while another one is tried."""


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Desk]]:
    """A desk of the company with what is foreign to Ada, and one of the company without."""
    homes = [load_hostile_company(tmp_path_factory.mktemp(name), without=out) for name, out in (("with", ()), ("without", FOREIGN))]
    both = Desk.open(Settings(home=homes[0])), Desk.open(Settings(home=homes[1]))
    for desk in both:  # that the index was built is told once, with how many passages it holds
        note_store(desk.settings.home, desk.workbench(None, None).warehouse).ensure()
    yield both
    for desk in both:
        desk.close()


def tried(kind: Any, name: str) -> Iterator[Any]:
    """Values of an argument's type that hold the name."""
    kinds = [kind, *get_args(kind)]
    if str in kinds or get_origin(kind) is Literal:
        yield name
    if any(get_origin(k) is list for k in kinds):
        yield [name]
    if any(get_origin(k) is dict for k in kinds):
        yield from ({dimension: [name]} for dimension in DIMENSIONS)


def calls(tool: KitTool, names: Collection[str]) -> Iterator[dict[str, Any]]:
    """Calls of a tool, each with one argument that names what is foreign; and one without any."""
    hints = get_type_hints(tool, localns={"Workbench": Workbench})
    parameters = [p for p in inspect.signature(tool).parameters.values() if p.name != "bench"]
    plain = {p.name: NEEDED.get(p.name, "L1") for p in parameters if p.default is inspect.Parameter.empty}
    yield plain
    for parameter in parameters:
        for name in names:
            for value in tried(hints[parameter.name], name):
                yield {**plain, parameter.name: value}


def told(bench: Workbench, tool: KitTool, arguments: dict[str, Any]) -> str:
    """All that a call leaves behind: its reply, receipts, figures and citations, as text without the time it took."""
    reply = call_tool(tool, bench, arguments)
    book = bench.book
    held = (*book.receipts.values(), *book.figures.values(), *book.citations.values())
    kept = [each.model_dump(mode="json", exclude={"elapsed_ms"}) for each in held]
    ready = [section.model_dump() for section in bench.ready.values()]
    return json.dumps([reply, kept, ready], default=str, sort_keys=True, ensure_ascii=False, indent=1)


KIT: dict[str, KitTool] = {f"kit {name}": tool for name, tool in {**TOOLS, "run_sql": run_sql}.items()}
KIT |= {f"offered {name}": tool for name, tool in OFFERED.items()}


@pytest.mark.parametrize("names", [NAMES, pytest.param(MORE_NAMES, marks=pytest.mark.drill)], ids=["some", "more"])
@pytest.mark.parametrize("name", sorted(KIT))
def test_a_tool_says_the_same_as_if_it_had_never_been(desks: tuple[Desk, Desk], name: str, names: Collection[str]) -> None:
    for arguments in calls(KIT[name], names):
        here, elsewhere = (told(desk.workbench(ADA, None), KIT[name], arguments) for desk in desks)
        assert here == elsewhere, arguments
        assert "Kiln number" not in here


SQL = [
    "SELECT account_id, count(*) FROM account GROUP BY 1 ORDER BY 1",
    "SELECT count(*), min(usd), max(usd) FROM account_day WHERE account_id = 'L2'",
    "SELECT account_name FROM account WHERE account_id IN ('L2', 'L3')",
    "SELECT rep_id, full_name FROM rep",
    "SELECT DISTINCT account_id, rep_id FROM rep_day UNION ALL SELECT account_id, rep_id FROM credit ORDER BY 1",
    "SELECT count(*) FROM account WHERE CAST(CASE WHEN account_id = 'L2' THEN 'x' ELSE '1' END AS INTEGER) = 1",
    "SELECT body FROM note WHERE account_id = 'L2'",
]


@pytest.mark.parametrize("sql", SQL)
def test_free_sql_says_the_same_as_if_it_had_never_been(desks: tuple[Desk, Desk], sql: str) -> None:
    here, elsewhere = (told(desk.workbench(ADA, None), run_sql, {"sql": sql}) for desk in desks)
    assert here == elsewhere
    assert not {"Bare Bricks", "Quiet Mill", "Tom Reyes"} & set(json.dumps(json.loads(here)[1]).split('"'))
