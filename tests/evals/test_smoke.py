"""The smoke part of the question suite, asked of the small demo company on every run."""

from __future__ import annotations

from meterline.desk import Desk
from meterline.settings import Settings
from meterline_evals.company import CompanyFiles
from meterline_evals.model import load_tasks
from meterline_evals.report import report
from meterline_evals.runner import run_seed
from tests.companies import DemoCompany


def test_the_smoke_questions_meet_their_contracts(demo_company: DemoCompany) -> None:
    tasks = [t for t in load_tasks() if t.smoke]
    desk = Desk.open(Settings(home=demo_company.home, model="offline"))
    results = run_seed(tasks, desk, CompanyFiles(demo_company.files), demo_company.seed)
    assert all(r.passed for r in results), "\n" + report(results)
