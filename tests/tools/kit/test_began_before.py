"""A change that began before the days asked about is told from its beginning."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from meterline.desk import Desk
from meterline.settings import Settings
from tests.companies import one_account

FIRST, DAYS = date(2025, 10, 1), 274
BEGAN = date(2026, 4, 20)


def test_who_asks_late_hears_of_the_same_beginning(tmp_path: Path) -> None:
    """The kiln's 100 euros a day sink by a sixth a day from 20 April and end on 10 May: its end was told of as the beginning."""

    def jitter(day: date, step: int) -> float:
        return 1.5 * (day.toordinal() * step % 5)

    def kiln(day: date) -> float:
        since = (day - BEGAN).days
        return 0.0 if since >= 20 else (100 + jitter(day, 7)) * 0.83 ** max(0, since)

    spent = {"glazes": lambda day: 240 + jitter(day, 11), "kiln": kiln}
    desk = Desk.open(Settings(home=one_account(tmp_path, spent, FIRST, DAYS)))
    for window in ("April 2026", "2026-05-30..2026-06-29", "June 2026"):
        began = next(f.value for f in desk.explain("Quarry Works", window).figures if f.label == "first day")
        assert abs(date.fromisoformat(str(began)) - BEGAN) <= timedelta(days=4), window
    desk.close()
