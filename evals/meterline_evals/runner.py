"""Runs a suite over demo companies of several seeds, through the desk, as a person would ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from meterline.answer import Question
from meterline.desk import Desk
from meterline.settings import Settings
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Graded, Task
from meterline_evals.scorers import grade
from meterline_tools.errors import MeterlineError

Told = Callable[[str], None]


def prepare(folder: Path, seed: int, *, accounts: int = 150, days: int = 748) -> tuple[Desk, CompanyFiles]:
    """A loaded demo company of that seed, made once per folder."""
    files, home = folder / f"seed-{seed}", folder / f"home-{seed}"
    desk = Desk.open(Settings(home=home, model="offline"))
    if not (home / "warehouse" / "CURRENT").exists():
        desk.demo(seed=seed, accounts=accounts, days=days, out=files)
    return desk, CompanyFiles(files)


def run_seed(tasks: Iterable[Task], desk: Desk, files: CompanyFiles, seed: int) -> list[Graded]:
    """Asks all tasks; follow-ups go into the thread of the question they follow."""
    threads: dict[str, str] = {}
    results = []
    for task in tasks:
        results.append(_ask(task, desk, files, seed, threads))
    return results


def run_suite(tasks: list[Task], seeds: list[int], folder: Path, tell: Told = lambda _: None, **size: int) -> list[Graded]:
    """All tasks on all seeds. `size` is accounts and days of the companies."""
    results: list[Graded] = []
    for seed in seeds:
        tell(f"seed {seed}: preparing the company")
        desk, files = prepare(folder, seed, **size)
        tell(f"seed {seed}: asking {len(tasks)} questions")
        results += run_seed(tasks, desk, files, seed)
        desk.close()
    return results


def _ask(task: Task, desk: Desk, files: CompanyFiles, seed: int, threads: dict[str, str]) -> Graded:
    graded = Graded(task=task, seed=seed)
    started = time.perf_counter()
    try:
        answer = desk.ask(Question(text=task.question, thread_id=threads.get(task.after or ""), asker=_asker(task, files)))
    except MeterlineError as problem:
        graded.failures["error"] = f"{type(problem).__name__}: {problem}"
        return graded
    graded.elapsed_ms = (time.perf_counter() - started) * 1000
    threads[task.id] = answer.thread_id
    graded.answer_type, graded.headline = answer.answer_type, answer.headline
    graded.failures = grade(task, answer, files)
    return graded


def _asker(task: Task, files: CompanyFiles) -> str | None:
    if task.asker is None:
        return None
    found = files.one("SELECT rep_id FROM rep WHERE full_name = $name", name=task.asker)
    if found is None:
        raise ValueError(f"{task.id}: nobody is called {task.asker}")
    return str(found)
