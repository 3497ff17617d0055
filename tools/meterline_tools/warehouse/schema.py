"""The canonical model: 20 tables a company can bring, 3 of them required, and the cause ledger.

Money is in one reporting currency; dates are UTC usage days; timestamps are UTC without zone.
Ranges of dates in tables are half-open [from, to). Usage rows are append-only with `ingested_at`;
corrections are extra signed rows (`charge_class = 'Correction'`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer, MetaData, Table, Text

METADATA = MetaData()
REQUIRED_TABLES = ("rep", "account", "usage_daily")


def _columns(kind: type[Any], *names: str) -> list[Column[Any]]:
    """Columns of one type, none of them required."""
    return [Column(name, kind) for name in names]


rep = Table(
    "rep",
    METADATA,
    Column("rep_id", Text, primary_key=True),
    Column("full_name", Text, nullable=False),
    Column("preferred_name", Text),
    Column("aliases", Text),
    Column("email", Text),
    Column("role", Text, nullable=False),
    Column("manager_rep_id", Text),
    Column("territory", Text),
    Column("region", Text),
    Column("segment", Text),
    Column("timezone", Text),
    Column("start_date", Date),
    Column("end_date", Date),
)

account = Table(
    "account",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("account_name", Text, nullable=False),
    Column("aliases", Text),
    Column("domain", Text),
    Column("parent_account_id", Text),
    Column("owner_rep_id", Text),
    *_columns(Text, "industry", "country", "region", "segment", "motion", "plan", "acquisition_source"),
    Column("signup_date", Date),
    Column("first_consumption_date", Date),
    Column("timezone", Text),
    Column("billing_currency", Text),
    Column("created_at", DateTime),
)

usage_daily = Table(
    "usage_daily",
    METADATA,
    Column("usage_id", Text, primary_key=True),
    Column("usage_date", Date, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("workload_id", Text),
    Column("sku_id", Text),
    Column("region_id", Text),
    Column("charge_category", Text),
    Column("charge_class", Text),
    Column("contract_id", Text),
    Column("commit_status", Text),
    *_columns(Double, "consumed_quantity", "list_cost", "contracted_cost", "effective_cost", "billed_cost"),
    *_columns(Integer, "active_users", "jobs_succeeded", "jobs_failed"),
    *_columns(Double, "retry_quantity", "idle_quantity", "refresh_quantity", "compute_hours", "avg_utilization", "queue_seconds"),
    *_columns(Double, "spill_gb", "rows_processed", "rows_changed", "gb_scanned", "gb_stored", "gb_egress"),
    Column("ingested_at", DateTime, nullable=False),
)

account_assignment = Table(
    "account_assignment",
    METADATA,
    Column("assignment_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("rep_id", Text, nullable=False),
    Column("assignment_role", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("credit_pct", Double, nullable=False),
)

quota = Table(
    "quota",
    METADATA,
    Column("quota_id", Text, primary_key=True),
    Column("fiscal_year", Integer, nullable=False),
    Column("rep_id", Text, nullable=False),
    Column("account_id", Text),
    Column("quota_type", Text, nullable=False),
    Column("sku_family", Text),
    Column("baseline_annual_usd", Double),
    Column("incremental_quota_usd", Double),
    Column("quota_count", Integer),
    Column("baseline_method", Text),
    Column("snapped_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("quarter_weights", Text),
)

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
    *_columns(Integer, "md_metrics", "md_economic_buyer", "md_decision_criteria", "md_decision_process", "md_paper_process"),
    *_columns(Integer, "md_identify_pain", "md_champion", "md_competition"),
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

contact = Table(
    "contact",
    METADATA,
    Column("contact_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("full_name", Text),
    Column("title", Text),
    Column("email", Text),
    Column("persona", Text),
    Column("status", Text),
    Column("status_since", Date),
    Column("no_contact_until", Date),
)

activity = Table(
    "activity",
    METADATA,
    Column("activity_id", Text, primary_key=True),
    Column("account_id", Text),
    Column("rep_id", Text),
    Column("activity_type", Text, nullable=False),
    Column("purpose", Text),
    Column("occurred_at", DateTime, nullable=False),
    Column("duration_min", Integer),
    Column("contact_ids", Text),
    Column("customer_attendees", Integer),
    Column("use_case_id", Text),
    Column("substance", Integer),
    Column("substance_source", Text),
    Column("ask_type", Text),
    Column("ask_topic", Text),
    Column("ask_outcome", Text),
    Column("logged_at", DateTime),
)

note = Table(
    "note",
    METADATA,
    Column("note_id", Text, primary_key=True),
    Column("account_id", Text),
    Column("activity_id", Text),
    Column("author_rep_id", Text),
    Column("note_type", Text, nullable=False),
    Column("occurred_at", DateTime, nullable=False),
    Column("created_at", DateTime),
    Column("title", Text),
    Column("language", Text),
    Column("body", Text),
    Column("turns", Text),
    Column("sensitivity", Text),
    Column("supersedes_note_id", Text),
)

qbr = Table(
    "qbr",
    METADATA,
    Column("qbr_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("owner_rep_id", Text),
    Column("period_start", Date),
    Column("period_end", Date),
    Column("due_date", Date, nullable=False),
    Column("scheduled_at", DateTime),
    Column("held_at", DateTime),
    Column("status", Text, nullable=False),
    Column("customer_exec_contact_id", Text),
    Column("offered_savings_usd_month", Double),
    Column("accepted_savings_usd_month", Double),
    Column("budget_usd", Double),
    Column("notes_note_id", Text),
)

action_item = Table(
    "action_item",
    METADATA,
    Column("action_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("origin_type", Text),
    Column("origin_id", Text),
    Column("description", Text, nullable=False),
    Column("owner_side", Text),
    Column("owner_id", Text),
    Column("created_at", DateTime),
    Column("due_date", Date),
    Column("status", Text),
    Column("closed_at", DateTime),
    Column("est_impact_usd_month", Double),
    Column("use_case_id", Text),
)

enablement_event = Table(
    "enablement_event",
    METADATA,
    Column("event_id", Text, primary_key=True),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("account_id", Text),
    Column("event_type", Text, nullable=False),
    Column("program", Text),
    Column("sku_family", Text),
    Column("quantity", Integer),
    Column("score", Double),
    Column("occurred_at", DateTime, nullable=False),
    Column("expires_on", Date),
)

support_ticket = Table(
    "support_ticket",
    METADATA,
    Column("ticket_id", Text, primary_key=True),
    Column("account_id", Text),
    Column("workload_id", Text),
    Column("connector_type", Text),
    Column("severity", Text),
    Column("category", Text),
    Column("status", Text),
    Column("title", Text),
    Column("summary", Text),
    Column("change_id", Text),
    Column("opened_at", DateTime, nullable=False),
    Column("closed_at", DateTime),
)

change_event = Table(
    "change_event",
    METADATA,
    Column("change_id", Text, primary_key=True),
    Column("change_type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("scope_type", Text),
    Column("scope_value", Text),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("status", Text),
    Column("expected_effect", Text),
    Column("visibility", Text),
    Column("known_at", DateTime),
)

forecast = Table(
    "forecast",
    METADATA,
    Column("forecast_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("sku_family", Text),
    Column("period_month", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("version_date", Date, nullable=False),
    Column("amount_usd", Double, nullable=False),
    Column("low_usd", Double),
    Column("high_usd", Double),
    Column("overlay_reason", Text),
    Column("use_case_id", Text),
    Column("submitted_by", Text),
    Column("durability", Text),
)

# The cause ledger: ours, but a company can bring confirmed causes with it. One row per account x day x slice.
usage_annotation = Table(
    "usage_annotation",
    METADATA,
    Column("annotation_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("slice", Text),
    Column("cause", Text),
    Column("durability", Text),
    Column("excess_usd", Double),
    Column("status", Text),
    Column("source", Text),
    Column("evidence_ids", Text),
    Column("confirmed_by", Text),
    Column("confirmed_at", DateTime),
)

TABLES: dict[str, Table] = dict(METADATA.tables)
