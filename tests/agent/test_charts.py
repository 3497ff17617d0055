"""Charts draw receipt rows, value for value, as Vega-Lite that is valid and fetches nothing."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterline.answer import Chart, Draft, Sentence
from meterline.charts import vega_lite
from meterline.charts.draw import checked_path, fitted, png, svg, write
from meterline.charts.rows import MAX_BARS
from meterline.charts.spec import resized
from meterline.render import Renderer
from meterline.verify import check
from meterline_tools.errors import UserError
from meterline_tools.receipts import ReceiptBook, Window

JUNE = Window(start=date(2026, 6, 1), end=date(2026, 6, 28))
Rows = list[list[Any]]


def drawn(chart: Chart, columns: list[str], rows: Rows, unit: str = "EUR", window: Window | None = JUNE) -> dict[str, Any] | None:
    """The spec of a chart over one receipt, whose y column holds figures of this unit."""
    book = ReceiptBook()
    receipt = book.add_receipt("metric", "query_metrics", columns, rows)
    column = chart.y.lower()
    for n in range(len(rows)):
        book.add_figure(receipt, "Net consumption, Orion", 1.0, unit, window=window, cell=(n, column if column in columns else chart.y))
    return vega_lite(chart, Renderer(book))


WEEKS: Rows = [[0, None, 10.0], *[[1, (date(2026, 6, 1) + timedelta(days=7 * n)).isoformat(), 1.5 + n] for n in range(4)]]
TREND = Chart(receipt="R1", title="Orion grew", x="week", y="M01")
MOVES: Rows = [[0, None, None, 9.0], [1, "A1", "Orion", 4000.0], [1, "A2", "Vela", -1200.0], [1, "A3", "Vela", 80.5], [1, "A4", None, 2.0]]
MOVERS = Chart(receipt="R1", title="Orion moved most", x="account", y="M10", mark="bar")
BURN: Rows = [
    ["2026-06-07", 10.0, None, None, None, 12.0],
    ["2026-06-14", 25.0, 25.0, 25.0, 25.0, 24.0],
    ["2026-06-21", None, 38.0, 35.0, 41.0, 36.0],
]
BURN_COLUMNS = ["day", "drawn_so_far", "projected", "low", "high", "straight_line"]
BURN_DOWN = Chart(
    receipt="R1",
    title="Orion burns down",
    x="day",
    y="drawn_so_far",
    mark="projection",
    ahead="projected",
    low="low",
    high="high",
    target="straight_line",
)
KINDS = [
    pytest.param(TREND, ["level", "k_week", "m01"], WEEKS, id="trend"),
    pytest.param(MOVERS, ["level", "k_account", "n_account", "m10"], MOVES, id="movers"),
    pytest.param(BURN_DOWN, BURN_COLUMNS, BURN, id="burn-down"),
]


@cache
def schema() -> Any:
    from jsonschema import Draft7Validator

    text = (files("altair") / "vegalite" / "v5" / "schema" / "vega-lite-schema.json").read_text(encoding="utf-8")
    return Draft7Validator(json.loads(text))


@pytest.mark.parametrize(("chart", "columns", "rows"), KINDS)
def test_every_kind_of_chart_is_valid_vega_lite(chart: Chart, columns: list[str], rows: Rows) -> None:
    spec = drawn(chart, columns, rows)
    assert spec is not None
    for shown in (spec, fitted(spec, 320, dark=True)):
        assert [error.message for error in schema().iter_errors(shown)] == []


@pytest.mark.parametrize(("chart", "columns", "rows"), KINDS)
def test_every_kind_of_chart_is_drawn_without_the_network(chart: Chart, columns: list[str], rows: Rows) -> None:
    spec = drawn(chart, columns, rows)
    assert spec is not None
    assert "Orion" in svg(spec)
    assert png(spec).startswith(b"\x89PNG")


cells = st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False), st.integers(-(10**9), 10**9))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(cells, min_size=1, max_size=30))
def test_whatever_is_drawn_stands_in_the_receipt(values: list[float | None]) -> None:
    days = [(date(2026, 1, 5) + timedelta(days=7 * n)).isoformat() for n in range(len(values))]
    for chart, key in ((TREND, "k_week"), (MOVERS.model_copy(update={"x": "week", "y": "M01"}), "k_week")):
        book = ReceiptBook()
        receipt = book.add_receipt("metric", "query_metrics", ["level", key, "m01"], [[1, d, v] for d, v in zip(days, values, strict=True)])
        spec = vega_lite(chart, Renderer(book))
        stored = [dict(zip(receipt.columns[1:], row[1:], strict=True)) for row in receipt.rows]
        for row in spec["data"]["values"] if spec else []:
            assert row in stored


def test_a_total_is_not_drawn_among_its_parts() -> None:
    spec = drawn(MOVERS, ["level", "k_account", "n_account", "m10"], MOVES)
    assert spec is not None
    assert [row["m10"] for row in spec["data"]["values"]] == [4000.0, 80.5, 2.0, -1200.0]


def test_only_rows_of_which_a_figure_was_told_are_drawn() -> None:
    """A statement that was asked for three rows may hold a fourth."""
    book = ReceiptBook()
    receipt = book.add_receipt("metric", "query_metrics", ["level", "k_account", "n_account", "m10"], MOVES)
    for n in (1, 2, 3):
        book.add_figure(receipt, "Change", 1.0, "EUR", cell=(n, "m10"))
    spec = vega_lite(MOVERS, Renderer(book))
    assert spec is not None
    assert [row["k_account"] for row in spec["data"]["values"]] == ["A1", "A3", "A2"]


def test_bars_that_share_a_name_carry_their_ids() -> None:
    spec = drawn(MOVERS, ["level", "k_account", "n_account", "m10"], MOVES)
    assert spec is not None
    assert spec["usermeta"]["meterline"]["names"] == ["Orion", "Vela (A3)", "A4", "Vela (A2)"]


def test_of_many_bars_the_largest_are_drawn_and_that_is_said() -> None:
    rows: Rows = [[1, f"A{n}", f"Account {n}", float(n)] for n in range(40)]
    spec = drawn(MOVERS, ["level", "k_account", "n_account", "m10"], rows)
    assert spec is not None
    assert [row["m10"] for row in spec["data"]["values"]] == [float(n) for n in range(39, 39 - MAX_BARS, -1)]
    assert spec["title"]["subtitle"] == ["Net consumption · 1 Jun to 28 Jun 2026 · 12 largest"]


@pytest.mark.parametrize(
    ("chart", "rows"),
    [
        (TREND.model_copy(update={"y": "M99"}), WEEKS),
        (TREND.model_copy(update={"receipt": "R9"}), WEEKS),
        (TREND, WEEKS[:2]),
        (TREND, [[1, "no day", 1.0], [1, "nor this", 2.0]]),
        (TREND.model_copy(update={"mark": "bar"}), [[1, "a", 0.0], [1, "b", 0.0]]),
    ],
    ids=["no such column", "no such receipt", "a single week", "no days", "nothing but zeros"],
)
def test_what_cannot_be_drawn_is_no_chart(chart: Chart, rows: Rows) -> None:
    assert drawn(chart, ["level", "k_week", "m01"], rows) is None


def test_a_month_just_begun_is_drawn_open_and_that_is_said() -> None:
    rows: Rows = [[1, "2026-04-01", 5.0], [1, "2026-05-01", 6.0], [1, "2026-06-01", 2.0]]
    chart = TREND.model_copy(update={"x": "month"})
    window = Window(start=date(2026, 4, 1), end=date(2026, 6, 11))
    spec = drawn(chart, ["level", "k_month", "m01"], rows, window=window)
    assert spec is not None
    assert spec["title"]["subtitle"] == ["Net consumption · 1 Apr to 11 Jun 2026 · an open point stands for a part of it"]
    assert "2026-06-01" in json.dumps(spec["layer"][-1])
    assert "2026-05-01" not in json.dumps(spec["layer"][-1])


@pytest.mark.parametrize(("unit", "expected"), [("EUR", "€1.5"), ("CHF", "CHF 1.5"), ("credit", "1.5"), ("%", "150%"), ("ratio", "1.5×")])
def test_the_axis_is_in_the_companys_unit(unit: str, expected: str) -> None:
    spec = drawn(TREND, ["level", "k_week", "m01"], [[1, "2026-06-01", 1.5], [1, "2026-06-08", 1.5]], unit)
    assert spec is not None
    assert f">{expected}<" in svg(spec)


def test_days_read_as_people_write_them() -> None:
    spec = drawn(TREND, ["level", "k_week", "m01"], WEEKS)
    assert spec is not None
    text = svg(spec)
    assert ">1 Jun 2026<" in text
    assert ">22 Jun<" in text


def test_hostile_names_stay_names() -> None:
    name = '"] + alert(1) + ["<script>\'\\u2028'
    rows: Rows = [[1, "A1", name, 2.0], [1, "A2", "Vela", 1.0]]
    spec = drawn(MOVERS, ["level", "k_account", "n_account", "m10"], rows)
    assert spec is not None
    assert "<script" not in svg(spec)


def test_a_title_that_is_not_proved_takes_its_chart_along() -> None:
    book = ReceiptBook()
    book.add_receipt("metric", "query_metrics", ["level", "k_week", "m01"], WEEKS)
    shown = TREND.model_copy(update={"title": "Orion by week"})
    draft = Draft(headline=Sentence(text="Calm."), charts=[shown, TREND.model_copy(update={"title": "Orion grew to 4711"})])
    verified = check(draft, book, names=["Orion"])
    assert [chart.title for chart in verified.draft.charts] == ["Orion by week"]
    assert [w.text for w in verified.withheld] == ["Orion grew to 4711"]


# Files ----------------------------------------------------------------------------------------------------------


def test_several_charts_go_to_numbered_files(tmp_path: Path) -> None:
    spec = drawn(TREND, ["level", "k_week", "m01"], WEEKS)
    assert spec is not None
    written = write([spec, spec], tmp_path / "trend.svg")
    assert [path.name for path in written] == ["trend.svg", "trend-2.svg"]
    assert all(path.read_text(encoding="utf-8").startswith("<svg") for path in written)


def test_nothing_to_draw_is_said_with_what_to_ask_for(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing to draw.*by week"):
        write([], tmp_path / "trend.svg")


def test_only_png_and_svg_are_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"must end in \.png or \.svg; it is 'chart\.pdf'"):
        checked_path(tmp_path / "chart.pdf")
    with pytest.raises(UserError, match="There is no folder"):
        checked_path(tmp_path / "none" / "chart.svg")


def test_what_happened_stands_on_its_day_above_the_values() -> None:
    columns = ["day", "actual", "usual", "event"]
    rows: Rows = [["2026-06-01", 10.0, None, None], ["2026-06-02", 30.0, 11.0, "begins"], ["2026-06-03", 12.0, 11.0, "over"]]
    roles = {"target": "usual", "low": "usual", "high": "actual", "events": "event"}
    made = drawn(Chart(receipt="R1", title="Orion rose", x="day", y="actual", mark="projection", **roles), columns, rows)
    assert made is not None
    marks = [layer["mark"]["type"] for layer in made["layer"]]
    assert marks == ["area", "line", "line", "rule", "text"]
    assert drawn_words(made) == {"said left": {"2026-06-02": "begins", "2026-06-03": "over"}}
    lines = [layer for layer in made["layer"] if layer["mark"]["type"] == "line"]
    assert all(layer["encoding"]["y"]["scale"]["domainMax"] > 30.0 for layer in lines)
    assert made["layer"][-1]["transform"][0] == {"filter": 'isValid(datum["event"])'}
    assert png(made)


def drawn_words(made: dict[str, Any]) -> dict[str, dict[str, str]]:
    """By layer: day -> what is written beside its line."""
    layers = [layer for layer in made["layer"] if str(layer.get("name")).startswith("said")]
    return {layer["name"]: json.loads(layer["transform"][-1]["calculate"].partition("}")[0] + "}") for layer in layers}


def test_words_of_days_close_together_stand_on_both_sides_and_then_share_a_line() -> None:
    """In 640 pixels of 101 days one is not quite 6 wide, a line of text is 13; in 320 it is half as much."""
    words = {10: "begins", 11: "ticket", 12: "note", 60: "call", 63: "over"}
    rows: Rows = [[(date(2026, 1, 1) + timedelta(days=at)).isoformat(), 10.0 + at % 3, words.get(at)] for at in range(101)]
    chart = Chart(receipt="R1", title="Orion rose", x="day", y="actual", mark="projection", low="actual", high="actual", events="event")
    made = drawn(chart, ["day", "actual", "event"], rows)
    assert made is not None
    left, right = {"2026-01-11": "begins", "2026-03-02": "call", "2026-03-05": "over"}, {"2026-01-12": "ticket  ·  note"}
    assert drawn_words(made) == {"said left": left, "said right": right}
    narrow = resized(copy.deepcopy(made), 320)
    assert drawn_words(narrow) == {
        "said left": {"2026-01-11": "begins", "2026-03-02": "call"},
        "said right": {"2026-01-12": "ticket  ·  note", "2026-03-05": "over"},
    }
    assert png(narrow)
