"""Charts where people meet them: a plot in the terminal, a file, a picture on the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from meterline.answer import Answer, Chart
from meterline.charts import vega_lite
from meterline.desk import Desk
from meterline.faces.api import create_app
from meterline.faces.cli import main
from meterline.faces.plot import plot
from meterline.render import Renderer
from meterline_tools.receipts import ReceiptBook
from tests.agent.faces.scripted_desk import ScriptedDesk

Rows = list[list[Any]]
NAMES = ["Lumière & Fils Holding International", "Zamek", "Orion", "Vela"]


def spec(chart: Chart, columns: list[str], rows: Rows, unit: str = "EUR") -> dict[str, Any]:
    book = ReceiptBook()
    receipt = book.add_receipt("metric", "query_metrics", columns, rows)
    for n in range(len(rows)):
        book.add_figure(receipt, "Net consumption", 1.0, unit, cell=(n, chart.y))
    made = vega_lite(chart, Renderer(book))
    assert made is not None
    return made


def movers() -> dict[str, Any]:
    rows: Rows = [[1, f"A{n}", name, value] for n, (name, value) in enumerate(zip(NAMES, (4000.0, 1000.0, -500.0, -2000.0), strict=True))]
    chart = Chart(receipt="R1", title="Lumière & Fils moved most", x="account", y="m10", mark="bar")
    return spec(chart, ["level", "k_account", "n_account", "m10"], rows)


def trend(values: list[float], series: bool = False) -> dict[str, Any]:
    rows: Rows = [[1, f"2026-{n + 1:02}-01", name, v] for name in (("emea", "mid_apj") if series else ("",)) for n, v in enumerate(values)]
    chart = Chart(receipt="R1", title="Consumption by month", x="month", y="m01", series="region" if series else "")
    return spec(chart, ["level", "k_month", "k_region", "m01"], rows)


def burn_down() -> dict[str, Any]:
    rows: Rows = [[f"2026-{n + 1:02}-01", 10.0 * n, None, None, None, 12.0 * n] for n in range(6)]
    rows[5] = ["2026-06-01", 50.0, 50.0, 50.0, 50.0, 60.0]
    rows += [[f"2026-{n + 1:02}-01", None, 10.0 * n, 8.0 * n, 14.0 * n, 12.0 * n] for n in range(6, 12)]
    columns = ["day", "drawn_so_far", "projected", "projected_low", "projected_high", "straight_line"]
    chart = Chart(
        receipt="R1",
        title="Orion burns down",
        x="day",
        y="drawn_so_far",
        mark="projection",
        ahead="projected",
        low="projected_low",
        high="projected_high",
        target="straight_line",
    )
    return spec(chart, columns, rows)


def test_movers_are_bars_on_both_sides_of_one_zero() -> None:
    # 60 wide: 20 for names, 5 for values, 32 for bars; zero lies after 32 * 2000 / 6000 = 11 of them
    assert plot(movers(), 60).plain.splitlines() == [
        "Lumière & Fils moved most",
        "Lumière & Fils Hold… " + " " * 11 + "█" * 21 + " €4k",
        "Zamek                " + " " * 11 + "█" * 5 + " €1k",
        "Orion                " + " " * 8 + "█" * 3 + " -€500",
        "Vela                 " + "█" * 11 + " -€2k",
    ]


def test_a_trend_is_columns_from_zero_with_its_days() -> None:
    lines = plot(trend([8000.0, 4000.0, 2000.0]), 60).plain.splitlines()
    assert [line.rstrip() for line in lines] == [
        "Consumption by month",
        "     €8k ┤█████",
        "         │█████",
        "         │█████",
        "         │█████",
        "     €4k ┤█████ █████",
        "         │█████ █████",
        "         │█████ █████ █████",
        "         │█████ █████ █████",
        "          1 Jan        1 Mar",
    ]


def test_the_amounts_beside_a_plot_are_never_cut() -> None:
    """Half an amount is another amount: NOK 6.66k was once NOK 6.66."""
    chart = trend([6660.0, 3330.0])
    chart["usermeta"]["meterline"]["unit"] = "NOK"
    lines = plot(chart, 60).plain.splitlines()[1:9]
    assert (lines[0].split("┤")[0].strip(), lines[4].split("┤")[0].strip()) == ("NOK 6.66k", "NOK 3.33k")
    assert len({min(line.find(sign) for sign in "┤│" if sign in line) for line in lines}) == 1


def test_several_series_are_a_line_each_on_one_scale() -> None:
    lines = plot(trend([8000.0, 4000.0, 10.0], series=True), 60).plain.splitlines()
    assert lines[1:] == ["emea    █▄▁ €10.00", "mid apj █▄▁ €10.00"]


def test_a_burn_down_shows_what_happened_what_is_expected_and_the_line() -> None:
    text = plot(burn_down(), 80).plain
    assert all(sign in text for sign in "█▒░·─")
    assert "█ drawn so far   ▒ projected   ░ projected high   · straight line" in text


WIDE: dict[str, Callable[[], dict[str, Any]]] = {
    "movers": movers,
    "burn-down": burn_down,
    "year": lambda: trend([float(n) for n in range(1, 13)]),
    "series": lambda: trend([5.0, 6.0], series=True),
}


@pytest.mark.parametrize("width", [100, 80, 60, 40])
@pytest.mark.parametrize("kind", WIDE)
def test_no_line_is_wider_than_the_terminal(kind: str, width: int) -> None:
    assert max(map(len, plot(WIDE[kind](), width).plain.splitlines())) <= width


def test_names_cannot_steer_the_terminal() -> None:
    rows: Rows = [[1, "A1", "Evil\x1b[31m", 2.0], [1, "A2", "Vela", 1.0]]
    chart = Chart(receipt="R1", title="x", x="account", y="m10", mark="bar")
    assert "\x1b" not in plot(spec(chart, ["level", "k_account", "n_account", "m10"], rows), 60).plain


# The command line ------------------------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, desk: ScriptedDesk, *arguments: str) -> int:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(Desk, "open", lambda settings=None: desk)
    try:
        main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize(("name", "begins"), [("trend.svg", b"<svg"), ("trend.PNG", b"\x89PNG")])
def test_a_chart_is_written_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, answer: Answer, name: str, begins: bytes
) -> None:
    desk = ScriptedDesk(answer.model_copy(update={"charts": [movers()]}))
    assert run(monkeypatch, desk, "ask", "Movers?", "--chart", str(tmp_path / name)) == 0
    assert (tmp_path / name).read_bytes().startswith(begins)
    out = capsys.readouterr().out
    assert f"Chart written to {tmp_path / name}." in out
    assert "Vela" in out


def test_json_stays_json_when_a_chart_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, answer: Answer
) -> None:
    desk = ScriptedDesk(answer.model_copy(update={"charts": [movers()]}))
    assert run(monkeypatch, desk, "ask", "Movers?", "--json", "--chart", str(tmp_path / "a.svg")) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["charts"][0] == movers()
    assert "Chart written" in captured.err


def test_another_ending_is_refused_before_the_question_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    desk = ScriptedDesk(answer)
    assert run(monkeypatch, desk, "ask", "Movers?", "--chart", "movers.pdf") == 2
    assert desk.asked == []
    assert "--chart must end in .png or .svg; it is 'movers.pdf'." in capsys.readouterr().err


def test_nothing_to_draw_is_said_after_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    assert run(monkeypatch, ScriptedDesk(answer), "ask", "How much?", "--chart", "a.svg") == 2
    captured = capsys.readouterr()
    assert "Vitrolux" in captured.out
    assert "There is nothing to draw in this answer. Ask for a trend" in captured.err


# The page --------------------------------------------------------------------------------------------------------


class _Charted(ScriptedDesk):
    def chart(self, thread_id: str, chart_id: str) -> dict[str, Any] | None:
        return movers() if (thread_id, chart_id) == ("t1", "c1") else None


@pytest.fixture
def service() -> TestClient:
    return TestClient(create_app(cast(Desk, _Charted())), base_url="http://127.0.0.1:8420", raise_server_exceptions=False)


def test_the_page_gets_a_picture_of_its_own_width(service: TestClient) -> None:
    response = service.get("/v1/threads/t1/charts/c1.svg?width=320&dark=true")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/svg+xml")
    assert 'width="320"' in response.text
    assert "<script" not in response.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/threads/t1/charts/c2.svg", 404),
        ("/v1/threads/t9/charts/c1.svg", 404),
        ("/v1/threads/t1/charts/c1.svg?width=9000", 422),
    ],
)
def test_a_chart_that_is_not_there_is_said(service: TestClient, path: str, status: int) -> None:
    assert service.get(path).status_code == status
