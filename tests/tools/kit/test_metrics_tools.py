"""query_metrics, find_entities and calculate, as a model calls them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.names import NameIndex
from meterline_tools.errors import NOT_VISIBLE, ModelMustRetry, Refused
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.calculate import calculate
from meterline_tools.kit.entities import find_entities
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.principal import LOCAL_ADMIN, Principal
from tests.tools.catalog.snapshot import Company, load_company, person
from tests.tools.catalog.test_metric_fixtures import read_fixture


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Kiln & Loom, Harbor Foods and the others of the usage and attainment fixtures; worked out there."""
    fixture = read_fixture("attainment")
    return load_company(tmp_path_factory.mktemp("kit"), fixture["tables"], fixture["company"], date(2026, 8, 15), datetime(2026, 8, 18, 12))


def bench_of(company: Company, who: Principal = LOCAL_ADMIN) -> Workbench:
    views = company.views(who)
    names = NameIndex(views, company.warehouse)
    return Workbench(who, company.warehouse, company.asof, company.calendar, load_catalog(), views, names, None)


@pytest.fixture
def bench(company: Company) -> Workbench:
    return bench_of(company)


def _values(reply: dict[str, Any], figures: dict[str, str]) -> dict[str, Any]:
    return {key: reply["figures"][figure]["value"] for key, figure in figures.items()}


def test_a_reply_has_rows_total_rest_and_receipts(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["burn", "growth"], group_by=["customer"], order="-burn", limit=1)
    assert reply["window"] == {"from": "2026-07-19", "to": "2026-08-15", "label": "2026-07-19 to 2026-08-15"}
    assert reply["compare_window"]["from"] == "2026-06-21"
    (row,) = reply["rows"]
    assert row["entity"] == {"type": "account", "id": "A1", "name": "Kiln & Loom"}
    assert _values(reply, row["figures"]) == {"M01": 2000, "M08": 1.5}
    assert _values(reply, reply["total"]["figures"]) == {"M01": 2840, "M08": pytest.approx(1.0141844)}
    assert (reply["rest"]["count"], _values(reply, reply["rest"]["figures"])) == (3, {"M01": 840})
    assert reply["truncated"] is True
    figure = bench.book.figures[row["figures"]["M01"]]
    assert (figure.display, figure.unit, figure.metric) == ("€2k", "EUR", "M01")
    receipt = bench.book.receipts[reply["receipts"][0]]
    assert figure.cell is not None
    line, column = figure.cell
    assert receipt.rows[line][receipt.columns.index(column)] == 2000, "a figure points at its cell"
    assert receipt.sql is not None and "M01" in receipt.sql


def test_near_nothing_reads_as_such(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M08"], filters={"account": ["New Dawn"]})
    shown = reply["figures"][reply["total"]["figures"]["M08"]]
    assert (shown["value"], shown["display"]) == (None, "from near zero")


def test_a_period_to_date_is_compared_with_as_many_days(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01", "M10"], window="this quarter")
    assert reply["window"] == {"from": "2026-08-01", "to": "2026-08-15", "label": "FQ3 FY27 to date"}
    assert (reply["compare_window"]["from"], reply["compare_window"]["to"]) == ("2026-05-01", "2026-05-15")
    assert [other["label"] for other in reply["alternatives"]] == ["calendar Q3 2026 to date"]
    assert list(reply["total"]["figures"]) == ["M01", "M10"], "nobody asked for the earlier value"


def test_asked_to_compare_a_sum_shows_its_earlier_value(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], compare="year_ago")
    assert _values(reply, reply["total"]["figures"]) == {
        "M01": 2840,
        "M01.prior": 1500,
        "M01.delta": 1340,
        "M01.pct": pytest.approx(0.8933333),
    }


def test_a_person_who_leads_a_team_stands_for_the_team(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], filters={"rep": ["Mona"]})
    assert _values(reply, reply["total"]["figures"]) == {"M01": 2800}
    assert "Mona Reyes leads a team: figures are the team's" in reply["assumptions"]


def test_units_carry_their_own_name(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M03"], group_by=["account"], filters={"sku": ["Storage"]})
    assert {figure["unit"] for figure in reply["figures"].values()} == {"gb"}
    assert _values(reply, reply["total"]["figures"]) == {"M03": 140}


def test_what_cannot_be_told_is_said_and_never_zero(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M14", "M36"], filters={"rep": ["Cleo Park"]})
    assert {"metric": "M36", "reason": "no use cases loaded"} in reply["not_available"]
    assert {"metric": "M14", "reason": "no quota loaded for Cleo Park"} in reply["not_available"]
    assert reply["figures"] == {}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"metrics": ["atainment"]}, "Unknown metric 'atainment'. Nearest: M14 (quota_attainment)"),
        ({"metrics": ["M01"], "filters": {"industry": ["retial trade"]}}, "Unknown industry 'retial trade'. Nearest: "),
        ({"metrics": ["M01"], "filters": {"commit_status": ["prepaid"]}}, "Unknown commit_status 'prepaid'. Nearest: free, on_demand"),
        ({"metrics": ["M01"], "window": "31 June"}, "There is no 31 June 2026"),
        ({"metrics": ["M01"], "group_by": ["colour"]}, "Unknown dimension 'colour'."),
    ],
)
def test_wrong_words_get_the_nearest_right_ones(bench: Workbench, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelMustRetry) as refused:
        query_metrics(bench, **arguments)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize("account", ["Kiln & Loom", "A1", "No Such Company"])
def test_a_foreign_account_and_one_that_does_not_exist_get_the_same_words(company: Company, account: str) -> None:
    with pytest.raises(Refused) as refused:
        query_metrics(bench_of(company, person("R3")), metrics=["M01"], filters={"account": [account]})
    assert str(refused.value) == f"Account '{account}': {NOT_VISIBLE}."


def test_entities_are_found_with_hints(bench: Workbench) -> None:
    (mention,) = find_entities(bench, text="how is kiln and lom doing")["mentions"]
    assert (mention["text"], mention["resolved"]) == ("kiln and lom", True)
    assert mention["candidates"][0]["id"] == "A1"
    assert mention["candidates"][0]["hint"] == "retail, enterprise, owned by Ben Ortiz"


def test_arithmetic_over_figures_gives_a_new_figure(bench: Workbench) -> None:
    reply = query_metrics(bench, metrics=["M01"], group_by=["account"])
    kiln, zephyr = (row["figures"]["M01"] for row in reply["rows"][:2])
    difference = calculate(bench, expression=f"{kiln} - {zephyr}")
    assert (difference["value"], difference["unit"], difference["display"]) == (1400, "EUR", "€1.4k")
    growth = calculate(bench, expression=f"[[{kiln}]] / [[{zephyr}]] - 1")
    assert (growth["value"], growth["unit"]) == (pytest.approx(2.3333333), "%")
    half = calculate(bench, expression=f"({kiln} + {zephyr}) / 2")
    assert (half["value"], half["unit"]) == (1300, "EUR")
    receipt = bench.book.receipts[difference["receipt"]]
    assert (receipt.kind, receipt.rows) == ("calc", [[f"{kiln} - {zephyr}", 2000.0, 600.0, 1400.0]])


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("F1 / F99", "There is no figure F99"),
        ("F1 +", "is not an expression"),
        ("2 + 2", "names no figure"),
        ("F1 + F2", "'EUR' and '%' cannot be added or subtracted"),
        ("F1 / F3", "divides by zero"),
        ("F1 + F4", "cannot be calculated with"),
        ("F1 ** 2", "not allowed"),
        ("__import__('os')", "not allowed"),
        ("F1 * F1", "has no meaning here"),
        ("F1 + 1", "cannot be added to a figure that has a unit"),
        ("F1 + " * 50 + "F1", "too long"),
    ],
)
def test_what_is_no_arithmetic_over_figures_is_refused(bench: Workbench, expression: str, says: str) -> None:
    receipt = bench.book.add_receipt("metric", "query_metrics", ["a"], [[100.0]])
    for label, value, unit in (("burn", 100.0, "EUR"), ("growth", 0.5, "%"), ("nothing", 0.0, "EUR"), ("missing", None, "EUR")):
        bench.book.add_figure(receipt, label, value, unit)
    with pytest.raises(ModelMustRetry) as refused:
        calculate(bench, expression=expression)
    assert says in str(refused.value)


def test_the_three_tools_are_in_the_kit() -> None:
    assert {"query_metrics", "find_entities", "calculate"} <= set(TOOLS)
