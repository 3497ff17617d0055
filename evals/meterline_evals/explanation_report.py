"""The report on explanations: each target with its n, its 95% interval and whether it is met."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict

from meterline_evals.explanation_grading import FAILS, Grade, Sense, Silence
from meterline_evals.report import wilson

ASKED = ("E1", "E2", "E3", "E4", "E5", "E6")
REGIMES = (*ASKED, "E6 before", "ledger")
SENSES: tuple[Sense, ...] = ("both", "telemetry", "notes")
DAYS_OFF, CLOSE, HALF = 2, 0.25, 0.5
AHEAD = 0.15
LEVELS = {"high": 0.95, "medium": 0.75, "low": 0.40}


def explanation_report(grades: Sequence[Grade], silences: Sequence[Silence]) -> str:
    blocks = [_targets(grades, silences), _regimes(grades), _confidence(grades), _misses(grades)]
    return "\n\n".join(block for block in blocks if block)


def as_json(grades: Iterable[Grade], silences: Iterable[Silence]) -> str:
    return json.dumps({"events": [asdict(g) for g in grades], "quiet": [asdict(s) for s in silences]}, ensure_ascii=False, indent=1)


def _of(grades: Iterable[Grade], sense: Sense = "both", regimes: Collection[str] = ASKED) -> list[Grade]:
    return [g for g in grades if g.sense == sense and g.regime in regimes]


def _targets(grades: Sequence[Grade], silences: Sequence[Silence]) -> str:
    both = _of(grades)
    located = [g for g in both if g.onset_off is not None]
    rows = [
        _row("cause, E1 and E2", [g.right for g in _of(grades, regimes=("E1", "E2"))], 0.85),
        _row("cause, E3 contradiction", [g.right for g in _of(grades, regimes=("E3",))], 0.75),
        _row("contradiction mentioned", [bool(g.contradiction) for g in _of(grades, regimes=("E3",)) if g.contradiction is not None], 0.95),
        _row("cause, E4 distractor", [g.right for g in _of(grades, regimes=("E4",))], 0.75),
        _row("abstention, E5 unknowable", [g.right for g in _of(grades, regimes=("E5",))], 0.90),
        _row("cause, E6 told later", [g.right for g in _of(grades, regimes=("E6",))]),
        _row("no cause before the first word, E6", [g.right for g in _of(grades, regimes=("E6 before",))]),
        _row("false cause on noise", [s.said is not None for s in silences if s.window], 0.05, most=True),
        _row("false cause on quiet accounts", [s.said is not None for s in silences if not s.window], 0.05, most=True),
        _row(
            "durability of twins with evidence",
            [bool(g.lasts) for g in _of(grades, regimes=("E1", "E3", "E4")) if g.twin and g.lasts is not None],
            0.85,
        ),
        _row("figures exact", [bool(g.exact) for g in both if g.exact is not None], 1.0),
        _row("unsupported causal sentences", _each(sum(g.unsupported for g in both), sum(g.causal for g in both)), 0.01, most=True),
        *_ahead(grades),
        _row("nobody asked what the ledger knows", [g.right for g in _of(grades, regimes=("ledger",))], 1.0),
        _row(f"onset within {DAYS_OFF} days", [abs(g.onset_off or 0) <= DAYS_OFF for g in located]),
        _row("half of the slice's money or more", [g.overlap >= HALF for g in both]),
        _row(f"excess within {CLOSE:.0%}", [abs(g.excess_ratio - 1.0) <= CLOSE for g in both if g.excess_ratio is not None]),
        _row("known in advance, where right", [bool(g.foreseen) for g in both if g.foreseen is not None]),
        *(_row(f"hard fail: {name}", [name in g.fails for g in both]) for name in FAILS),
    ]
    cpu = statistics.median(g.cpu for g in both) if both else 0.0
    return "\n".join([_head("measure", "target"), *(row for row in rows if row), f"CPU of an explanation, median: {cpu * 1000:.0f} ms"])


def _each(hits: int, n: int) -> list[bool]:
    return [True] * hits + [False] * (n - hits)


def _head(first: str, last: str) -> str:
    return f"{first:<38}{'right':>7}{'n':>6}{'share':>8}   {'95% interval':<14}{last}"


def _row(name: str, outcomes: Sequence[bool], target: float | None = None, *, most: bool = False) -> str:
    if not outcomes:
        return ""
    hits, n = sum(outcomes), len(outcomes)
    low, high = wilson(hits, n)
    met = "" if target is None else f"{'at most' if most else 'at least'} {target:.0%}: "
    verdict = "" if target is None else "met" if (hits / n <= target if most else hits / n >= target) else "MISSED"
    return f"{name:<38}{hits:>7}{n:>6}{hits / n:>8.1%}   {f'{low:.0%} to {high:.0%}':<14}{met}{verdict}"


def _ahead(grades: Sequence[Grade]) -> list[str]:
    """How far what uses both lies ahead of either alone, on the same questions."""
    shares = {sense: [g.right for g in _of(grades, sense)] for sense in SENSES}
    lines = []
    for sense in ("telemetry", "notes"):
        if shares["both"] and shares[sense]:
            more = sum(shares["both"]) / len(shares["both"]) - sum(shares[sense]) / len(shares[sense])
            verdict = f"at least {AHEAD:.0%}: {'met' if more >= AHEAD else 'MISSED'}"
            lines.append(f"{f'points ahead of {sense} alone':<38}{'':>7}{len(shares[sense]):>6}{more * 100:>+8.1f}   {'':<14}{verdict}")
    return lines


def _regimes(grades: Sequence[Grade]) -> str:
    lines = [f"{'right by regime':<12}" + "".join(f"{sense:>20}" for sense in SENSES)]
    for regime in REGIMES:
        cells = [[g.right for g in _of(grades, sense, (regime,))] for sense in SENSES]
        if any(cells):
            lines.append(f"{regime:<15}" + "".join(f"{_share(cell):>20}" for cell in cells))
    return "\n".join(lines)


def _share(outcomes: Sequence[bool]) -> str:
    return f"{sum(outcomes)}/{len(outcomes)} = {sum(outcomes) / len(outcomes):.0%}" if outcomes else "–"


def _confidence(grades: Sequence[Grade]) -> str:
    """How often a stated cause is right at each level of confidence."""
    stated = [g for g in _of(grades) if g.said is not None]
    rows = [
        _row(f"right when confidence is {level}", [g.right for g in stated if g.confidence == level], LEVELS[level]) for level in LEVELS
    ]
    return "\n".join([_head("confidence", "target"), *(row for row in rows if row)])


def _misses(grades: Sequence[Grade]) -> str:
    wrong = [g for g in _of(grades) if not g.right]
    counts = Counter((g.regime, g.cause, g.said or "none") for g in wrong)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = [f"{regime:<10}{cause:<26}{said:<26}{n:>4}" for (regime, cause, said), n in ranked[:25]]
    return "\n".join([f"{'missed':<10}{'truly':<26}{'said':<26}{'n':>4}", *lines]) if lines else ""
