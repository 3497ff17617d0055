"""Plans of what was promised: both questions, about actions and about savings, read the same records."""

from __future__ import annotations

from meterline.models.offline.plan.base import filters_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

MOST = 3
"""Accounts that are told in one answer."""


def promised(reading: Reading) -> list[Step]:
    """One step an account; without an account what is open in sight, or with the people and slices that are named."""
    if reading.accounts:
        return [Step(f"promises_{n}", "promises", {"account": account.id}) for n, account in enumerate(reading.accounts[:MOST])]
    filters = filters_of(reading.named)
    return [Step("promises_0", "promises", {"filters": filters} if filters else {})]


def saved(reading: Reading) -> list[Step]:
    return promised(reading) if reading.accounts else []
