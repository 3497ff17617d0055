"""The asker's time zone decides which day is today: the rep's own, else the company's, else UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from meterline.asked import conversation_state
from meterline.desk import Desk
from meterline.settings import Settings
from meterline_tools.catalog.periods import resolve_period
from meterline_tools.warehouse.asof import AsOf, known_timezone

EVENING = datetime(2026, 8, 18, 20)  # UTC: it is noon in Los Angeles, and the next morning in Tokyo


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("zones")
    _write(folder / "files")
    desk = Desk(Settings(home=folder / "home"))
    assert desk.load([folder / "files"]).status == "loaded"
    yield desk
    desk.close()


def _write(files: Path) -> None:
    files.mkdir()
    (files / "company.yaml").write_text("name: Zonal\ntimezone: America/Los_Angeles\n", encoding="utf-8")
    people = "rep_id,full_name,role,timezone\nP1,Aya Mori,core,Asia/Tokyo\nP2,Bo Lind,core,\nP3,Cy Dale,core,Middle Earth\n"
    (files / "rep.csv").write_text(people, encoding="utf-8")
    (files / "account.csv").write_text("account_id,account_name,owner_rep_id\nA1,Lumen,P1\n", encoding="utf-8")
    usage = "".join(f"2026-08-{day:02d},A1,10,2026-08-{day + 1:02d} 02:00:00\n" for day in range(1, 18))
    (files / "usage_daily.csv").write_text("usage_date,account_id,effective_cost,ingested_at\n" + usage, encoding="utf-8")


@pytest.mark.parametrize(
    ("asker", "zone", "today"),
    [
        ("P1", "Asia/Tokyo", date(2026, 8, 19)),
        ("P2", "America/Los_Angeles", date(2026, 8, 18)),  # the rep table says nothing
        ("P3", "America/Los_Angeles", date(2026, 8, 18)),  # what it says is no time zone
        (None, "America/Los_Angeles", date(2026, 8, 18)),
    ],
)
def test_a_question_is_asked_on_the_askers_day(desk: Desk, asker: str | None, zone: str, today: date) -> None:
    bench = desk.workbench(asker, EVENING)
    assert (bench.asof.timezone, bench.asof.local_today) == (zone, today)
    state = conversation_state(bench, {})
    assert (state["today"], state["timezone"]) == (today.isoformat(), zone)


def test_usage_days_and_the_last_complete_day_are_the_same_for_everybody(desk: Desk) -> None:
    benches = [desk.workbench(asker, EVENING) for asker in ("P1", "P2")]
    assert {(bench.asof.d1, bench.asof.today) for bench in benches} == {(date(2026, 8, 15), date(2026, 8, 18))}
    tokyo, los_angeles = (resolve_period("4 days ago", bench.asof, bench.calendar).window.start for bench in benches)
    assert (tokyo, los_angeles) == (date(2026, 8, 15), date(2026, 8, 14))


def test_the_first_name_that_is_a_time_zone_counts() -> None:
    assert known_timezone(None, "", "Europe/Oslo") == "Europe/Oslo"
    assert known_timezone(" Asia/Tokyo ", "Europe/Oslo") == "Asia/Tokyo"
    assert known_timezone("../../etc/passwd", "America", "nowhere") == "UTC"
    assert AsOf(EVENING, date(2026, 8, 15)).local_today == date(2026, 8, 18)
