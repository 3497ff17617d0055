"""restatement: why a number reads differently than it did: rows that came late, corrections, and days that are complete only now.

The same days are summed as they were known then and as they are known now. Between the two times of knowledge a row
can only have arrived: late (its day counted as complete already), as a correction (FOCUS charge class), or for a day
that was not complete then. So the three parts add up to the whole difference, for each account and each day of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import add_months, spell, trailing
from meterline_tools.catalog.periods import resolve_period
from meterline_tools.errors import ModelMustRetry, NoData
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.scoping import conditions, filters_for
from meterline_tools.receipts import Entity, Receipt, Window
from meterline_tools.warehouse.asof import resolve_as_of
from meterline_tools.warehouse.statements import AnySelect, narrated

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

    from meterline_tools.warehouse.engines import Rows

METRIC = "M01"
TOOL = "restatement"
_PARTS = {
    "before": "as known then",
    "now": "as known now",
    "change": "difference",
    "late": "rows that came late",
    "corrections": "corrections",
    "new_days": "days that were not complete then",
}
_MOST = 5_000


@dataclass(frozen=True)
class _Asked:
    """The days in question, the two times of knowledge, and the last complete day at the earlier one."""

    window: Window
    then: datetime
    now: datetime
    complete_then: date
    where: list[ColumnElement[bool]]


def restatement(
    bench: Workbench,
    *,
    since: str = "",
    window: str = "",
    account: str = "",
    rep: str = "",
    filters: dict[str, list[str]] | None = None,
    limit: int = 5,
) -> dict[str, Any]:
    """Why net consumption (M01) of the same days reads differently than it did: late rows, corrections, newly complete days.

    Without window and filters those of the conversation's last metric answer are taken.

    Args:
        since: When it read differently, e.g. "last week" (default), "Monday", a date.
        window: The days in question, as in query_metrics.
        account: Id or name.
        rep: Id or name; the accounts held today.
        filters: As in query_metrics.
        limit: How many accounts.
    """
    if not bench.warehouse.has("usage_daily", "effective_cost"):
        raise NoData("No cost is loaded, so there is no net consumption that could have been restated.")
    notes: list[str] = []
    earlier = _previous(bench)
    window = window or str(earlier.get("window") or "")
    named = filters_for(bench, account, rep, filters, notes) or filters_for(bench, "", "", earlier.get("filters"), notes)
    period = resolve_period(window, bench.asof, bench.calendar) if window else None
    then = _then(bench, since)
    notes.append(f"compared with what was known on {spell(then.date())} at {then:%H:%M} UTC")
    asked = _Asked(
        window=period.window if period else trailing(bench.asof.d1, 28),
        then=then,
        now=bench.asof.known_at,
        complete_then=resolve_as_of(bench.warehouse, then).d1,
        where=conditions(bench, named, account=bench.views.usage_rows().c.account_id),
    )
    return _Reply(bench, asked, named, [*(period.assumptions if period else []), *notes]).build(max(1, limit))


def _previous(bench: Workbench) -> dict[str, Any]:
    """The arguments of the metric query behind the conversation's last answer."""
    return next((receipt.arguments for receipt in bench.previous if receipt.tool in ("query_metrics", TOOL)), {})


def _then(bench: Workbench, since: str) -> datetime:
    """The earlier time of knowledge: a week or a month ago to the hour, else the beginning of the day named."""
    now = bench.asof.known_at
    if not since.strip():
        return now - timedelta(days=7)
    period = resolve_period(since, replace(bench.asof, d1=bench.asof.local_today), bench.calendar)
    if period.unit in ("week", "rolling"):
        then = now - timedelta(days=max(7, period.window.days))
    elif period.unit in ("month", "quarter", "year"):
        months = {"month": 1, "quarter": 3, "year": 12}[period.unit]
        then = datetime.combine(add_months(now.date(), -months), now.time())
    else:
        then = datetime.combine(period.window.start, time())
    if then >= now:
        raise ModelMustRetry(f"'{since}' is not in the past: name an earlier day, such as last week or yesterday.")
    return then


def _iso(window: Window) -> str:
    return f"{window.start.isoformat()}..{window.end.isoformat()}"


class _Reply:
    """Statements, figures and the reply of the tool."""

    def __init__(self, bench: Workbench, asked: _Asked, filters: dict[str, list[str]], notes: list[str]) -> None:
        self._bench, self._asked, self._filters, self._notes = bench, asked, filters, notes
        self._figures: dict[str, dict[str, Any]] = {}
        self._receipts: list[Receipt] = []

    def build(self, limit: int) -> dict[str, Any]:
        whole, receipt = self._run(_statement(self._bench, self._asked, ""))
        total = self._row(receipt, whole, 0, "total", None)
        change = float(whole.dicts()[0]["change"] or 0)
        rows, rest, arrivals = self._parts(limit, change) if change or self._moved(whole) else ([], None, [])
        return {
            "receipts": [receipt.id for receipt in self._receipts],
            "metric": METRIC,
            "about": [self._bench.names.name_of(name, value) or value for name, values in self._filters.items() for value in values],
            "window": {"from": self._asked.window.start.isoformat(), "to": self._asked.window.end.isoformat()},
            "known_before": self._asked.then.isoformat(),
            "known_now": self._asked.now.isoformat(),
            "total": {"figures": total},
            "rows": rows,
            "rest": rest,
            "arrivals": arrivals,
            "assumptions": self._notes,
            "not_available": [],
            "figures": self._figures,
        }

    @staticmethod
    def _moved(whole: Rows) -> bool:
        """Whether parts moved although they cancel out."""
        return any(whole.dicts()[0][part] for part in ("late", "corrections", "new_days"))

    def _parts(self, limit: int, change: float) -> tuple[list[dict[str, Any]], dict[str, Any] | None, list[dict[str, Any]]]:
        """The accounts that moved most, all others, and what arrived on which day."""
        accounts, receipt = self._run(_statement(self._bench, self._asked, "account"))
        rows, shown = [], 0.0
        for place, found in enumerate(accounts.dicts()[:limit]):
            entity = Entity(type="account", id=str(found["account_id"]), name=str(found["account_name"]))
            shown += float(found["change"] or 0)
            figures = self._row(receipt, accounts, place, entity.name, entity)
            rows.append(
                {"keys": {"account": entity.id}, "names": {"account": entity.name}, "entity": entity.model_dump(), "figures": figures}
            )
        left = len(accounts.rows) - len(rows)
        rest = {"figures": {f"{METRIC}.change": self._figure(receipt, "change", change - shown, "all others")}, "count": left}
        days, receipt = self._run(_statement(self._bench, self._asked, "arrived"))
        arrivals = []
        for place, found in enumerate(days.dicts()):
            day = date.fromisoformat(str(found["arrived"])[:10])
            figures = self._row(receipt, days, place, f"arrived {spell(day)}", None)
            when = self._bench.book.add_figure(receipt, "Day of arrival", day, "date", cell=(place, "arrived"))
            arrivals.append({"keys": {"day": day.isoformat()}, "names": {"day": spell(day)}, "figures": {"arrived": when.id} | figures})
        return rows, rest if left else None, arrivals

    def _run(self, statement: AnySelect) -> tuple[Rows, Receipt]:
        found = self._bench.warehouse.run(statement, limit=_MOST)
        receipt = self._bench.book.add_receipt(
            "metric",
            TOOL,
            found.columns,
            [list(row) for row in found.rows],
            arguments={"filters": self._filters, "window": _iso(self._asked.window), "since": self._asked.then.isoformat()},
            sql=found.sql,
            params=found.params,
            truncated=found.truncated,
            known_at=self._asked.now,
            elapsed_ms=found.elapsed_ms,
        )
        self._receipts.append(receipt)
        return found, receipt

    def _row(self, receipt: Receipt, found: Rows, place: int, about: str, entity: Entity | None) -> dict[str, str]:
        values = found.dicts()[place]
        parts = [part for part in _PARTS if part in found.columns]
        return {f"{METRIC}.{part}": self._figure(receipt, part, values[part], about, entity, (place, part)) for part in parts}

    def _figure(
        self, receipt: Receipt, part: str, value: Any, about: str, entity: Entity | None = None, cell: tuple[int, str] | None = None
    ) -> str:
        label = f"Net consumption, {_PARTS[part]}" + ("" if about == "total" else f", {about}")
        figure = self._bench.book.add_figure(
            receipt,
            label,
            float(value or 0),
            self._bench.warehouse.company.currency,
            metric=METRIC,
            window=self._asked.window,
            entity=entity,
            filters=self._filters,
            cell=cell,
        )
        self._figures[figure.id] = {"label": label, "display": figure.display, "value": figure.value, "unit": figure.unit}
        return figure.id


def _statement(bench: Workbench, asked: _Asked, by: str) -> AnySelect:
    """One row of sums for the whole, each account ("account") or each day of arrival ("arrived"), what moved most first."""
    from sqlalchemy import Date, and_, case, cast, func, or_, select

    usage, accounts = bench.views.usage_rows(), bench.views.accounts()
    cost, arrived = usage.c.effective_cost, usage.c.ingested_at
    young = usage.c.usage_date > asked.complete_then
    correction = and_(usage.c.charge_class.is_not(None), usage.c.charge_class == "Correction")
    settled_then, came_later = usage.c.usage_date <= asked.complete_then, arrived > asked.then

    def summed(*tests: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(case((and_(*tests), cost), else_=0.0)), 0.0)

    before, now = summed(settled_then, arrived <= asked.then), func.coalesce(func.sum(cost), 0.0)
    late = summed(settled_then, came_later, or_(usage.c.charge_class.is_(None), usage.c.charge_class != "Correction"))
    parts = [
        (now - before).label("change"),
        late.label("late"),
        summed(settled_then, came_later, correction).label("corrections"),
        summed(young).label("new_days"),
    ]
    window = usage.c.usage_date.between(asked.window.start, asked.window.end)
    title = f"M01 as known on {asked.then:%Y-%m-%d %H.%M} and now, and what arrived between"
    if not by:
        return narrated(select(before.label("before"), now.label("now"), *parts).where(window, *asked.where), title)
    moved = or_(young, came_later)
    if by == "arrived":
        day = cast(arrived, Date)
        found = select(day.label("arrived"), *parts[1:]).where(window, moved, *asked.where).group_by(day).order_by(day)
        return narrated(found, f"{title}, by day of arrival")
    joined = usage.outerjoin(accounts, accounts.c.account_id == usage.c.account_id)
    keys = (usage.c.account_id, accounts.c.account_name)
    found = select(*keys, *parts[1:], summed(moved).label("change")).select_from(joined).where(window, moved, *asked.where).group_by(*keys)
    return narrated(found.order_by(func.abs(summed(moved)).desc(), usage.c.account_id), f"{title}, by account")
