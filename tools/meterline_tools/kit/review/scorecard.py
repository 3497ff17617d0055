"""The figures of a review, all in one window: consumption, attainment, moves, use cases, activity (intent I01)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import Period
from meterline_tools.catalog.periods import resolve_period
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.kit.review.handovers import Handovers
    from meterline_tools.kit.review.people import People

DAYS = 30
TOP = 3
BOOK = ["M01", "M08", "M36", "M37", "M38", "M44"]
TARGET = ["M13", "M14", "M15", "M39", "M40"]
Reply = dict[str, Any]


@dataclass(frozen=True)
class Scorecard:
    """Figure ids by metric output, the largest moves, and what there is no data for."""

    person: People
    window: Window
    figures: dict[str, str]
    movers: list[dict[str, Any]]
    rest: dict[str, str]
    not_available: dict[str, str]
    """Metric id -> reason."""
    assumptions: list[str] = field(default_factory=list)

    @property
    def told(self) -> Reply:
        return {
            "scorecard": self.figures,
            "movers": self.movers,
            "rest": self.rest,
            "assumptions": self.assumptions,
            "not_available": [{"metric": metric, "reason": reason} for metric, reason in self.not_available.items()],
        }


def review_window(bench: Workbench, phrase: str) -> Period:
    """The period asked for, at most to the last complete day; without one the last 30 days."""
    if phrase.strip():
        return resolve_period(phrase, bench.asof, bench.calendar)
    first = bench.asof.d1 - timedelta(days=DAYS - 1)
    return resolve_period(f"{first.isoformat()}..{bench.asof.d1.isoformat()}", bench.asof, bench.calendar)


def iso(window: Window) -> str:
    return f"{window.start.isoformat()}..{window.end.isoformat()}"


def known(bench: Workbench, metrics: list[str]) -> list[str]:
    """The metrics that this catalogue holds."""
    return [metric for metric in metrics if metric in bench.catalog.metrics]


def read_scorecard(bench: Workbench, person: People, period: Period, moved: Handovers) -> Scorecard:
    """Three governed queries: over the window, over the fiscal year or as of now, and by account."""
    window = period.window
    book = query_metrics(bench, metrics=known(bench, BOOK), filters=person.filter, window=iso(window))
    target = query_metrics(bench, metrics=known(bench, TARGET), filters=person.filter)
    moves = query_metrics(
        bench, metrics=["M10", "M08"], filters=person.filter, window=iso(window), group_by=["account"], order="abs:M10", limit=TOP
    )
    movers = [_mover(row, moved) for row in moves["rows"]]
    missing = {item["metric"]: item["reason"] for reply in (book, target, moves) for item in reply["not_available"]}
    notes = [note for reply in (book, target) for note in reply["assumptions"]]
    figures = whole(book) | whole(target)
    return Scorecard(person, window, figures, movers, dict((moves["rest"] or {}).get("figures", {})), missing, list(dict.fromkeys(notes)))


def whole(reply: Reply) -> dict[str, str]:
    """Figures of a reply without breakdown."""
    return dict((reply["total"] or next(iter(reply["rows"]), {"figures": {}}))["figures"])


def _mover(row: Reply, moved: Handovers) -> Reply:
    """A row of the largest moves; one that changed hands carries that, so that nobody takes it for a customer's move."""
    account = row["entity"] or {"type": "account", "id": "", "name": "no account"}
    change = moved.of(account["id"])
    return {"account": account, "figures": row["figures"], "handover": change.told if change else None}
