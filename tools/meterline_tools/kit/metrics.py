"""query_metrics: governed figures, with their receipts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from meterline_tools.catalog.buckets import TIME, bucket_label
from meterline_tools.catalog.builders import Builder
from meterline_tools.catalog.calendar import Period, spell, year_ago
from meterline_tools.catalog.compile import run_metrics
from meterline_tools.catalog.model import Catalog, Metric, MetricQuery, MetricTable, OutputColumn
from meterline_tools.catalog.periods import resolve_period
from meterline_tools.catalog.windows import tells_any_day
from meterline_tools.errors import ModelMustRetry, NoData
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.chosen import chosen_figures
from meterline_tools.kit.conditions import read_condition
from meterline_tools.kit.entities import resolve_value
from meterline_tools.receipts import Cell, Entity, Receipt, Window

_PRIOR = frozenset({"prior", "previous", "previous period", "prior period", "period before", "preceding"})
SAVINGS = "savings"
"""The kind of metrics that the savings rules compute."""
HANDED_OVER = "an account since handed over"
"""What an account is called that was the asker's and is out of sight by now."""
ANOTHER = "another rep"
"""What a person is called who works on an account of the asker's and is out of their sight."""
OUT_OF_SIGHT = {"account": HANDED_OVER, **dict.fromkeys(("rep", "manager", "se"), ANOTHER)}
_YEAR_AGO = frozenset({"year_ago", "year ago", "yoy", "same period last year", "last year same period", "a year ago"})


def query_metrics(
    bench: Workbench,
    *,
    metrics: list[str],
    group_by: list[str] | None = None,
    filters: dict[str, list[str]] | None = None,
    window: str = "",
    compare: str = "",
    order: str = "",
    limit: int = 0,
    exclude: dict[str, list[str]] | None = None,
    having: list[str] | None = None,
    show: dict[str, list[str]] | None = None,
    shares: bool = False,
) -> dict[str, Any]:
    """Compute governed metrics, broken down and filtered as asked. The only source of figures about consumption, quota, commits and CRM.

    Figures come back as ids (F1 …) with their display; write the ids as marks. Metrics with several outputs use sub-keys, e.g.
    M14.pace, M14.to_date, M14.gap, M36.count, M36.usd, M38.days, M39.weighted, M44.substantive, M54.pct. With `limit`, `rest` holds
    what is not shown, so that rows and rest add up to `total`.

    Args:
        metrics: Metric ids or the words people say, e.g. ["M01", "growth"].
        group_by: Dimensions to break down by, e.g. ["account"], ["region", "segment"], ["week"].
        filters: Dimension to the ids or names allowed, e.g. {"rep": ["R7"], "industry": ["retail"]}; {"sku": ["new"]} for new SKUs.
        window: Any phrase for a period, e.g. "last month", "fiscal Q2", "2026-07-01..2026-07-31". Empty: each metric's own default.
        compare: Empty, "prior", "year_ago", or another period; it sets what growth and change are measured against.
        order: A metric output to order rows by: "M10" rising, "-M10" falling, "abs:M10" by size.
        limit: How many rows; 0 is all, at most 200.
        exclude: Dimension to the ids or names left out, e.g. {"country": ["DE"]}.
        having: Conditions on rows, e.g. ["M01 > 10000", "M08 < -20%"]; `matched` counts and sums the rows that meet them.
        show: Only these rows of the breakdown, with their rank (M01.rank) among all `parts`, e.g. {"account": ["A7"]}.
        shares: Add each row's share of the total (M01.share), or of its own week or month in a series.
    """
    arguments = {name: value for name, value in locals().items() if name != "bench" and value}
    catalog, notes = bench.catalog, list[str]()
    period = resolve_period(window, bench.asof, bench.calendar) if window.strip() else None
    conditions = [read_condition(catalog, text) for text in having or []]
    asked = [_metric(catalog, name).id for name in metrics]
    young, state = (period is not None and period.unit == unit for unit in ("so_far", "as_of"))
    views = bench.views.until(period.window.end) if period and (young or state) else bench.views
    asked, unsettled = _told_of_a_young_day(bench, asked) if young else (asked, {})
    query = MetricQuery(
        metrics=list(dict.fromkeys([*asked, *(condition.output.partition(".")[0] for condition in conditions)])),
        group_by=list(dict.fromkeys(catalog.dimension(name).id for name in group_by or [])),
        filters=_of_family(bench, metrics, resolve_filters(bench, filters or {}, notes), notes),
        exclude=resolve_filters(bench, exclude or {}, notes),
        having=conditions,
        show=resolve_filters(bench, show or {}, notes),
        shares=shares,
        window=period.window if period and not state else None,
        compare=None if young else _compare(bench, compare, None if state else period),
        show_compared=bool(compare.strip()),
        order=_order(bench, order),
        limit=max(0, limit),
    )
    table = run_metrics(catalog, query, views, bench.warehouse, views.asof, bench.calendar, _further(query, catalog))
    table.not_available |= unsettled
    return _Reply(bench, table, arguments).build(period, notes)


def _metric(catalog: Catalog, name: str) -> Metric:
    """The metric of an id, of an output's id (M36.count) or of the words people say."""
    return catalog.metric(name.partition(".")[0] if name[:1] == "M" else name)


def _further(query: MetricQuery, catalog: Catalog) -> dict[str, Builder]:
    """Builders of the metrics that the savings rules compute; loaded when one is asked for."""
    if all(catalog.metrics[ident].kind != SAVINGS for ident in query.metrics):
        return {}
    from meterline_tools.kit.book_savings import build_savings

    return {SAVINGS: build_savings}


def _told_of_a_young_day(bench: Workbench, metrics: list[str]) -> tuple[list[str], dict[str, str]]:
    """The metrics that a day which is still coming in can tell, and why not the others. ModelMustRetry when there is none."""
    plain = [ident for ident in metrics if tells_any_day(bench.catalog.metrics[ident])]
    if not plain:
        raise ModelMustRetry("A day that is still coming in has only sums, such as M01: nothing is compared with it or annualised from it.")
    return plain, {ident: "a day that is still coming in is neither compared nor annualised" for ident in metrics if ident not in plain}


def resolve_filters(bench: Workbench, given: Mapping[str, list[str]], notes: list[str]) -> dict[str, list[str]]:
    """Ids for the names given. A person who leads a team stands for the team, and "new" for the SKUs launched within a year."""
    result: dict[str, list[str]] = {}
    for word, values in given.items():
        dimension = bench.catalog.dimension(word).id
        for value in [values] if isinstance(values, str) else values:
            if dimension == "sku" and str(value).casefold() == "new":
                result.setdefault("sku", []).extend(new_skus(bench, notes))
                continue
            type_, id_ = resolve_value(bench, dimension, str(value))
            if dimension == "rep" and type_ == "manager":
                notes.append(f"{bench.names.name_of('manager', id_) or id_} leads a team: figures are the team's")
            key = type_ if dimension in ("rep", "manager") else dimension
            if id_ not in result.setdefault(key, []):
                result[key].append(id_)
    notes += _left(bench, [*result.get("rep", []), *result.get("manager", [])])
    return result


def _left(bench: Workbench, people: list[str]) -> list[str]:
    """Who of them has left by the last complete day, and when: a book that is empty today has a reason."""
    from sqlalchemy import select

    reps, d1 = bench.views.reps(), bench.asof.d1
    if not people or not bench.warehouse.has("rep", "end_date"):
        return []
    gone = select(reps.c.full_name, reps.c.end_date).where(reps.c.rep_id.in_(people), reps.c.end_date <= d1).order_by(reps.c.rep_id)
    return [f"{name} left on {spell(day)}" for name, day in bench.warehouse.run(gone).rows]


def new_skus(bench: Workbench, notes: list[str]) -> list[str]:
    """SKUs launched in the year up to the last complete day. NoData when there is none, or no launch date is on record."""
    from sqlalchemy import select

    sku, d1 = bench.views.table("sku"), bench.asof.d1
    if not bench.warehouse.has("sku", "launched_on"):
        raise NoData("No launch dates of SKUs are loaded, so nobody can tell which ones are new.")
    recent = sku.c.launched_on.between(d1 - timedelta(days=NEW_DAYS), d1)
    found = bench.warehouse.run(select(sku.c.sku_id, sku.c.sku_name, sku.c.launched_on).where(recent).order_by(sku.c.sku_id)).rows
    if not found:
        raise NoData(f"No SKU was launched in the year up to {spell(d1)}.")
    notes.append(f"new is what was launched within a year: {', '.join(f'{name} ({spell(day)})' for _, name, day in found)}")
    return [str(ident) for ident, _, _ in found]


def _of_family(bench: Workbench, metrics: list[str], filters: dict[str, list[str]], notes: list[str]) -> dict[str, list[str]]:
    """A SKU stands for its family where no metric asked for knows SKUs but all know families."""
    from sqlalchemy import select

    known = [_metric(bench.catalog, name).dimensions for name in metrics]
    if "sku" not in filters or any("sku" in names or "sku_family" not in names for names in known):
        return filters
    sku = bench.views.table("sku")
    found = bench.warehouse.run(select(sku.c.sku_name, sku.c.sku_family).where(sku.c.sku_id.in_(filters["sku"]))).rows
    notes += [f"{name} is counted with its family, {family}" for name, family in found]
    families = list(dict.fromkeys([*filters.get("sku_family", []), *(str(family) for _, family in found)]))
    return {name: values for name, values in filters.items() if name != "sku"} | {"sku_family": families}


def _compare(bench: Workbench, phrase: str, period: Period | None) -> Any:
    """The earlier window, or "prior"/"year_ago" to be worked out for each metric's own window."""
    text = phrase.strip().casefold()
    if not text:
        return bench.calendar.earlier_same_days(period) if period and period.incomplete else None
    if text in _PRIOR:
        return bench.calendar.earlier_same_days(period) if period else "prior"
    if text in _YEAR_AGO:
        return year_ago(period.window) if period else "year_ago"
    return resolve_period(phrase, bench.asof, bench.calendar).window


def _order(bench: Workbench, order: str) -> str:
    """An order with its metric given by word turned into one with the id."""
    text = order.strip()
    head = "abs:" if text.startswith("abs:") else "-" if text.startswith("-") else ""
    name = text.removeprefix("abs:").lstrip("+-")
    if not name:
        return ""
    word, dot, output = name.partition(".")
    return head + bench.catalog.metric(word).id + dot + output


NEW_DAYS = 365
"""How long after its launch a SKU is new."""


class _Reply:
    """Turns a table into receipts, figures and the reply of the tool."""

    def __init__(self, bench: Workbench, table: MetricTable, arguments: dict[str, Any]) -> None:
        self._bench = bench
        self._table = table
        self._figures: dict[str, dict[str, Any]] = {}
        known_at = bench.asof.known_at
        self._receipts: list[Receipt] = [
            bench.book.add_receipt(
                "metric",
                "query_metrics",
                statement.columns,
                statement.rows,
                arguments=arguments,
                sql=statement.sql,
                params=statement.params,
                truncated=statement.truncated,
                derived=statement.derived,
                known_at=known_at,
                elapsed_ms=statement.elapsed_ms,
            )
            for statement in table.statements
        ]

    def build(self, period: Period | None, notes: list[str]) -> dict[str, Any]:
        table = self._table
        rows = [self._row(row) for row in table.rows]
        kinds = {row.keys["consumed_unit"] for row in table.rows if "consumed_unit" in row.keys}
        unit = kinds.pop() if len(kinds) == 1 else None
        total = {"figures": self._all(table.total, table.total_places, None, "total", unit)} if table.total else None
        rest = None
        if table.rest:
            rest = {"figures": self._all(table.rest, {}, None, "all others", unit), "count": table.rest_count}
        first = next(iter(table.outputs.values()), None)
        shown = period.window if period and first is None else first.window if first else None
        return {
            "receipts": [receipt.id for receipt in self._receipts],
            "window": _window(shown, period),
            "compare_window": _window(next((o.compare for o in table.outputs.values() if o.compare), None), None),
            "rows": rows,
            "total": total,
            "rest": rest,
            "truncated": table.truncated,
            "assumptions": [*(period.assumptions if period else []), *notes, *self._by_todays_owner(), *table.notes],
            "alternatives": [{"label": p.label, "window": _window(p.window, None)} for p in (period.alternatives if period else [])],
            "not_available": [{"metric": metric, "reason": reason} for metric, reason in table.not_available.items()],
            **self._chosen(rows),
            "figures": self._figures,
        }

    def _chosen(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Shares and ranks of the rows, and what met the conditions, as figures of their own."""
        table, query = self._table, self._table.query
        if not (query.having or query.show or query.shares):
            return {}
        figures, extra = chosen_figures(self._bench, table, rows)
        self._figures |= {f.id: {"label": f.label, "display": f.display, "value": f.value, "unit": f.unit} for f in figures}
        return extra

    def _row(self, row: MetricTable.Row) -> dict[str, Any]:
        row.names |= self._times(row.keys) | self._gone(row)
        entity = self._entity(row)
        label = ", ".join(row.names.get(name) or (value or "none").replace("_", " ") for name, value in row.keys.items())
        unit = row.keys.get("consumed_unit")
        return {
            "keys": row.keys,
            "names": row.names,
            "label": label,
            "entity": entity.model_dump() if entity else None,
            "figures": self._all(row.values, row.places, entity, label, unit),
        }

    def _gone(self, row: MetricTable.Row) -> dict[str, str]:
        """What accounts are called that were the asker's on earlier days, and people out of their sight: nobody's id is shown."""
        if self._bench.principal.sees_everything:
            return {}
        return {name: called for name, called in OUT_OF_SIGHT.items() if row.keys.get(name) and name not in row.names}

    def _times(self, keys: Mapping[str, str | None]) -> dict[str, str]:
        """What the days, weeks, months, quarters and years of a row are called."""
        window = next(output.window for output in self._table.outputs.values())
        starts = {name: date.fromisoformat(value) for name, value in keys.items() if name in TIME and value}
        return {name: bucket_label(start, name, window, self._bench.calendar) for name, start in starts.items()}

    def _entity(self, row: MetricTable.Row) -> Entity | None:
        for name, value in row.keys.items():
            if value is not None and self._bench.catalog.dimensions[name].entity:
                return Entity(type=name, id=value, name=row.names.get(name) or value)
        return None

    def _all(
        self, values: dict[str, Cell], places: dict[int, int], entity: Entity | None, about: str, unit: str | None = None
    ) -> dict[str, str]:
        return {key: self._figure(key, value, places, entity, about, unit) for key, value in values.items() if key in self._table.outputs}

    def _figure(self, key: str, value: Cell, places: dict[int, int], entity: Entity | None, about: str, unit: str | None) -> str:
        output = self._table.outputs[key]
        place = places.get(output.statement)
        filters = _told_filters(self._table.query)
        figure = self._bench.book.add_figure(
            self._receipts[output.statement],
            output.output.label if about == "total" else f"{output.output.label}, {about}",
            value,
            self._unit(output, unit),
            metric=output.metric,
            window=output.compare if key.endswith(".prior") and output.compare else output.window,
            entity=entity or self._filtered_entity(self._table.query.filters),
            filters=filters,
            cell=(place, output.column) if place is not None else None,
        )
        if value is None:
            figure.display = self._absent(output)
        self._figures[figure.id] = {"label": figure.label, "display": figure.display, "value": figure.value, "unit": figure.unit}
        return figure.id

    def _filtered_entity(self, filters: dict[str, list[str]]) -> Entity | None:
        """The one thing the query is about, when it filters by a single account, person or the like."""
        for name, values in filters.items():
            if len(values) == 1:
                return Entity(type=name, id=values[0], name=self._bench.names.name_of(name, values[0]) or values[0].replace("_", " "))
        return None

    def _unit(self, output: OutputColumn, unit: str | None) -> str:
        """Units of the catalogue with the company's currency, and quantities in their own unit."""
        text = output.output.unit
        if text == "units":
            return unit or "units"
        return text.replace("currency", self._bench.warehouse.company.currency).replace("/units", f"/{unit or 'unit'}")

    def _absent(self, output: OutputColumn) -> str:
        params = self._bench.catalog.metrics[output.metric].params
        grown = "near_zero_per_28d" in params or output.output.key == "pct"
        return "from near zero" if grown and output.output.unit == "%" else "no data"

    def _by_todays_owner(self) -> list[str]:
        people = {"rep", "manager", "territory"}
        asked = {*self._table.query.group_by, *self._table.query.filters}
        if asked & people and not self._bench.warehouse.has("account_assignment"):
            return ["by today's owner: no dated assignments are loaded"]
        return []


def _told_filters(query: MetricQuery) -> dict[str, list[str]]:
    """The filters of a figure, with what is left out under "not account", "not country" …"""
    return query.filters | {f"not {name}": values for name, values in query.exclude.items()}


def _window(window: Window | None, period: Period | None) -> dict[str, str] | None:
    if window is None:
        return None
    label = period.label if period and period.window == window else str(window)
    return {"from": window.start.isoformat(), "to": window.end.isoformat(), "label": label}
