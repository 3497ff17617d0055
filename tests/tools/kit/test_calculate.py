"""The units of what is worked out: money over days is money a day, and what has no meaning is sent back."""

from __future__ import annotations

import pytest

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.calculate import calculate
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import D1, KNOWN_AT, TABLES, bench_on

FIGURES = {
    "F1": (100.0, "EUR"),
    "F2": (5.0, "EUR/day"),
    "F3": (300.0, "EUR/month"),
    "F4": (4.0, "days"),
    "F5": (10.0, "count"),
    "F6": (0.5, "%"),
    "F7": (2.0, "ratio"),
    "F8": (50.0, "credits"),
    "F9": (250.0, "EUR"),
}


@pytest.fixture(scope="module")
def company_bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return bench_on(load_company(tmp_path_factory.mktemp("calculate"), TABLES, {}, D1, KNOWN_AT))


@pytest.fixture
def bench(company_bench: Workbench) -> Workbench:
    book = company_bench.book
    if not book.figures:
        receipt = book.add_receipt("metric", "query_metrics", ["a"], [[1.0]])
        for value, unit in FIGURES.values():
            book.add_figure(receipt, unit, value, unit)
    return company_bench


@pytest.mark.parametrize(
    ("expression", "value", "unit"),
    [
        ("F1 + F9", 350, "EUR"),
        ("F9 / F1", 2.5, "ratio"),
        ("F9 / F1 - 1", 1.5, "%"),
        ("F1 / 4", 25, "EUR"),
        ("3 * F1", 300, "EUR"),
        ("-F1", -100, "EUR"),
        ("F1 / F4", 25, "EUR/day"),
        ("F1 / F2", 20, "days"),
        ("F2 * F4", 20, "EUR"),
        ("F4 * F2", 20, "EUR"),
        ("F1 / F5", 10, "EUR"),
        ("F1 * F6", 50, "EUR"),
        ("F6 * F1", 50, "EUR"),
        ("F1 / F6", 200, "EUR"),
        ("F5 * F6", 5, "count"),
        ("F8 / F4", 12.5, "credits"),
        ("1 - F6", 0.5, "%"),
        ("1 / F7", 0.5, "ratio"),
        ("1000 * F7", 2000, "ratio"),
    ],
)
def test_a_result_has_the_unit_that_the_arithmetic_gives_it(bench: Workbench, expression: str, value: float, unit: str) -> None:
    worked = calculate(bench, expression=expression)
    assert (worked["value"], worked["unit"]) == (value, unit)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("1 / F1", "'a plain number' divided by 'EUR' has no meaning here"),
        ("1 / F5", "'a plain number' divided by 'count' has no meaning here"),
        ("F1 / F8", "'EUR' divided by 'credits' has no meaning here"),
        ("F3 / F2", "has no meaning here"),
        ("F3 * F4", "'EUR/month' times days has no meaning here"),
        ("F1 * F9", "'EUR' times 'EUR' has no meaning here"),
        ("F1 + F4", "cannot be added or subtracted"),
        ("F1 - 1", "A plain number cannot be added to a figure that has a unit"),
        ("1001 * F1", "not allowed"),
        ("F1 / (F1 - F1)", "divides by zero"),
        ("-" * 14 + "F1", "nested too deeply"),
    ],
)
def test_what_has_no_meaning_is_sent_back(bench: Workbench, expression: str, says: str) -> None:
    with pytest.raises(ModelMustRetry) as refused:
        calculate(bench, expression=expression)
    assert says in str(refused.value)


def test_a_result_keeps_the_window_and_the_account_that_all_its_figures_share(bench: Workbench) -> None:
    from datetime import date

    from meterline_tools.receipts import Entity, Window

    book = bench.book
    receipt = book.add_receipt("metric", "query_metrics", ["a"], [[1.0]])
    may, june = Window(start=date(2026, 5, 1), end=date(2026, 5, 31)), Window(start=date(2026, 6, 1), end=date(2026, 6, 30))
    kiln = Entity(type="account", id="A1", name="Kiln & Loom")
    one, two, other = (
        book.add_figure(receipt, "used", 10.0, "EUR", window=may, entity=kiln),
        book.add_figure(receipt, "listed", 20.0, "EUR", window=may, entity=kiln),
        book.add_figure(receipt, "used", 30.0, "EUR", window=june),
    )
    alike = book.figures[calculate(bench, expression=f"{one.id} / {two.id}")["figure"]]
    mixed = book.figures[calculate(bench, expression=f"{one.id} / {other.id}")["figure"]]
    assert (alike.window, alike.entity) == (may, kiln)
    assert (mixed.window, mixed.entity) == (None, None)
