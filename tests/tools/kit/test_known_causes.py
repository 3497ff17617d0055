"""What the cause ledger confirms of moves, and moves without what will not last."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.names import NameIndex
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.ledger import known_causes
from meterline_tools.principal import LOCAL_ADMIN
from tests.tools.catalog.snapshot import Company, load_company
from tests.tools.catalog.test_metric_fixtures import read_fixture

# Changes of the last 28 days on the 28 before (fixtures/usage.yaml): Kiln & Loom +1200, Zephyr Bank +200, Harbor Foods +50,
# New Dawn -20, together 1430. Confirmed (fixtures/durable.yaml): Kiln & Loom 400 one-time in the window, 50 durable before it.


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    fixture = read_fixture("durable")
    return load_company(tmp_path_factory.mktemp("kit"), fixture["tables"], fixture["company"], date(2026, 8, 15), datetime(2026, 8, 18, 12))


@pytest.fixture
def bench(company: Company) -> Workbench:
    views = company.views(LOCAL_ADMIN)
    names = NameIndex(views, company.warehouse)
    return Workbench(LOCAL_ADMIN, company.warehouse, company.asof, company.calendar, load_catalog(), views, names, None)


def _told(bench: Workbench, line: dict[str, Any]) -> dict[str, Any]:
    return {key: bench.book.figures[figure].value for key, figure in line["figures"].items()}


def test_only_confirmed_causes_are_known(bench: Workbench) -> None:
    causes = known_causes(bench)["causes"]
    assert [(c["entity"]["name"], c["cause"], c["removed"]) for c in causes] == [
        ("Kiln & Loom", "backfill", True),
        ("Kiln & Loom", "new_use_case", False),
    ]
    assert _told(bench, causes[0]) == {"now": 400, "before": 0}


def test_moves_without_what_will_not_last_still_add_up(bench: Workbench) -> None:
    found = known_causes(bench, strip="up", limit=2)["stripped"]
    shown = {line["label"]: _told(bench, line) for line in (*found["rows"], found["rest"], found["total"])}
    assert {name: (f["change"], f["removed"], f["durable"]) for name, f in shown.items()} == {
        "Kiln & Loom": (1200, 400, 800),
        "Zephyr Bank": (200, 0, 200),
        "all others": (30, 0, 30),
        "total": (1430, 400, 1030),
    }
    assert shown["total"]["share"] == pytest.approx(400 / 1430)


def test_excess_is_summed_by_what_will_become_of_it(bench: Workbench) -> None:
    reply = known_causes(bench, strip="all")
    assert _told(bench, {"figures": reply["excess"]}) == {"passing": 400, "one_time": 400, "durable": 0}


def test_in_a_book_an_account_that_changed_hands_is_named(bench: Workbench) -> None:
    (change,) = known_causes(bench, filters={"rep": ["Ben Ortiz"]})["handovers"]
    assert change["entity"]["name"] == "Kiln & Loom"
    assert bench.book.figures[change["on"]].value == "2026-08-01"
