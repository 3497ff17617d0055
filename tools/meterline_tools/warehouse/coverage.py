"""Which tables and key columns a company brought, and what is off without the others."""

from __future__ import annotations

from typing import TypedDict

from meterline_tools.errors import UserError
from meterline_tools.warehouse.engines import Warehouse
from meterline_tools.warehouse.schema import REQUIRED_TABLES, TABLES

IF_ABSENT: dict[str, str] = {
    "account_assignment": "today's owner is credited for all dates; answers about past periods add \"by today's owner\"",
    "quota": 'no attainment; growth against the run rate at the start of the fiscal year is offered, labelled "not quota"',
    "contract": "no commitment, drawdown or overage; a price cause cannot be excluded, so confidence stays medium at most",
    "sku": "all consumption is one product; no mix effect",
    "price": "price tiers are only seen through the effective unit price",
    "workload": "drivers by SKU and region only; no realisation of use cases; fewer savings tips",
    "use_case": 'no pipeline; a look at a rep stops before the pipeline with "no pipeline data"',
    "use_case_event": "slips are only seen as today's date against the plan; no stage history",
    "contact": "a change of champion is only seen in notes; whether an executive attended is not checked",
    "activity": "no activity counts and no guard against asking too often: drafted customer questions are withheld",
    "note": "explanations from telemetry alone; causes are stated as hypotheses",
    "qbr": "the cadence of reviews is inferred from activities of type qbr",
    "action_item": 'no "since last time" section in briefs',
    "enablement_event": "no enablement data when a rep is reviewed",
    "support_ticket": "tickets are no evidence",
    "change_event": "spikes across customers are detected but not named",
    "forecast": "no loaded forecast: run rate, labelled so",
    "usage_annotation": "durable figures equal raw ones until causes are confirmed",
}
COLUMNS_IF_ABSENT: dict[tuple[str, str], str] = {
    ("usage_daily", "effective_cost"): "no consumption in money, only in units",
    ("usage_daily", "consumed_quantity"): "no units and no unit prices: price cannot be told from volume",
    ("usage_daily", "list_cost"): "no list consumption and no effective discount",
    ("usage_daily", "workload_id"): "no drivers by workload",
    ("usage_daily", "sku_id"): "no split by product",
    ("usage_daily", "region_id"): "no split by region",
    ("usage_daily", "commit_status"): "no split into committed and on demand; no overage",
    ("usage_daily", "active_users"): "no users and no intensity",
    ("usage_daily", "idle_quantity"): "idle time is not measured: no savings rule on it",
    ("usage_daily", "retry_quantity"): "retries are not measured: no savings rule on them",
    ("usage_daily", "refresh_quantity"): "full refreshes are not measured",
    ("account", "industry"): "no questions by industry",
    ("account", "region"): "no questions by region",
    ("account", "segment"): "no questions by segment",
    ("account", "owner_rep_id"): "accounts without an assignment are uncredited",
    ("rep", "manager_rep_id"): "no teams: managers see their own book only",
    ("rep", "email"): "people are known by rep id only",
    ("workload", "use_case_id"): "use cases cannot be compared with what they use",
    ("activity", "substance"): "activities are counted, their substance is unscored",
}
"""Columns worth naming when the table is there and the column is empty."""


class TableLine(TypedDict):
    table: str
    required: bool
    rows: int
    without: str | None
    """What is off, when the table is absent."""


class ColumnLine(TypedDict):
    table: str
    column: str
    filled: float
    """Share of rows that have a value."""
    without: str | None


class Coverage(TypedDict):
    tables: list[TableLine]
    columns: list[ColumnLine]
    off: list[str]
    """What is off, in sentences, for a page or a first hint."""
    warnings: list[dict[str, object]]
    """Checks of the last load that warned."""


class Asked(TypedDict):
    """A column that a file of a table may have."""

    column: str
    kind: str
    """text, number, whole number, yes or no, day or moment."""
    needed: bool
    words: list[str]
    """What it may say, where figures or rules hang on it; empty where it may say anything."""


_KINDS = {"TEXT": "text", "DOUBLE": "number", "INTEGER": "whole number", "BOOLEAN": "yes or no", "DATE": "day", "DATETIME": "moment"}


def columns_of(table: str) -> list[Asked]:
    """The columns of a table, for whoever writes a mapping. UserError names the tables there are. Nothing has to be loaded.

    What a file may leave out, since a load fills it in itself, is not needed: a default, or an id made of other columns.
    """
    from meterline_tools.warehouse.loading.checks import vocabularies
    from meterline_tools.warehouse.loading.naming import DEFAULTS, NATURAL_KEYS

    if table not in TABLES:
        raise UserError(f"There is no table '{table}'. Tables: {', '.join(TABLES)}.")
    words = {vocabulary.column: vocabulary.words for vocabulary in vocabularies()}
    filled_in = {*DEFAULTS.get(table, {}), *((key.name for key in TABLES[table].primary_key) if table in NATURAL_KEYS else ())}
    return [
        Asked(
            column=column.name,
            kind=_KINDS[str(column.type)],
            needed=not column.nullable and column.name not in filled_in,
            words=words.get(f"{table}.{column.name}", []),
        )
        for column in TABLES[table].c
    ]


def coverage(warehouse: Warehouse) -> Coverage:
    """The coverage page as data; reads only what the snapshot knows about itself."""
    known = warehouse.meta.coverage
    tables: list[TableLine] = []
    for name in TABLES:
        rows = known[name].rows if name in known else 0
        tables.append(TableLine(table=name, required=name in REQUIRED_TABLES, rows=rows, without=None if rows else IF_ABSENT.get(name)))
    columns: list[ColumnLine] = []
    for (table, column), without in COLUMNS_IF_ABSENT.items():
        if table in warehouse.tables:
            filled = known[table].filled.get(column, 0) / known[table].rows
            columns.append(ColumnLine(table=table, column=column, filled=round(filled, 4), without=None if filled else without))
    off = [f"{line['table']}: {line['without']}" for line in tables if line["without"]]
    off += [f"{line['table']}.{line['column']}: {line['without']}" for line in columns if line["without"]]
    return Coverage(tables=tables, columns=columns, off=off, warnings=warehouse.meta.warnings)
