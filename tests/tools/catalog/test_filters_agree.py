"""A law over all metrics and dimensions: what a filter gives is what the breakdown gives for that value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from meterline.desk import Desk
from meterline.settings import Settings
from meterline_tools.catalog import load_catalog
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from tests.companies import DemoCompany

DIMENSIONS = ("industry", "region", "segment", "sku_family", "rep", "manager", "account")
# Completeness (M54) is another question without a breakdown: how much of yesterday is in.
CASES = [(m.id, d) for m in load_catalog().metrics.values() for d in DIMENSIONS if d in m.dimensions and m.id != "M54"]


@pytest.fixture(scope="module")
def desk(demo_company: DemoCompany) -> Iterator[Desk]:
    desk = Desk.open(Settings(home=demo_company.home))
    yield desk
    desk.close()


def values(bench: Workbench, figures: dict[str, str]) -> dict[str, Any]:
    return {key: bench.book.figures[ident].value for key, ident in figures.items()}


@pytest.mark.parametrize(("metric", "dimension"), CASES)
def test_a_filter_gives_what_the_breakdown_gives(desk: Desk, metric: str, dimension: str) -> None:
    bench = desk.workbench(None, None)
    broken_down = TOOLS["query_metrics"](bench, metrics=[metric], group_by=[dimension])
    rows = [row for row in broken_down["rows"] if row["keys"][dimension] and row["figures"]]
    known = [row for row in rows if any(value is not None for value in values(bench, row["figures"]).values())]
    for row in known[:1]:
        filtered = TOOLS["query_metrics"](bench, metrics=[metric], filters={dimension: [row["keys"][dimension]]})
        alone = filtered["rows"][0]["figures"] if filtered["rows"] else filtered["total"]["figures"]
        expected, given = values(bench, row["figures"]), values(bench, alone)
        for key, value in expected.items():
            assert given[key] == (pytest.approx(value, rel=1e-9, abs=1e-6) if isinstance(value, float) else value), row["keys"]
