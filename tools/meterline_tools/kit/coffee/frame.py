"""What the items of one coffee share: the windows, and each query, asked for once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from meterline_tools.errors import MeterlineError
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.records import Records, derived_records, read_records
from meterline_tools.receipts import Window

WEEK, MONTH = 7, 28
TOOL = "morning_coffee"
LARGEST, TOP = 60, 3
A_MONTH = 30.4
Reply = dict[str, Any]
Figures = dict[str, str]


@dataclass
class Frame:
    """One look of one principal."""

    bench: Workbench
    _flows: dict[str, Reply] = field(default_factory=dict)

    @property
    def d1(self) -> date:
        return self.bench.asof.d1

    @property
    def currency(self) -> str:
        return self.bench.warehouse.company.currency

    @property
    def least(self) -> float:
        """Money a month below which nothing is anybody's worry."""
        return self.bench.warehouse.company.coffee.least

    def trailing(self, days: int) -> Window:
        return Window.model_validate({"from": self.d1 - timedelta(days=days - 1), "to": self.d1})

    def has(self, table: str, *columns: str) -> bool:
        return self.bench.views.has(table, *columns)

    def measure(self, *metrics: str, window: Window | None = None, **more: Any) -> Reply:
        """query_metrics with the metrics this catalogue holds; an empty reply when there are none, or on an error of ours."""
        known = [metric for metric in metrics if metric in self.bench.catalog.metrics]
        if not known:
            return _NO_REPLY
        phrase = f"{window.start.isoformat()}..{window.end.isoformat()}" if window else ""
        try:
            return query_metrics(self.bench, metrics=known, window=phrase, **more)
        except MeterlineError:  # one item that cannot be told must not spoil the others
            return _NO_REPLY

    def read(self, what: str, statement: Any, *, limit: int = 2_000) -> Records:
        return read_records(self.bench, TOOL, {"item": what}, statement, limit=limit)

    def worked(self, what: str, rows: list[dict[str, Any]]) -> Records:
        """Rows that were worked out here, with a receipt of their own."""
        return derived_records(self.bench, "calc", TOOL, {"item": what}, rows)

    def number(self, figure: str | None) -> float | None:
        value = self.bench.book.figures[figure].value if figure else None
        return float(value) if isinstance(value, int | float) else None

    def has_value(self, figure: str | None) -> bool:
        return figure is not None and self.bench.book.figures[figure].value is not None

    # Asked for once ------------------------------------------------------------------------------------------

    @cached_property
    def week(self) -> Reply:
        return self._moves(WEEK)

    @cached_property
    def month(self) -> Reply:
        return self._moves(MONTH)

    def _moves(self, days: int) -> Reply:
        """M10 and M08 by account over so many days against those before, the largest moves; more of a direction that came too short."""
        asked: Reply = {"window": self.trailing(days), "group_by": ["account"]}
        reply = self.measure("M10", "M08", **asked, order="abs:M10", limit=LARGEST)
        for sign, order in ((1, "-M10"), (-1, "M10")):
            if reply["truncated"] and len(self.ranked(reply, sign)) < TOP:
                reply["rows"] += self.measure("M10", "M08", **asked, order=order, limit=TOP)["rows"]
        return reply

    def flow(self, metric: str) -> Reply:
        """A use-case flow of the last week by account and rep."""
        if metric not in self._flows:
            self._flows[metric] = self.measure(metric, window=self.trailing(WEEK), group_by=["account", "rep"])
        return self._flows[metric]

    def ranked(self, reply: Reply, sign: int) -> list[Reply]:
        """Rows that gained (sign 1) or lost (-1), the largest first."""
        rows = {row["entity"]["id"]: row for row in reply["rows"] if row["entity"]}
        moved = [(self.number(row["figures"].get("M10")) or 0.0, row) for row in rows.values()]
        return [row for delta, row in sorted(moved, key=lambda pair: -abs(pair[0])) if delta * sign > 0]

    @cached_property
    def _owners(self) -> tuple[Records, dict[str, int]]:
        """Who is credited with the largest share of each visible account on the last complete day, and in which row."""
        from sqlalchemy import select

        credit, people = self.bench.views.credit(), self.bench.views.reps()
        statement = (
            select(credit.c.account_id, people.c.rep_id, people.c.full_name)
            .join_from(credit, people, people.c.rep_id == credit.c.rep_id)
            .where(credit.c.valid_from <= self.d1, credit.c.valid_to > self.d1, credit.c.credit_pct > 0)
            .order_by(credit.c.account_id, credit.c.credit_pct, people.c.rep_id)
        )
        found = self.read("owners", statement, limit=20_000)
        return found, {row["account_id"]: n for n, row in enumerate(found.rows)}

    def owner(self, account_id: str) -> tuple[str, str] | None:
        """Rep id and a figure of the name of whoever is credited for an account."""
        records, rows = self._owners
        at = rows.get(account_id)
        name = None if at is None else records.figure(at, "full_name", "Rep")
        return (records.rows[at]["rep_id"], name) if at is not None and name else None


_NO_REPLY: Reply = {"rows": [], "total": None, "rest": None, "truncated": False, "not_available": [], "receipts": []}


def total_of(reply: Reply) -> Figures:
    """Figures of a reply's total, else of its only row."""
    found = reply["total"] or (reply["rows"][0] if len(reply["rows"]) == 1 else None)
    return dict(found["figures"]) if found else {}
