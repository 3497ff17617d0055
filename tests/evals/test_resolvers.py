"""Expected figures against a company worked out by hand, and the clock they are reckoned by."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterline_evals.binding import bound_all
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Task
from meterline_evals.picks import PICKS
from meterline_evals.resolvers import RESOLVERS
from tests.evals.hand_made import write, write_company


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CompanyFiles:
    return write_company(tmp_path_factory.mktemp("company"))


def test_days_follow_the_fiscal_calendar(files: CompanyFiles) -> None:
    assert files.day("d1-9") == date(2026, 3, 1)
    assert files.day("fy0") == files.day("fq0") == date(2026, 2, 1)
    assert (files.day("pfq0"), files.day("ppfq0"), files.day("pfy0")) == (date(2025, 11, 1), date(2025, 8, 1), date(2025, 2, 1))
    assert (files.day("pm0"), files.day("m0-1"), files.day("ppm0")) == (date(2026, 2, 1), date(2026, 2, 28), date(2026, 1, 1))
    assert files.fiscal_year_label() == 2027
    with pytest.raises(ValueError, match="no day expression"):
        files.day("soon?")


@pytest.mark.parametrize(
    ("name", "args", "value"),
    [
        ("consumption", {"start": "2026-03-01", "end": "d1"}, 190.0),  # 150 + 40: tax, support, late and unsettled rows are out
        ("consumption", {"start": "2026-03-01", "end": "d1", "industry": "retail"}, 150.0),
        ("consumption", {"start": "fy0", "end": "d1", "full_name": "Ana"}, 100.0),  # before the handover only
        ("consumption", {"start": "fy0", "end": "d1", "full_name": "Bo"}, 250.0),  # 150 after it, and his own 100
        ("team_consumption", {"start": "fy0", "end": "d1", "manager": "Cleo"}, 350.0),
        ("list_consumption", {"start": "2026-03-01", "end": "d1"}, 220.0),
        ("units", {"start": "2026-03-01", "end": "d1"}, 19.0),
        ("annualised", {"start": "2026-03-01", "end": "d1"}, 190 / 10 * 365),
        ("growth", {"start": "2026-03-01", "end": "d1"}, 190 / 160 - 1),
        ("change", {"start": "2026-03-01", "end": "d1"}, 30.0),
        ("year_on_year", {"start": "d1-27", "end": "d1"}, 350 / 250 - 1),  # 5 March 2025 is 364 days before 4 March 2026
        ("largest_change", {"start": "2026-03-01", "end": "d1", "sign": 1}, 50.0),
        ("largest_change", {"start": "2026-03-01", "end": "d1", "sign": -1}, -20.0),
        ("discount", {}, 1 - 350 / 400),
        ("unit_price", {"sku_name": "Run"}, 350 / 35),
        ("incremental_arr", {}, 350 / 91 * 365),  # nothing was used in the 91 days before 1 February
        ("latest_week", {}, (190.0, 0.0, 0.0, 190.0)),  # to Tuesday 10 March; Monday 9 and Sunday 8 bring nothing; 2 to 8 March
        ("customers", {}, 2),
        ("customers_over", {"over": 240}, 1),  # Aster: 250; what it used on 5 March 2025 is more than 365 days ago
        ("new_logos", {}, 0),
        ("concentration", {"top": 1}, 250 / 350),
        ("adopters", {"sku_family": "Compute"}, 2),
        ("largest_of", {"column": "industry", "start": "d1-27", "end": "d1"}, 250.0),
        ("incremental_fytd", {"rep": "Ana"}, 100 - 365 * 38 / 365),  # 38 of 365 days, newest quota version
        ("attainment_to_date", {"rep": "Ana"}, 62 / 730),
        ("attainment_pace", {"rep": "Ana"}, 62 / (730 * 38 / 365)),
        ("pace_gap", {"rep": "Ana"}, 62 - 76),
        ("team_pace", {"manager": "Cleo"}, 62 / 76),
        ("required_run_rate", {"rep": "Ana"}, (1095 - 100) / 327 * 365),
        ("nrr_point", {}, (350 / 250, 350 / 250)),
        ("retention_cohort", {}, (2, 2)),
        ("grr", {}, 1.0),  # both used more than a year ago
        ("logo_churn", {}, 0.0),
        ("rpo", {}, 700.0),  # the draft does not count, and nothing was drawn
        ("renewal_rate", {}, 0.7),
        ("created", {"start": "d1-29", "end": "d1"}, 2),  # the churn alarm once, and the idea that was lost
        ("slipped", {"start": "d1-29", "end": "d1"}, (2, 2)),  # one moved later, one passed; what was pulled in did not slip
        ("slipped", {"start": "d1-29", "end": "d1", "measure": "usd"}, (400, 400)),
        ("pipeline", {}, 500.0),
        ("pipeline", {"full_name": "Ana"}, 0.0),
        ("vouchers_outstanding", {}, 3),
        ("certified_share", {"program": "Basics"}, (0.5, 0.5)),  # Bo's has expired; a manager is not in scope
    ],
)
def test_resolvers_compute_what_a_person_would(files: CompanyFiles, name: str, args: dict[str, Any], value: Any) -> None:
    assert RESOLVERS[name](files, **args) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "args", "value"),
    [
        ("account", {}, "Aster"),
        ("account", {"rank": 2}, "Birch"),
        ("account", {"rank": 3}, None),
        ("foreign_account", {"rep": "Ana"}, "Birch"),
        ("rep", {}, "Bo"),
        ("rep_with_quota", {}, "Ana"),
        ("rep_without_quota", {}, "Bo"),
        ("nickname", {}, None),  # Bobo has no quota
        ("called", {"nickname": "Bobo"}, "Bo"),
        ("shared_first_name", {}, None),
        ("manager", {}, "Cleo"),
        ("committed_account", {}, "Aster"),
        ("value", {"column": "industry"}, "retail"),
        ("month_word", {}, "February"),
    ],
)
def test_picks_find_names_in_the_tables(files: CompanyFiles, name: str, args: dict[str, Any], value: str | None) -> None:
    assert PICKS[name](files, **args) == value


def test_a_question_is_put_only_to_a_company_that_it_fits(files: CompanyFiles) -> None:
    def ask(task_id: str, **more: Any) -> Task:
        return Task(id=task_id, intent="I03", style="leader", question="{acc}?", bind={"acc": {"pick": "account"}}, **more)

    tasks = [
        ask("kept"),
        ask("needs a table", needs=["forecast"]),
        ask("must lack a table", lacks=["quota"]),
        Task(id="follows", intent="I03", style="follow-up", question="and {acc} later?", after="kept"),
        Task(id="follows nothing", intent="I03", style="follow-up", question="and?", after="needs a table"),
        Task(id="nobody to name", intent="I03", style="leader", question="{acc}?", bind={"acc": {"pick": "account", "args": {"rank": 9}}}),
    ]
    assert [(t.id, t.question) for t in bound_all(tasks, files)] == [("kept", "Aster?"), ("follows", "and Aster later?")]


def test_the_last_complete_day_is_found_apart_from_the_warehouse(tmp_path: Path) -> None:
    """Ten rows a day from 1 February; of 8 March only nine are in. Settled is what is three days old on 12 March."""
    (tmp_path / "company.yaml").write_text("as_of: 2026-03-12T12:00:00\nsettle_lag_days: 3\n")
    days = [date(2026, 2, 1) + timedelta(days=n) for n in range(39)]
    counted = [(day, 9 if day in (date(2026, 3, 8), date(2026, 3, 9)) else 10) for day in days]
    usage = [
        {"usage_date": day, "effective_cost": 5, "ingested_at": f"{day} 23:00:00", "charge_category": "Usage", "charge_class": None}
        for day, n in counted
        for _ in range(n)
    ]
    write(tmp_path, "usage_daily", usage)
    assert CompanyFiles(tmp_path).d1 == date(2026, 3, 7)
