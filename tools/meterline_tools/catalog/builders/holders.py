"""Rows of accounts with whoever is credited for the account on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import and_

from meterline_tools.catalog.builders.base import Column, Context


def with_holder(context: Context, rows: Any, account: Column, day: date | Column) -> tuple[Any, Column, Column]:
    """The rows joined to the credit valid on `day`, with the columns of the rep and of the rep's share; a split account has a row each."""
    credit = context.views.credit()
    valid: list[Any] = [credit.c.account_id == account, credit.c.valid_from <= day, credit.c.valid_to > day]
    return rows.outerjoin(credit, and_(*valid)), credit.c.rep_id, credit.c.credit_pct
