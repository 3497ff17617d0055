"""Deterministic checks of one answer, as in the question contract: type, entities, metrics, windows, figures, citations, words.

Beside the contract, every answer must hold the laws of the house: each figure equals its receipt's cell, nothing typed
by a model was withheld from an answer of the built-in analyst, and a rep sees nobody else's accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meterline.answer import Answer
from meterline_evals.company import CompanyFiles
from meterline_evals.model import Expected, Task
from meterline_evals.resolvers import RESOLVERS
from meterline_tools.receipts import Figure

Check = Callable[[Task, Answer, CompanyFiles], str | None]


def right_type(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    return None if answer.answer_type in task.expect else f"is {answer.answer_type}, not {' or '.join(task.expect)}"


def right_entities(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    named = {f.entity.name.lower() for f in answer.figures if f.entity} | {v.lower() for f in answer.figures for v in _filter_values(f)}
    shown = _words(answer)
    missing = [name for name in task.entities if name.lower() not in named and name.lower() not in shown]
    return f"says nothing of {', '.join(missing)}" if missing else None


def right_metrics(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    present = {_base(f.metric) for f in answer.figures if f.metric}
    missing = [m for m in task.metrics if m not in present]
    return f"has no {', '.join(missing)}" if missing else None


def right_window(task: Task, answer: Answer, files: CompanyFiles) -> str | None:
    if task.window is None:
        return None
    first, last = (files.day(d) for d in task.window)
    metrics = task.metrics[:1] or [e.metric for e in task.figures[:1]]
    windows = {(f.window.start, f.window.end) for f in answer.figures if f.window and _base(f.metric) in metrics}
    return None if (first, last) in windows else f"window is {sorted(windows)}, not {first} to {last}"


def right_figures(task: Task, answer: Answer, files: CompanyFiles) -> str | None:
    for expected in task.figures:
        value = RESOLVERS[expected.resolver](files, **expected.args)
        figures = [f for f in answer.figures if _is_of(f, expected)]
        if not any(_agrees(f.value, value, expected.tolerance) for f in figures):
            return f"{expected.metric} is {[f.value for f in figures]}, not {value}"
    return None


def right_citations(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    kinds = {c.source for c in answer.citations}
    missing = [kind for kind in task.must_cite if kind not in kinds]
    return f"cites no {', '.join(missing)}" if missing else None


def right_words(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    text = _words(answer)
    missing = [phrase for phrase in task.must_say if phrase.lower() not in text]
    if missing:
        return f"does not say '{missing[0]}'"
    forbidden = [phrase for phrase in task.must_not if phrase.lower() in text]
    return f"says '{forbidden[0]}'" if forbidden else None


def figures_equal_their_receipts(_: Task, answer: Answer, __: CompanyFiles) -> str | None:
    receipts = {r.id: r for r in answer.receipts}
    for figure in answer.figures:
        receipt = receipts.get(figure.receipt)
        if receipt is None:
            return f"{figure.id} has no receipt"
        if figure.cell is None or receipt.truncated:
            continue
        row, column = figure.cell
        cell = receipt.rows[row][receipt.columns.index(column)]
        if not _agrees(figure.value, cell, 0):
            return f"{figure.id} is {figure.value}, its receipt's cell {cell}"
    return None


def nothing_withheld(_: Task, answer: Answer, __: CompanyFiles) -> str | None:
    return f"withheld “{answer.withheld[0].text}”: {answer.withheld[0].reason}" if answer.withheld else None


def own_book_only(task: Task, answer: Answer, files: CompanyFiles) -> str | None:
    """A rep's answer names no account that the rep neither holds nor ever held."""
    if task.asker is None:
        return None
    sql = """SELECT DISTINCT a.account_name FROM account a LEFT JOIN account_assignment x USING (account_id)
             JOIN rep r ON r.rep_id = x.rep_id OR r.rep_id = a.owner_rep_id WHERE r.full_name = ?"""
    own = {row[0] for row in files.connection.execute(sql, [task.asker]).fetchall()}
    seen = {f.entity.name for f in answer.figures if f.entity and f.entity.type == "account"}
    return f"shows {sorted(seen - own)[0]}" if seen - own else None


CHECKS: dict[str, Check] = {
    "type": right_type,
    "entities": right_entities,
    "metrics": right_metrics,
    "window": right_window,
    "figures": right_figures,
    "citations": right_citations,
    "words": right_words,
    "receipts": figures_equal_their_receipts,
    "withheld": nothing_withheld,
    "scope": own_book_only,
}


def grade(task: Task, answer: Answer, files: CompanyFiles) -> dict[str, str]:
    """The failed checks with their reasons."""
    return {name: reason for name, test in CHECKS.items() if (reason := test(task, answer, files))}


def _base(metric: str | None) -> str:
    return (metric or "").split(".")[0]


def _is_of(figure: Figure, expected: Expected) -> bool:
    if _base(figure.metric) != expected.metric or expected.label.lower() not in figure.label.lower():
        return False
    return expected.entity is None or (figure.entity is not None and figure.entity.name == expected.entity)


def _filter_values(figure: Figure) -> list[str]:
    return [value for values in figure.filters.values() for value in values]


def _agrees(given: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(given, int | float) and isinstance(expected, int | float):
        return abs(given - expected) <= max(abs(expected) * tolerance, 1e-6 if tolerance == 0 else _unit(expected))
    return str(given) == str(expected)


def _unit(expected: float) -> float:
    """One currency unit is allowed on money; fractions (percentages) get the relative tolerance alone."""
    return 1.0 if abs(expected) > 50 else 5e-4


def _words(answer: Answer) -> str:
    options = [f"{o.label} {o.hint}" for o in answer.clarification.options] if answer.clarification else []
    question = [answer.clarification.question] if answer.clarification else []
    parts = [answer.headline, answer.text, *answer.assumptions, *answer.not_available, *answer.next_steps, *question, *options]
    return " ".join(parts).lower().replace("\\", "")
