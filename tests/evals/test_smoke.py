"""The smoke part of the question suite, asked of the small demo company on every run."""

from __future__ import annotations

from datetime import date

from meterline.desk import Desk
from meterline.settings import Settings
from meterline_evals.company import CompanyFiles
from meterline_evals.model import load_tasks
from meterline_evals.report import report
from meterline_evals.runner import Company, run_company
from tests.companies import DemoCompany


def test_the_smoke_questions_meet_their_contracts(demo_company: DemoCompany) -> None:
    tasks = [t for t in load_tasks() if t.smoke]
    desk = Desk.open(Settings(home=demo_company.home, model="offline"))
    # In so small a company late accounts weigh so much that the last complete day is a matter of allowances, which
    # tests of their own prove; here it is taken as the product tells it. The full suite computes it apart.
    files = CompanyFiles(demo_company.files, d1=date.fromisoformat(desk.health()["d1"]))
    results = run_company(tasks, Company(desk, files, demo_company.seed))
    assert len(results) == len(tasks)
    assert all(r.passed for r in results), "\n" + report(results)
