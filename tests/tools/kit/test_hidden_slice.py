"""The answer about a workload that stopped in an account that grew all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from meterline.answer import Answer
from meterline.desk import Desk
from meterline.settings import Settings
from tests.companies import one_account

FIRST, DAYS = date(2026, 1, 1), 182
FELL, ROSE = date(2026, 5, 11), date(2026, 5, 25)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answer]:
    """The kiln's 40 euros a day end on 11 May; the glaze shop's 60 a day become 160 two weeks later."""

    def jitter(day: date) -> float:
        return 0.3 * (day.toordinal() * 7 % 5)

    spent = {
        "glazes": lambda day: (60 if day < ROSE else 160) + jitter(day),
        "kiln": lambda day: 40 + jitter(day) if day < FELL else 0,
    }
    desk = Desk.open(Settings(home=one_account(tmp_path_factory.mktemp("hidden"), spent, FIRST, DAYS)))
    yield desk.explain("Quarry Works", "2026-05-05..2026-05-18")
    desk.close()


def days_of(answer: Answer) -> list[date]:
    """From the fall to the last complete day."""
    assert answer.d1 is not None
    return [FELL + timedelta(days=n) for n in range((answer.d1 - FELL).days + 1)]


def test_the_fall_is_told_as_a_fall_with_its_own_money(answer: Answer) -> None:
    figures = {figure.label: figure for figure in answer.figures}
    days = days_of(answer)
    assert "below baseline" in answer.headline and "kiln" in answer.headline
    assert float(figures["excess over the baseline"].value or 0) == pytest.approx(-40.6, abs=0.3)
    assert float(figures["excess over the baseline, all days"].value or 0) == pytest.approx(-40.6 * len(days), rel=0.02)
    assert float(figures["baseline"].value or 0) == pytest.approx(40.6, abs=0.3)


def test_what_the_account_did_is_said_beside_it(answer: Answer) -> None:
    whole = next(f for f in answer.figures if f.label == "excess of the whole account over its baseline")
    days = days_of(answer)
    assert float(whole.value or 0) == pytest.approx(sum(-40.6 + (100 if day >= ROSE else 0) for day in days) / len(days), abs=1.0)
    assert "The account as a whole ran" in answer.text
    assert "above its baseline in these days: the rest moved the other way" in answer.text
    assert not answer.withheld
