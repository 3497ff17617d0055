"""The report: passed of asked by intent and by style, with Wilson intervals, and every failure with its reason."""

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
    blocks = [
        _table("intent", results, lambda g: g.task.intent),
        _table("style", results, lambda g: g.task.style),
        _table("all", results, lambda _: "all questions"),
        _speed(results),
    ]
    failures = [f"{g.task.id} seed {g.seed} “{g.task.question}”\n    {n}: {why}" for g in results for n, why in g.failures.items()]
    if failures:
        blocks.append("Failed\n" + "\n".join(failures))
    return "\n\n".join(blocks)


def as_json(results: list[Graded]) -> str:
    rows: list[dict[str, Any]] = [g.model_dump(mode="json") | {"passed": g.passed} for g in results]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _table(title: str, results: list[Graded], key: Callable[[Graded], str]) -> str:
    lines = [f"{title:<16}{'passed':>8}{'n':>6}{'share':>8}   95% interval"]
    for group in sorted({key(g) for g in results}):
        members = [g for g in results if key(g) == group]
        passed = sum(g.passed for g in members)
        low, high = wilson(passed, len(members))
        lines.append(f"{group:<16}{passed:>8}{len(members):>6}{passed / len(members):>8.0%}   {low:.0%} to {high:.0%}")
    return "\n".join(lines)


def _speed(results: list[Graded]) -> str:
    times = sorted(g.elapsed_ms for g in results if g.elapsed_ms)
    if not times:
        return "no answers"
    return f"answer time     p50 {times[len(times) // 2]:.0f} ms   p95 {times[int(len(times) * 0.95) - 1]:.0f} ms"
