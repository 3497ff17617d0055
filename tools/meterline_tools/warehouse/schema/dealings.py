"""Whom we know and what passed between us; what happened, what is expected, and what causes are on file."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Double, Integer, Table, Text

from meterline_tools.warehouse.schema.base import METADATA

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
