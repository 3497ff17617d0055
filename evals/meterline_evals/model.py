"""What an evaluation question is, and what a graded answer looks like. Task files are checked against these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

TASKS = Path(__file__).parent / "tasks"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Expected(_Strict):
    """One required figure: its metric, the resolver that computes it, and what the figure is about."""

    metric: str = ""
    """Metric id; empty where any figure of the answer may hold the value."""
    label: str = ""
    """Words of the figure's label, where a metric has several outputs (pace, to date)."""
    resolver: str
    """Returns one value, or a tuple of values of which any is lawful (two methods that the domain allows)."""
    args: dict[str, Any] = Field(default_factory=dict)
    """`@start` and `@end` stand for the window that the figure itself declares."""
    entity: str | None = None
    """Name of the entity the figure must be about, where an answer holds the metric for several."""
    tolerance: float = 0.005
    """Relative; one currency unit is always allowed, counts and dates must be exact (0)."""


class Listing(_Strict):
    """Names that an answer lists: how many of the resolver's must be there, and whether others may."""

    resolver: str
    args: dict[str, Any] = Field(default_factory=dict)
    at_least: int = 1
    """So many of the names must be said (all, when there are fewer)."""
    metric: str | None = None
    """When given, the entities of this metric's figures must all be among the names."""


class Pick(_Strict):
    """A name chosen from the company's own tables, so that a question fits any company."""

    pick: str
    args: dict[str, Any] = Field(default_factory=dict)


class Task(_Strict):
    """One question with its contract. `{name}` in any text stands for what `bind` picks."""

    id: str
    intent: str
    style: str
    question: str
    expect: list[str] = Field(default_factory=lambda: ["ANSWER", "ANSWER_ASSUME"])
    """Lawful answer types."""
    bind: dict[str, Pick] = Field(default_factory=dict)
    needs: list[str] = Field(default_factory=list)
    """Tables the question needs; it is not put to a company that lacks one."""
    lacks: list[str] = Field(default_factory=list)
    """Tables the company must lack: how the product says that it cannot know."""
    any_company: bool = False
    """Names nothing that only the demo company has."""
    after: str | None = None
    """Id of the question this one follows in the same conversation."""
    asker: str | None = None
    """Full name of the rep who asks; None is the local admin."""
    entities: list[str] = Field(default_factory=list)
    """Names that must appear among the answer's entities (or clarification options)."""
    metrics: list[str] = Field(default_factory=list)
    window: list[str] | None = None
    """First and last day of the window the named metrics must have, as day expressions (see company.py)."""
    figures: list[Expected] = Field(default_factory=list)
    lists: list[Listing] = Field(default_factory=list)
    must_cite: list[str] = Field(default_factory=list)
    """Kinds of sources of which at least one must be cited."""
    must_say: list[str] = Field(default_factory=list)
    """Phrases (case ignored) of which the text, assumptions, options or limits must hold each; `a|b` means either."""
    must_not: list[str] = Field(default_factory=list)
    """Phrases (case ignored) that must be nowhere in the answer."""
    smoke: bool = False


class Graded(BaseModel):
    """One answered question: the checks it failed, with reasons. No failure means that it passed."""

    task: Task
    seed: int
    company: str = "demo"
    transform: str = ""
    failures: dict[str, str] = Field(default_factory=dict)
    answer_type: str = ""
    headline: str = ""
    elapsed_ms: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.failures


def load_tasks(suite: str = "questions") -> list[Task]:
    """The tasks of a suite, file by file in order of name; a follow-up must stand behind the question it follows."""
    tasks = [
        Task.model_validate(raw)
        for path in sorted((TASKS / suite).glob("*.yaml"))
        for raw in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    seen: set[str] = set()
    for task in tasks:
        if task.id in seen:
            raise ValueError(f"{suite}: two tasks are called {task.id}")
        if task.after and task.after not in seen:
            raise ValueError(f"{suite}: {task.id} follows {task.after}, which does not stand before it")
        seen.add(task.id)
    return tasks
