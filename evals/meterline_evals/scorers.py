"""Deterministic checks 1 to 7 of one answer, as in the question contract: type, entities, metrics, windows, figures, citations, words.

What every answer must hold, whatever was asked, is in laws.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meterline.answer import Answer
from meterline_evals.company import CompanyFiles
from meterline_evals.laws import LAWS
from meterline_evals.model import Expected, Listing, Task
from meterline_evals.reading import agrees, base, shown_words
from meterline_evals.resolvers import Range, resolved
from meterline_tools.receipts import Figure

Check = Callable[[Task, Answer, CompanyFiles], str | None]


def right_type(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    return None if answer.answer_type in task.expect else f"is {answer.answer_type}, not {' or '.join(task.expect)}"


def right_entities(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    named = {f.entity.name.lower() for f in answer.figures if f.entity} | {v.lower() for f in answer.figures for v in _filter_values(f)}
    shown = shown_words(answer)
    missing = [name for name in task.entities if name.lower() not in named and name.lower() not in shown]
    return f"says nothing of {', '.join(missing)}" if missing else None


def right_metrics(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    present = {base(f.metric) for f in answer.figures if f.metric}
    missing = [m for m in task.metrics if m not in present]
    return f"has no {', '.join(missing)}" if missing else None


def right_window(task: Task, answer: Answer, files: CompanyFiles) -> str | None:
    if task.window is None:
        return None
    first, last = (files.day(d) for d in task.window)
    metrics = task.metrics[:1] or [e.metric for e in task.figures[:1]]
    windows = {(f.window.start, f.window.end) for f in answer.figures if f.window and base(f.metric) in metrics}
    shown = ", ".join(f"{a} to {b}" for a, b in sorted(windows)) or "none"
    return None if (first, last) in windows else f"window is {shown}, not {first} to {last}"


def right_figures(task: Task, answer: Answer, files: CompanyFiles) -> str | None:
    for expected in task.figures:
        figures = [f for f in answer.figures if _is_of(f, expected)]
        if not any(_meets(f, expected, files) for f in figures):
            wanted = resolved(files, expected.resolver, _settled(expected.args, None))
            given = [f.value for f in figures][:6]
            return f"{expected.metric or 'a figure'} {expected.label} {expected.entity or ''} is {given}, not {wanted}"
    return None


def _settled(args: dict[str, Any], figure: Figure | None) -> dict[str, Any]:
    """Arguments with the window that the figure declares (or, to show what was expected, the trailing month)."""
    window = figure.window if figure else None
    days = {"@start": window.start.isoformat() if window else "d1-29", "@end": window.end.isoformat() if window else "d1"}
    return {key: days.get(value, value) if isinstance(value, str) else value for key, value in args.items()}


def _meets(figure: Figure, expected: Expected, files: CompanyFiles) -> bool:
    if figure.window is None and any(str(v).startswith("@") for v in expected.args.values()):
        return False
    wanted = resolved(files, expected.resolver, _settled(expected.args, figure))
    if isinstance(wanted, Range):
        slack = 1e-9 * max(abs(wanted.low), abs(wanted.high))  # figures keep twelve digits
        return isinstance(figure.value, int | float) and wanted.low - slack <= figure.value <= wanted.high + slack
    lawful = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(agrees(figure.value, value, expected.tolerance) for value in lawful)


def right_lists(task: Task, answer: Answer, files: CompanyFiles) -> str | None:
    return next((reason for listing in task.lists if (reason := _listed(listing, answer, files))), None)


def _listed(listing: Listing, answer: Answer, files: CompanyFiles) -> str | None:
    names: list[str] = resolved(files, listing.resolver, listing.args)
    text = shown_words(answer)
    said = {name for name in set(names) if name.lower() in text}
    if len(said) < min(listing.at_least, len(set(names))):
        missing = [name for name in names if name not in said]
        return f"names {len(said)} of {len(set(names))}; without {', '.join(missing[:3])}"
    if listing.metric is None:
        return None
    given = {f.entity.name for f in answer.figures if f.entity and base(f.metric) == listing.metric}
    foreign = sorted(given - set(names))
    return f"lists {foreign[0]}, which is none of them" if foreign else None


def right_citations(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    kinds = {c.source for c in answer.citations}
    missing = [kind for kind in task.must_cite if not kinds & set(kind.split("|"))]
    return f"cites no {', '.join(missing)}" if missing else None


def right_words(task: Task, answer: Answer, _: CompanyFiles) -> str | None:
    text = shown_words(answer)
    missing = [phrase for phrase in task.must_say if not any(p.strip().lower() in text for p in phrase.split("|"))]
    if missing:
        return f"does not say '{missing[0]}'"
    forbidden = [phrase for phrase in task.must_not if phrase.lower() in text]
    return f"says '{forbidden[0]}'" if forbidden else None


CONTRACT: dict[str, Check] = {
    "type": right_type,
    "entities": right_entities,
    "metrics": right_metrics,
    "window": right_window,
    "figures": right_figures,
    "lists": right_lists,
    "citations": right_citations,
    "words": right_words,
}
CHECKS: dict[str, Check] = CONTRACT | LAWS


def grade(task: Task, answer: Answer, files: CompanyFiles) -> dict[str, str]:
    """The failed checks with their reasons."""
    return {name: reason for name, test in CHECKS.items() if (reason := test(task, answer, files))}


def grade_laws(task: Task, answer: Answer, files: CompanyFiles) -> dict[str, str]:
    """Only what must hold whatever was asked: for questions put by somebody who may not know the answer."""
    return {name: reason for name, test in LAWS.items() if (reason := test(task, answer, files))}


def _is_of(figure: Figure, expected: Expected) -> bool:
    if expected.metric and base(figure.metric) != expected.metric:
        return False
    if expected.label.lower() not in figure.label.lower():
        return False
    return expected.entity is None or (figure.entity is not None and figure.entity.name == expected.entity)


def _filter_values(figure: Figure) -> list[str]:
    return [value for values in figure.filters.values() for value in values]
