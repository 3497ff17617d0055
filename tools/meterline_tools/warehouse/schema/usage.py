"""Who sells, who buys, and what was used."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Double, Integer, Table, Text

from meterline_tools.warehouse.schema.base import METADATA, columns

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
    *columns(Text, "industry", "country", "region", "segment", "motion", "plan", "acquisition_source"),
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
    *columns(Double, "consumed_quantity", "list_cost", "contracted_cost", "effective_cost", "billed_cost"),
    *columns(Integer, "active_users", "jobs_succeeded", "jobs_failed"),
    *columns(Double, "retry_quantity", "idle_quantity", "refresh_quantity", "compute_hours", "avg_utilization", "queue_seconds"),
    *columns(Double, "spill_gb", "rows_processed", "rows_changed", "gb_scanned", "gb_stored", "gb_egress"),
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
