"""Shares, ranks, and what meets the conditions of a metric query, as figures with a receipt of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meterline_tools.catalog.model import MetricTable
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import Cell, Entity, Figure


def chosen_figures(bench: Workbench, table: MetricTable, rows: list[dict[str, Any]]) -> tuple[list[Figure], dict[str, Any]]:
    """The figures made, and what they add to the reply; the rows of the reply get M01.share and M01.rank in place.

    `parts` counts everything the breakdown has, `matched` what meets the conditions with its sums, `thresholds` are those
    of the conditions in their order, so that a sentence can name them.
    """
    extra: dict[str, Any] = {}
    lines = [*_of_rows(table, rows), *_of_all(table, extra)]
    receipt = bench.book.add_receipt(
        "calc",
        "query_metrics",
        ["what", "of", "value"],
        [[line.what, line.of, line.value] for line in lines],
        arguments={"worked_out_from": "the rows and the total of this query"},
        known_at=bench.asof.known_at,
    )
    made = []
    for number, line in enumerate(lines):
        output = table.outputs.get(line.output)
        figure = bench.book.add_figure(
            receipt,
            f"{line.what}, {line.of}",
            line.value,
            line.unit.replace("currency", bench.warehouse.company.currency),
            metric=output.metric if output else None,
            window=output.window if output else next(iter(table.windows.values()), None),
            entity=line.entity,
            filters=table.query.filters,
            cell=(number, "value"),
        )
        line.into[line.key] = figure.id
        made.append(figure)
    return made, extra


@dataclass(frozen=True)
class _Line:
    """One value worked out: what it is, what of, and where its figure id goes."""

    what: str
    of: str
    value: Cell
    unit: str
    output: str
    into: dict[str, Any]
    key: str
    entity: Entity | None = None


def _of_rows(table: MetricTable, rows: list[dict[str, Any]]) -> list[_Line]:
    ranked = _ordered_by(table)
    lines = []
    for row, told in zip(table.rows, rows, strict=True):
        entity = Entity.model_validate(told["entity"]) if told["entity"] else None
        for key, share in row.shares.items():
            what = f"Share of {table.outputs[key].output.label.casefold()}"
            lines.append(_Line(what, told["label"], share, "%", key, told["figures"], f"{key}.share", entity))
        if table.query.show and ranked in row.values:
            what = f"Rank by {table.outputs[ranked].output.label.casefold()}"
            lines.append(_Line(what, told["label"], row.rank, "count", ranked, told["figures"], f"{ranked}.rank", entity))
    return lines


def _of_all(table: MetricTable, extra: dict[str, Any]) -> list[_Line]:
    lines: list[_Line] = []
    thresholds: dict[str, Any]
    if table.query.having or table.query.show:
        lines.append(_Line("How many there are", "all", table.parts, "count", "", extra, "parts"))
    extra["thresholds"] = thresholds = {}
    for number, condition in enumerate(table.query.having):
        output = table.outputs.get(condition.output)
        unit = output.output.unit if output else ""
        lines.append(_Line("Threshold asked for", condition.output, condition.number, unit, "", thresholds, str(number)))
    if table.matched is not None:
        matched: dict[str, Any] = {"figures": {}}
        extra["matched"] = matched
        lines.append(_Line("How many meet the conditions", "those that do", table.matched.count, "count", "", matched, "count"))
        for key, value in table.matched.values.items():
            told = table.outputs[key].output
            lines.append(_Line(told.label, "those that meet the conditions", value, told.unit, key, matched["figures"], key))
    return lines


def _ordered_by(table: MetricTable) -> str:
    """The output that ranks count by: the one the rows are ordered by, else the first."""
    name = table.query.order.removeprefix("abs:").lstrip("-+")
    return name if name in table.outputs else next(iter(table.outputs), "")
