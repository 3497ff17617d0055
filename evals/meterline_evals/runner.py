"""Runs a suite over companies of several seeds, through the desk, as a person would ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from meterline_evals.binding import bound_all
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Graded, Task
from meterline_evals.scorers import grade, grade_laws
from meterline_evals.shapes import write_shape
from meterline_evals.transforms import LAWS_ONLY, transformed
from meterline_tools.demo import generate
from meterline_tools.errors import MeterlineError, Refused

Told = Callable[[str], None]


@dataclass(frozen=True)
class Company:
    """A loaded company: who answers about it, what its files say, and which it is."""

    desk: Desk
    files: CompanyFiles
    seed: int
    shape: str = "demo"


def prepare(folder: Path, seed: int, shape: str = "demo", *, accounts: int = 150, days: int = 748) -> Company:
    """A loaded company of that seed and shape, made once per folder."""
    suffix = f"{seed}" if shape == "demo" else f"{shape}-{seed}"
    files, home = folder / f"seed-{suffix}", folder / f"home-{suffix}"
    desk = Desk.open(Settings(home=home, model="offline"))
    if not files.exists() and shape == "demo":
        generate(files, seed=seed, accounts=accounts, days=days)
    elif not files.exists():
        write_shape(shape, files, seed=seed, accounts=accounts, days=days)
    if not (home / "warehouse" / "CURRENT").exists():
        desk.load([files])
    return Company(desk, CompanyFiles(files), seed, shape)


def fitting(tasks: Iterable[Task], shape: str) -> list[Task]:
    """The demo company takes all questions; another only those that name nothing of the demo company."""
    return [t for t in tasks if shape == "demo" or t.any_company]


def run_company(tasks: Iterable[Task], company: Company, transform: str = "") -> list[Graded]:
    """Puts all tasks; follow-ups go into the thread of the question they follow.

    Under a transform only the questions it changes are graded; the others are asked where a follow-up needs them.
    """
    threads: dict[str, str] = {}
    results = []
    concrete = bound_all(fitting(tasks, company.shape), company.files)
    followed = {t.after for t in concrete if t.after}
    for task in concrete:
        changed = transformed(task, transform, company.files, company.seed) if transform else task
        if changed is None and task.id not in followed:
            continue
        graded = _ask(changed or task, company, threads, laws_only=transform in LAWS_ONLY)
        graded.transform = transform
        if changed is not None:
            results.append(graded)
    return results


def run_suite(
    tasks: list[Task],
    seeds: list[int],
    folder: Path,
    tell: Told = lambda _: None,
    *,
    shapes: Collection[str] = ("demo",),
    transforms: Collection[str] = (),
    **size: int,
) -> list[Graded]:
    """All tasks on all seeds and shapes, plain and then under each transform. `size` is accounts and days of the companies."""
    results: list[Graded] = []
    for shape in shapes:
        for seed in seeds:
            tell(f"{shape} company, seed {seed}: preparing")
            company = prepare(folder, seed, shape, **size)
            for transform in ("", *transforms):
                tell(f"{shape} company, seed {seed}: asking {transform or 'as written'}")
                results += run_company(tasks, company, transform)
            company.desk.close()
    return results


def _ask(task: Task, company: Company, threads: dict[str, str], *, laws_only: bool = False) -> Graded:
    graded = Graded(task=task, seed=company.seed, company=company.shape)
    before = _fingerprint(company)
    started = time.perf_counter()
    try:
        answer = _answer(task, company, threads)
    except Refused as refusal:
        # Telling that something is not visible is a lawful end where the contract allows a refusal.
        if not laws_only and not {"REFUSE_DATA", "REFUSE_SCOPE"} & set(task.expect):
            graded.failures["error"] = f"Refused: {refusal}"
        return graded
    except MeterlineError as problem:
        graded.failures["error"] = f"{type(problem).__name__}: {problem}"
        return graded
    graded.elapsed_ms = (time.perf_counter() - started) * 1000
    threads[task.id] = answer.thread_id
    graded.answer_type, graded.headline = answer.answer_type, answer.headline
    graded.failures = (grade_laws if laws_only else grade)(task, answer, company.files)
    if _fingerprint(company) != before:
        graded.failures["written"] = "the warehouse changed while the question was answered"
    return graded


def _answer(task: Task, company: Company, threads: dict[str, str]) -> Answer:
    return company.desk.ask(Question(text=task.question, thread_id=threads.get(task.after or ""), asker=_asker(task, company.files)))


def _fingerprint(company: Company) -> list[tuple[str, int, int]]:
    """Names, sizes and times of the warehouse files, which no question may change."""
    folder = company.desk.settings.home / "warehouse"
    return sorted((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in folder.iterdir() if p.is_file())


def _asker(task: Task, files: CompanyFiles) -> str | None:
    if task.asker is None:
        return None
    found = files.one("SELECT rep_id FROM rep WHERE full_name = $name", name=task.asker)
    if found is None:
        raise ValueError(f"{task.id}: nobody is called {task.asker}")
    return str(found)
