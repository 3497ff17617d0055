"""Which column of a file fills which canonical column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from meterline_tools.warehouse.loading.mapping import DAYS_AFTER, TableMapping
from meterline_tools.warehouse.loading.report import FileRefused
from meterline_tools.warehouse.schema import TABLES

FOCUS = {
    "chargeperiodstart": "usage_date",
    "billingaccountid": "account_id",
    "resourceid": "workload_id",
    "commitmentdiscountid": "contract_id",
    "commitmentdiscountstatus": "commit_status",
}
"""FOCUS names that are not the canonical name in another spelling. (EffectiveCost, SkuId, RegionId … are.)"""

DEFAULTS = {
    "rep": {"role": "core"},
    "account_assignment": {"assignment_role": "primary", "credit_pct": "1"},
    "sku": {"sku_family": "other", "consumed_unit": "unit", "is_consumption": "true"},
    "price": {"tier_from": "0", "tier_period": "month"},
    "note": {"note_type": "call_note"},
    "quota": {"version": "1", "quota_type": "incremental_consumption"},
}
"""Values for required columns that a file may leave out altogether; the report says so."""

NATURAL_KEYS: dict[str, tuple[str, ...]] = {
    "usage_daily": (
        *("usage_date", "account_id", "workload_id", "sku_id", "region_id"),
        *("charge_category", "charge_class", "contract_id", "commit_status", "ingested_at"),
    ),
    "account_assignment": ("account_id", "rep_id", "assignment_role", "valid_from"),
    "quota": ("fiscal_year", "rep_id", "account_id", "quota_type", "sku_family", "version"),
    "price": ("sku_id", "contract_id", "region_id", "tier_from", "tier_period", "valid_from"),
    "use_case_event": ("use_case_id", "event_at", "event_type", "field_name", "to_value"),
    "contact": ("account_id", "full_name", "email"),
    "activity": ("account_id", "rep_id", "activity_type", "occurred_at"),
    "note": ("account_id", "note_type", "occurred_at", "title"),
    "qbr": ("account_id", "due_date"),
    "action_item": ("account_id", "description", "created_at"),
    "enablement_event": ("subject_type", "subject_id", "event_type", "program", "occurred_at"),
    "support_ticket": ("account_id", "opened_at", "title"),
    "change_event": ("change_type", "title", "starts_on"),
    "forecast": ("account_id", "sku_family", "period_month", "source", "version_date", "use_case_id"),
    "usage_annotation": ("account_id", "day", "slice", "cause"),
}
"""What an id is derived from when a file has no id column. Other tables are referred to by id and must have one."""


@dataclass
class Columns:
    """The plan for one file: canonical column -> column of the file, and canonical column -> constant."""

    table: str
    sources: dict[str, str]
    constants: dict[str, str]
    currency_column: str | None = None
    ingested_days_after: int | None = None
    derive_id: bool = False
    unknown: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return next(iter(TABLES[self.table].primary_key)).name

    def notes(self) -> list[str]:
        said = []
        if self.unknown:
            said.append(f"columns that are not in the model were left aside: {', '.join(self.unknown)}")
        if self.derive_id:
            said.append(f"no {self.key} column: ids were derived from {', '.join(NATURAL_KEYS[self.table])}")
        return said


def plan_columns(table: str, names: list[str], mapping: TableMapping) -> tuple[Columns, list[str]]:
    """The plan and what was assumed. FileRefused when a required column is missing."""
    by_name = {_plain(name): name for name in names}
    sources = {column: by_name[_plain(column)] for column in _names(table) if _plain(column) in by_name}
    if table == "usage_daily":
        sources = {canonical: by_name[focus] for focus, canonical in FOCUS.items() if focus in by_name} | sources
    lowered = {name.lower(): name for name in names}
    for column, wanted in mapping.columns.items():
        if wanted.lower() not in lowered:
            raise FileRefused(f"the mapping wants column {wanted} for {column}, but the file has {', '.join(names)}")
        sources[column] = lowered[wanted.lower()]
    constants = {column: str(value) for column, value in mapping.constants.items()}
    plan = Columns(table, {column: name for column, name in sources.items() if column not in constants}, constants)
    if table == "usage_daily":
        after = DAYS_AFTER.match(constants.get("ingested_at", ""))
        if after:
            plan.ingested_days_after = int(after[1])
            del constants["ingested_at"]
        plan.currency_column = by_name.get("billingcurrency") or by_name.get("currency")
    assumed = _fill_defaults(plan)
    _require(plan, names)
    used = {*plan.sources.values(), plan.currency_column}
    plan.unknown = [name for name in names if name not in used]
    return plan, assumed


def _fill_defaults(plan: Columns) -> list[str]:
    assumed = []
    for column, value in DEFAULTS.get(plan.table, {}).items():
        if column not in plan.sources and column not in plan.constants:
            plan.constants[column] = value
            assumed.append(f"no {column} column: {value} is assumed for every row")
    return assumed


def _require(plan: Columns, names: list[str]) -> None:
    given = {*plan.sources, *plan.constants}
    missing = [column.name for column in TABLES[plan.table].c if not column.nullable and column.name not in given]
    if plan.key in missing and plan.table in NATURAL_KEYS:
        plan.derive_id = True
        missing.remove(plan.key)
    if plan.ingested_days_after is not None:
        missing.remove("ingested_at")
    advice = "name them in a mapping (tables: … columns:)"
    if missing == ["ingested_at"]:
        advice = "say in a mapping when rows reached you, e.g. `constants: {ingested_at: usage_date+1}`"
    if missing:
        raise FileRefused(f"missing {', '.join(missing)}; the file has {', '.join(names)}; {advice}")
    if plan.table == "usage_daily" and not given & {"effective_cost", "consumed_quantity"}:
        raise FileRefused(f"needs effective_cost or consumed_quantity; the file has {', '.join(names)}; {advice}")


def _names(table: str) -> list[str]:
    return [column.name for column in TABLES[table].c]


def _plain(name: str) -> str:
    """effective_cost, EffectiveCost, Effective Cost and x_EffectiveCost are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("x_"))
