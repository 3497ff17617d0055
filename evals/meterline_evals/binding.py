"""A task made concrete for one company: names filled in, or left out where the company cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meterline_evals.company import CompanyFiles
from meterline_evals.model import Task
from meterline_evals.picks import binding


def bound(task: Task, files: CompanyFiles) -> Task | None:
    """The task with every `{name}` filled in; None when the company lacks what it needs, or has what it must lack."""
    if not files.has(*task.needs) or any(files.has(table) for table in task.lacks):
        return None
    if not task.bind:
        return task
    names = binding(task.bind, files)
    if names is None:
        return None
    kept = {"id", "intent", "style", "bind"}
    raw = task.model_dump()
    return Task.model_validate({key: value if key in kept else _filled(value, names) for key, value in raw.items()})


def bound_all(tasks: Iterable[Task], files: CompanyFiles) -> list[Task]:
    """Those that fit the company; a follow-up goes with the question it follows."""
    fitting: dict[str, Task] = {}
    for task in tasks:
        if task.after and task.after not in fitting:
            continue
        # A follow-up speaks of the names of the question it follows.
        inherited = fitting[task.after].bind | task.bind if task.after else task.bind
        concrete = bound(task.model_copy(update={"bind": inherited}), files)
        if concrete is not None:
            fitting[task.id] = concrete
    return list(fitting.values())


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return value.format(**names) if "{" in value else value
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    return {key: _filled(item, names) for key, item in value.items()} if isinstance(value, dict) else value
