"""The canonical model: 20 tables a company can bring, 3 of them required, and the cause ledger.

Money is in one reporting currency; dates are UTC usage days; timestamps are UTC without zone.
Ranges of dates in tables are half-open [from, to). Usage rows are append-only with `ingested_at`;
corrections are extra signed rows (`charge_class = 'Correction'`).
"""

from __future__ import annotations

from sqlalchemy import Table

from meterline_tools.warehouse.schema.base import METADATA
from meterline_tools.warehouse.schema.dealings import (
    action_item,
    activity,
    change_event,
    contact,
    enablement_event,
    forecast,
    note,
    qbr,
    support_ticket,
    usage_annotation,
)
from meterline_tools.warehouse.schema.deals import contract, price, sku, use_case, use_case_event, workload
from meterline_tools.warehouse.schema.usage import account, account_assignment, quota, rep, usage_daily

__all__ = [
    "METADATA",
    "REQUIRED_TABLES",
    "TABLES",
    "account",
    "account_assignment",
    "action_item",
    "activity",
    "change_event",
    "contact",
    "contract",
    "enablement_event",
    "forecast",
    "note",
    "price",
    "qbr",
    "quota",
    "rep",
    "sku",
    "support_ticket",
    "usage_annotation",
    "usage_daily",
    "use_case",
    "use_case_event",
    "workload",
]

REQUIRED_TABLES = ("rep", "account", "usage_daily")
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        rep,
        account,
        usage_daily,
        account_assignment,
        quota,
        contract,
        sku,
        price,
        workload,
        use_case,
        use_case_event,
        contact,
        activity,
        note,
        qbr,
        action_item,
        enablement_event,
        support_ticket,
        change_event,
        forecast,
        usage_annotation,
    )
}
"""By name, in the order in which people are told of them."""
