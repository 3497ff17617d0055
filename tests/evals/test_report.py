"""The report, the choice of questions, and the other companies."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline_evals.command import chosen, parse_names, parse_seeds
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Graded, Task, load_tasks
from meterline_evals.report import report, transform_cost, wilson
from meterline_evals.runner import fitting
from meterline_evals.shapes import write_shape
from tests.evals.hand_made import TASK


def graded(seed: int, *, failed: bool = False, transform: str = "", elapsed: float = 5.0) -> Graded:
    failures = {"type": "is CLARIFY"} if failed else {}
    return Graded(task=TASK, seed=seed, transform=transform, failures=failures, elapsed_ms=elapsed)


def test_the_interval_is_wilsons() -> None:
    # 8 of 10: the textbook interval is 0.490 to 0.943.
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_report_counts_by_intent_and_style_and_names_failures() -> None:
    text = report([graded(1), graded(2, failed=True)])
    assert "I03 leader                 1     2     50%   9% to 91%" in text
    assert "T demo seed 2 “What did Birch use?”" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_transform_costs_the_points_it_loses_on_the_questions_it_changed() -> None:
    plain = [graded(1), graded(2), graded(3, failed=True), graded(4)]
    changed = [graded(1, transform="typos"), graded(2, transform="typos", failed=True)]
    # Of seeds 1 and 2 both passed as written, and one passed changed.
    assert transform_cost(plain + changed, "typos") == 50.0
    assert "costs 50.0 points" in report(plain + changed)


def test_the_first_answer_of_a_company_does_not_count_for_speed() -> None:
    times = [graded(1, elapsed=5000.0), *[graded(1, elapsed=float(n)) for n in range(1, 101)]]
    assert "p50 51 ms, p95 95 ms" in report(times)


def test_seeds_and_names_are_read_as_written() -> None:
    assert parse_seeds("1-3") == [1, 2, 3]
    assert parse_seeds("1,4,9") == [1, 4, 9]
    with pytest.raises(Exception, match="no list of seeds"):
        parse_seeds("one")
    assert parse_names("all", ("a", "b")) == ["a", "b"]
    with pytest.raises(Exception, match="'c' is none of a, b"):
        parse_names("c", ("a", "b"))


def test_a_follow_up_brings_the_question_it_follows() -> None:
    tasks = load_tasks()
    follow = next(t for t in tasks if t.after)
    assert {t.id for t in chosen(tasks, smoke=False, intents=[], ids=[follow.id])} >= {follow.id, follow.after}
    assert {t.intent for t in chosen(tasks, smoke=False, intents=["I12"], ids=[])} == {"I12"}


def test_other_companies_are_asked_what_names_nobody() -> None:
    tasks = [TASK, TASK.model_copy(update={"id": "U", "any_company": True})]
    assert [t.id for t in fitting(tasks, "minimum")] == ["U"]
    assert len(fitting(tasks, "demo")) == 2


def test_the_minimum_company_has_three_tables_and_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_shape("minimum", tmp_path / name, seed=4, accounts=0, days=0)
    assert (tmp_path / "one" / "usage_daily.csv").read_bytes() == (tmp_path / "two" / "usage_daily.csv").read_bytes()
    files = CompanyFiles(tmp_path / "one")
    assert files.brought == {"rep", "account", "usage_daily"}
    assert files.day("fy0").month == 4
    assert sum(fits(task, files) for task in load_tasks()) >= 40


def fits(task: Task, files: CompanyFiles) -> bool:
    return task.any_company and files.has(*task.needs) and not any(files.has(t) for t in task.lacks)
