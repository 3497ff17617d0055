"""The cause ledger: what somebody confirms here is counted, told and not asked again; what is rejected is gone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from meterline.answer import Question
from meterline.causes import CauseStore, Decision
from meterline.desk import Desk
from meterline.faces.cli import cli
from meterline.settings import Settings
from meterline_tools.errors import MeterlineError, UserError
from tests.companies import load_folder

FIRST, DAYS = date(2025, 12, 1), 213
PULSE = (date(2026, 5, 11), date(2026, 5, 20))
USUAL, HIGH = 100.0, 350.0
EXCESS = 10 * (HIGH - USUAL)
"""Ten days of the pulse, by hand."""
RAW = (91 * USUAL + EXCESS) / 91 * 365
"""Consumption ARR over the last 91 days, all of which hold the pulse."""
WINDOW = "May 2026"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Two accounts of two reps; one has ten days at three and a half times its even level, and nothing says why."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "company.yaml").write_text("name: Plainfield\ncurrency: EUR\n", encoding="utf-8")
    _csv(folder / "rep.csv", ["rep_id", "full_name", "role"], [["R1", "Ada Moss", "core"], ["R2", "Ben Stone", "core"]])
    _csv(
        folder / "account.csv",
        ["account_id", "account_name", "owner_rep_id"],
        [["K1", "Quarry Works", "R1"], ["K2", "Mill Street", "R2"]],
    )
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    rows = [
        [day, account, "compute", workload, usd, f"{day + timedelta(days=1)} 05:00:00"]
        for day in days
        for account, workload, usd in (
            ("K1", "loader", HIGH - USUAL + 40 if PULSE[0] <= day <= PULSE[1] else 40.0),
            ("K1", "reports", 60.0),
            ("K2", "ovens", 80.0),
        )
    ]
    _csv(folder / "usage_daily.csv", ["usage_date", "account_id", "sku_id", "workload_id", "effective_cost", "ingested_at"], rows)
    with_desk = Desk.open(Settings(home=load_folder(folder, tmp_path / "home")))
    yield with_desk
    with_desk.close()


def _csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def arr(desk: Desk) -> dict[str, float]:
    """Raw and durable ARR of the account, as answered."""
    answer = desk.ask(Question(text="consumption ARR and durable ARR of Quarry Works"))
    found: dict[str, float] = {}
    for figure in answer.figures:
        if figure.metric in ("M06", "M07") and figure.unit.startswith("EUR"):
            found.setdefault(figure.metric, float(figure.value or 0.0))  # what a metric is comes before what was taken out of it
    return found


def test_confirmed_money_leaves_durable_figures_and_only_those(desk: Desk) -> None:
    kept = desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    assert (kept.first, kept.last) == PULSE
    assert kept.excess_usd == pytest.approx(EXCESS, rel=0.02)
    assert kept.removed
    after = arr(desk)
    assert after["M06"] == pytest.approx(RAW)
    assert after["M07"] == pytest.approx(USUAL * 365, rel=0.01)


def test_a_durable_cause_takes_no_money_out(desk: Desk) -> None:
    kept = desk.confirm_cause("Quarry Works", "new use case", window=WINDOW)
    assert not kept.removed
    figures = arr(desk)
    assert figures["M07"] == pytest.approx(figures["M06"])


def test_confirmed_twice_is_one_entry(desk: Desk) -> None:
    once, again = (desk.confirm_cause("Quarry Works", "backfill", window=WINDOW) for _ in range(2))
    assert once.entry_id == again.entry_id
    (entry,) = desk.causes("Quarry Works")
    assert entry.excess_usd == pytest.approx(EXCESS, rel=0.02)


def test_a_confirmed_cause_is_told_and_not_asked_about(desk: Desk) -> None:
    assert desk.explain("Quarry Works", WINDOW).answer_type != "ANSWER"
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    told = desk.explain("Quarry Works", WINDOW)
    assert "re-load" in told.headline
    assert "?" not in told.text
    assert not told.withheld


def test_what_a_person_confirmed_is_no_guess_and_needs_no_second_look(desk: Desk) -> None:
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    told = desk.explain("Quarry Works", WINDOW)
    assert "Most likely" not in told.text
    assert "as the cause ledger has it confirmed" in told.text
    assert [step.split(":")[0] for step in told.next_steps] == ["Nothing to ask"]


def test_the_brief_tells_a_confirmed_cause_as_confirmed(desk: Desk) -> None:
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    (row,) = [line for line in desk.brief("Quarry Works").markdown.splitlines() if line.startswith("| loader")]
    assert row.endswith("a one-time re-load of data it already had; one-time, confirmed |")


@pytest.mark.parametrize(
    "text", ["Why did {} surge in May 2026 and will it last?", "Will the surge of {} in May 2026 last, and what caused it?"]
)
def test_why_and_will_it_last_asked_together_is_one_answer(desk: Desk, text: str) -> None:
    """It printed the whole explanation twice, the second time as "Your other question"."""
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    told = desk.ask(Question(text=text.format("Quarry Works")))
    headings = [line.removeprefix("### ") for line in told.text.splitlines() if line.startswith("### ")]
    assert headings[0] == "Will it last"
    assert {"Is it real", "Where", "Why", "How long", "Do", "Without one-time amounts"} <= set(headings)
    assert len(headings) == len(set(headings))
    assert len(told.charts) == 1
    assert not told.withheld


def test_raw_and_durable_are_not_said_to_agree_where_money_was_taken_out(desk: Desk) -> None:
    question = Question(text="Will the surge of Quarry Works in May 2026 last?")
    assert "so nothing was taken out" in desk.ask(question).text
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    told = desk.ask(question).text
    assert "so the two agree" not in told
    assert "is not in the durable figure" in told
    assert "It is one-time." in told


def test_a_rejected_cause_gives_the_money_back_and_is_not_named(desk: Desk) -> None:
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    (kept,) = desk.reject_cause("Quarry Works", "backfill")
    assert kept.status == "rejected"
    assert arr(desk) == {"M06": pytest.approx(RAW), "M07": pytest.approx(RAW)}
    assert "re-load" not in desk.explain("Quarry Works", WINDOW).headline
    assert [e.status for e in desk.causes("Quarry Works")] == ["rejected"]


def test_without_a_change_there_is_nothing_to_confirm(desk: Desk) -> None:
    with pytest.raises(UserError, match="moved beyond the usual"):
        desk.confirm_cause("Mill Street", "backfill")


def test_an_unexplained_change_asks_for_its_cause(desk: Desk) -> None:
    with pytest.raises(UserError, match="names no cause"):
        desk.confirm_cause("Quarry Works", window=WINDOW)


def test_a_slip_finds_its_cause_and_an_unknown_one_names_the_nearest(desk: Desk) -> None:
    assert desk.confirm_cause("Quarry Works", "bakfill", window=WINDOW).cause.id == "backfill"
    with pytest.raises(UserError, match="Nearest: "):
        desk.confirm_cause("Quarry Works", "sunspots", window=WINDOW)


def test_nobody_decides_of_an_account_out_of_sight(desk: Desk) -> None:
    with pytest.raises(MeterlineError, match="not found or not visible"):
        desk.confirm_cause("Quarry Works", "backfill", window=WINDOW, asker="R2")
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW, asker="R1")
    assert desk.causes(asker="R2") == []
    assert [e.by for e in desk.causes(asker="R1")] == ["R1"]


def test_each_decision_is_on_record(desk: Desk) -> None:
    desk.confirm_cause("Quarry Works", "backfill", window=WINDOW)
    _, seen = desk.who_saw("Quarry Works")
    assert any(record["kind"] == "cause" and "confirmed backfill" in record["question"] for record in seen)
    assert desk.stores.audit.verify().holds


def test_the_store_keeps_a_replaced_row_under_its_own_key(tmp_path: Path) -> None:
    store = CauseStore.in_home(tmp_path)
    days = [(date(2026, 5, 1), 5.0), (date(2026, 5, 2), 7.0)]
    decision = Decision("K1", "", "backfill", "one_time", "rejected", days, "R1", datetime(2026, 6, 1), replaces=["L1", "L2"])
    assert store.decide(decision) == store.decide(decision)
    assert [(r["annotation_id"], r["day"], r["excess_usd"], r["status"]) for r in store.rows()] == [
        ("L1", date(2026, 5, 1), 5.0, "rejected"),
        ("L2", date(2026, 5, 2), 7.0, "rejected"),
    ]
    store.close()


def test_the_command_line_confirms_lists_and_rejects(desk: Desk) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["cause", *words, "--home", str(desk.settings.home)])
        assert done.exit_code == 0, done.output
        return done.output

    assert "No causes are on file" in run("list")
    said = run("confirm", "Quarry Works", "backfill", "--window", WINDOW)
    assert "11 May to 20 May 2026" in said
    assert "leave this money out" in said
    assert "confirmed" in run("list", "Quarry Works")
    assert "Rejected" in run("reject", "Quarry Works", "backfill")
    assert "backfill" in run("list", "--kinds")


def test_the_chart_of_an_explanation_shows_the_usual_the_excess_and_what_happened_when(desk: Desk) -> None:
    (chart,) = desk.explain("Quarry Works", WINDOW).charts
    about, rows = chart["usermeta"]["meterline"], {row["day"]: row for row in chart["data"]["values"]}
    assert (about["y"], about["target"], about["events"]) == ("actual", "usual", "event")
    within = [rows[(PULSE[0] + timedelta(days=n)).isoformat()] for n in range(10)]
    assert sum(row["actual"] - row["usual"] for row in within) == pytest.approx(EXCESS, rel=0.02)
    assert rows["2026-05-10"]["usual"] is None
    assert {day: row["event"] for day, row in rows.items() if row["event"]} == {"2026-05-11": "begins", "2026-05-21": "over"}
