"""The report: passed of asked by intent and style, with Wilson intervals, what each transform costs, every failure with its reason."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from meterline_evals.model import Graded

Z_95 = 1.959964


def wilson(passed: int, n: int) -> tuple[float, float]:
    """The 95% Wilson score interval of a proportion (E. B. Wilson, 1927)."""
    if n == 0:
        return 0.0, 1.0
    share = passed / n
    middle = share + Z_95**2 / (2 * n)
    spread = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n * n))
    scale = 1 + Z_95**2 / n
    return (middle - spread) / scale, (middle + spread) / scale


def report(results: list[Graded]) -> str:
    """A text of at most 80 columns a table line."""
    plain = [g for g in results if not g.transform]
    blocks = [
        _table("intent, style", plain, lambda g: f"{g.task.intent} {g.task.style}"),
        _table("intent", plain, lambda g: g.task.intent),
        _table("style", plain, lambda g: g.task.style),
        _table("company", plain, lambda g: g.company),
        _table("all", plain, lambda _: "all questions"),
        _costs(results),
        _speed(results),
        _failed(results),
    ]
    return "\n\n".join(block for block in blocks if block)


def as_json(results: list[Graded]) -> str:
    rows: list[dict[str, Any]] = [g.model_dump(mode="json") | {"passed": g.passed} for g in results]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _line(name: str, members: list[Graded]) -> str:
    passed = sum(g.passed for g in members)
    low, high = wilson(passed, len(members))
    return f"{name:<20}{passed:>8}{len(members):>6}{passed / len(members):>8.0%}   {low:.0%} to {high:.0%}"


def _table(title: str, results: list[Graded], key: Callable[[Graded], str]) -> str:
    if not results:
        return ""
    groups = sorted({key(g) for g in results})
    lines = [_line(group, [g for g in results if key(g) == group]) for group in groups]
    return "\n".join([f"{title:<20}{'passed':>8}{'n':>6}{'share':>8}   95% interval", *lines])


def transform_cost(results: list[Graded], transform: str) -> float:
    """Points lost against the same questions as written: of those the transform changed, share passed plain less changed."""
    changed = [g for g in results if g.transform == transform]
    keys = {_key(g) for g in changed}
    plain = [g for g in results if not g.transform and _key(g) in keys]
    return 100 * (_share(plain) - _share(changed))


def _costs(results: list[Graded]) -> str:
    names = sorted({g.transform for g in results if g.transform})
    if not names:
        return ""
    lines = []
    for name in names:
        changed = [g for g in results if g.transform == name]
        cost = "" if name == "foreign_rep" else f"   costs {transform_cost(results, name):.1f} points"
        lines.append(_line(name, changed) + cost)
    return "\n".join([f"{'transform':<20}{'passed':>8}{'n':>6}{'share':>8}   95% interval", *lines])


def _key(graded: Graded) -> tuple[str, int, str]:
    return graded.task.id, graded.seed, graded.company


def _share(members: list[Graded]) -> float:
    return sum(g.passed for g in members) / len(members) if members else 1.0


def _speed(results: list[Graded]) -> str:
    """Times of questions as written; the first of each company pays for opening it and is left out."""
    first = {(g.company, g.seed): g for g in reversed(results) if g.elapsed_ms}.values()
    times = sorted(g.elapsed_ms for g in results if g.elapsed_ms and not any(g is f for f in first))
    if not times:
        return ""
    return f"answer time, warm: p50 {times[len(times) // 2]:.0f} ms, p95 {times[max(0, int(len(times) * 0.95) - 1)]:.0f} ms"


def _failed(results: list[Graded]) -> str:
    lines = [
        f"{g.task.id} {g.company} seed {g.seed}{f' ({g.transform})' if g.transform else ''} “{g.task.question}”\n    {name}: {why}"
        for g in results
        for name, why in g.failures.items()
    ]
    return "\n".join(["Failed", *lines]) if lines else ""
