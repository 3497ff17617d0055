"""What was agreed, at what price, and what is to come of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer, Table, Text

from meterline_tools.warehouse.schema.base import METADATA, columns

contract = Table(
    "contract",
    METADATA,
    Column("contract_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("contract_type", Text, nullable=False),
    Column("commit_amount", Double),
    Column("currency", Text),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
    Column("signed_date", Date),
    Column("status", Text),
    Column("discount_pct", Double),
    Column("overage_rule", Text),
    Column("overage_multiplier", Double),
    Column("rollover_rule", Text),
    Column("rollover_cap_pct", Double),
    Column("rollover_in_amount", Double),
    Column("prior_contract_id", Text),
    Column("payment_terms", Text),
    Column("is_cancellable", Boolean),
    Column("drawdown_scope", Text),
)

sku = Table(
    "sku",
    METADATA,
    Column("sku_id", Text, primary_key=True),
    Column("sku_name", Text, nullable=False),
    Column("sku_family", Text, nullable=False),
    Column("consumed_unit", Text, nullable=False),
    Column("is_consumption", Boolean, nullable=False),
    Column("launched_on", Date),
    Column("retired_on", Date),
    Column("priority_fiscal_years", Text),
)

price = Table(
    "price",
    METADATA,
    Column("price_id", Text, primary_key=True),
    Column("sku_id", Text, nullable=False),
    Column("contract_id", Text),
    Column("region_id", Text),
    Column("tier_from", Double, nullable=False),
    Column("tier_to", Double),
    Column("tier_period", Text, nullable=False),
    Column("unit_price", Double, nullable=False),
    Column("currency", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

workload = Table(
    "workload",
    METADATA,
    Column("workload_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("workload_name", Text),
    Column("workload_type", Text),
    Column("environment", Text),
    Column("connector_type", Text),
    Column("workspace_id", Text),
    Column("use_case_id", Text),
    Column("owner_team", Text),
    Column("region_id", Text),
    Column("schedule_cron", Text),
    Column("auto_stop_minutes", Integer),
    Column("compute_size", Text),
    Column("created_on", Date),
    Column("retired_on", Date),
)

use_case = Table(
    "use_case",
    METADATA,
    Column("use_case_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("use_case_name", Text, nullable=False),
    Column("business_outcome", Text),
    Column("stage", Text, nullable=False),
    Column("est_monthly_usd", Double),
    Column("created_at", DateTime),
    Column("source", Text),
    Column("original_planned_live_date", Date),
    Column("planned_live_date", Date),
    Column("actual_live_date", Date),
    Column("owner_rep_id", Text),
    Column("se_rep_id", Text),
    Column("partner_name", Text),
    Column("primary_sku_family", Text),
    Column("competitor", Text),
    Column("lost_reason", Text),
    Column("budget_monthly_usd", Double),
    *columns(Integer, "md_metrics", "md_economic_buyer", "md_decision_criteria", "md_decision_process", "md_paper_process"),
    *columns(Integer, "md_identify_pain", "md_champion", "md_competition"),
    Column("meddpicc_notes", Text),
)

use_case_event = Table(
    "use_case_event",
    METADATA,
    Column("event_id", Text, primary_key=True),
    Column("use_case_id", Text, nullable=False),
    Column("event_at", DateTime, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("field_name", Text),
    Column("from_value", Text),
    Column("to_value", Text),
    Column("actor_rep_id", Text),
    Column("reason", Text),
)
