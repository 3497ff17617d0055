"""From the command line through the whole house: a company is loaded, asked about and written about."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from meterline.desk import Desk
from meterline.faces.api import create_app
from meterline.faces.cli import main
from meterline.settings import Settings
from tests.companies import DemoCompany, SmallCompany


def meterline(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_company_with_three_tables_is_loaded_and_its_figures_are_right(
    small_company: SmallCompany, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(tmp_path / "home")
    code, out, _ = meterline(capsys, "load", str(small_company.folder), "--home", home)
    assert code == 0
    assert "Loaded" in out
    _, out, _ = meterline(capsys, "ask", "How much did Zamek Ceramics use in May 2026?", "--home", home, "--json")
    answer = json.loads(out)
    figure = next(f for f in answer["figures"] if f["metric"] == "M01")
    assert figure["value"] == pytest.approx(small_company.usd("K-300", date(2026, 5, 1), date(2026, 5, 31)))
    assert (figure["unit"], figure["window"]) == ("EUR", {"from": "2026-05-01", "to": "2026-05-31"})
    assert "€" in answer["headline"]


def test_a_second_load_changes_nothing(small_company: SmallCompany, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["load", str(small_company.folder), "--home", str(tmp_path / "home"), "--json"]
    first = json.loads(meterline(capsys, *arguments)[1])
    second = json.loads(meterline(capsys, *arguments)[1])
    assert (first["status"], second["status"]) == ("loaded", "unchanged")
    assert first["snapshot_id"] == second["snapshot_id"]


def test_a_broken_row_is_rejected_by_line_and_reason_while_the_rest_loads(
    small_company: SmallCompany, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = small_company.folder / "usage_daily.csv"
    lines = usage.read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace("2025-11-01", "the first", 1)
    usage.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, _ = meterline(capsys, "load", str(small_company.folder), "--home", str(tmp_path / "home"))
    assert code == 0
    assert "usage_daily.csv line 5, usage_date: " in out
    assert "Loaded" in out


def test_without_a_company_there_is_one_line_that_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["ask", "How much?"], ["explain", "X"], ["chat"], ["coverage"], ["serve"]):
        code, out, err = meterline(capsys, *command, "--home", str(tmp_path / "empty"))
        assert (code, out) == (2, "")
        assert err == "meterline: No company is loaded yet. Run `meterline demo` or `meterline load PATH`.\n"


def test_coverage_tells_what_is_off_for_want_of_a_table(small_company_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = meterline(capsys, "coverage", "--home", str(small_company_home))
    assert "quota" in out
    assert "no attainment" in out


def test_a_foreign_account_and_one_that_does_not_exist_get_the_same_words(
    small_company_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(small_company_home), "--json", "--as", "paal@vitrolux.example"]
    foreign = json.loads(meterline(capsys, "ask", "How much did Zamek Ceramics use in May 2026?", *home)[1])
    unknown = json.loads(meterline(capsys, "ask", "How much did Zamfir Ceramics use in May 2026?", *home)[1])
    assert foreign["headline"].replace("Zamek", "Zamfir") == unknown["headline"]
    assert "not found or not visible to you" in foreign["headline"]


def test_the_command_line_and_the_service_give_the_same_figures(demo_company: DemoCompany, capsys: pytest.CaptureFixture[str]) -> None:
    question = "How is Lars Lindqvist doing over the last 30 days?"
    printed = json.loads(meterline(capsys, "ask", question, "--json", "--home", str(demo_company.home))[1])
    desk = Desk.open(Settings(home=demo_company.home))
    with TestClient(create_app(desk), base_url="http://127.0.0.1:8420") as service:
        served = service.post("/v1/ask", json={"question": question}).json()
    desk.close()
    assert printed["figures"]
    assert served["figures"] == printed["figures"]
    assert served.keys() == printed.keys()


def test_the_headline_figure_of_a_scorecard_equals_sql_written_by_hand(
    demo_company: DemoCompany, capsys: pytest.CaptureFixture[str]
) -> None:
    """Credit by dated assignment, usage of consumption products only, what had arrived by the time of knowledge."""
    out = meterline(capsys, "ask", "How is Lars Lindqvist doing over the last 30 days?", "--json", "--home", str(demo_company.home))[1]
    answer = json.loads(out)
    figure = next(f for f in answer["figures"] if f["metric"] == "M01")
    assert figure["window"]["to"] == answer["d1"]
    assert figure["value"] == pytest.approx(_credited(demo_company, "Lars Lindqvist", figure["window"], answer["known_at"]), abs=0.005)


def _credited(company: DemoCompany, rep: str, window: dict[str, str], known_at: str) -> Any:
    import duckdb

    files = company.files
    with (files / "rep.csv").open(encoding="utf-8") as handle:
        rep_id = next(row["rep_id"] for row in csv.DictReader(handle) if row["full_name"] == rep)
    usage = next(files.glob("usage_daily.*"))
    return duckdb.execute(
        f"""
        SELECT sum(u.effective_cost * a.credit_pct) FROM '{usage}' u
        JOIN read_csv('{files / "account_assignment.csv"}', header = true) a ON a.account_id = u.account_id
         AND u.usage_date >= a.valid_from AND (a.valid_to IS NULL OR u.usage_date < a.valid_to)
        JOIN read_csv('{files / "sku.csv"}', header = true) s ON s.sku_id = u.sku_id AND s.is_consumption
        WHERE a.rep_id = $rep AND u.charge_category = 'Usage'
          AND u.usage_date BETWEEN $start AND $end AND u.ingested_at <= CAST($known AS TIMESTAMP)
        """,
        {"rep": rep_id, "start": window["from"], "end": window["to"], "known": known_at},
    ).fetchall()[0][0]


@pytest.mark.parametrize(("suffix", "start"), [(".md", "# "), (".html", "<!doctype html>")])
def test_a_brief_is_written_as_a_file(
    demo_company: DemoCompany, tmp_path: Path, suffix: str, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"brief{suffix}"
    code, printed, _ = meterline(capsys, "brief", "Halvorsen Marine", "--out", str(out), "--home", str(demo_company.home))
    assert (code, printed) == (0, f"Brief written to {out}.\n")
    text = out.read_text(encoding="utf-8")
    assert text.lower().startswith(start)
    assert "Halvorsen Marine" in text


def test_the_installed_command_works_from_any_folder(small_company_home: Path, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("meterline")
    done = subprocess.run(
        [command, "ask", "How much did we use in May 2026?", "--home", small_company_home],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Asked as local admin" in done.stdout


def test_a_refused_load_is_no_success(small_company: SmallCompany, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (small_company.folder / "usage_daily.csv").open("a", newline="") as handle:
        handle.write("2026-06-01,NOBODY,scan.unit,5.0,2026-06-02 06:00:00\r\n")
    code, out, _ = meterline(capsys, "load", str(small_company.folder), "--home", str(tmp_path / "home"))
    assert code == 1
    assert "NOBODY" in out
