"""No question goes out before the checks, and a blocked one gets an alternative."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meterline_tools.insight.contact import ContactLog, check_contact
from meterline_tools.insight.thresholds import load_thresholds

RULES = load_thresholds()
TODAY = date(2026, 8, 18)
OWNER = {"contact_id": "P1", "persona": "technical_owner", "full_name": "Ada", "status": "active", "no_contact_until": None}
FREE = ContactLog(asks=(), contacts=(OWNER,), insiders=("Sam",))


def ask(days_ago: int, **more: Any) -> dict[str, Any]:
    at = datetime(2026, 8, 18) - timedelta(days=days_ago)
    return {"occurred_at": at, "activity_type": "email", "ask_type": "survey", "contact_ids": None} | more


def test_with_nothing_in_the_way_the_technical_owner_may_be_asked() -> None:
    check = check_contact(FREE, TODAY, RULES)
    assert check.passed and check.contact_name == "Ada" and "technical owner" in check.to_role


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (replace(FREE, asks=None), "no contact log"),
        (replace(FREE, asks=(ask(29, ask_type="usage_why"),)), "asked about their usage"),
        (replace(FREE, asks=(ask(13, contact_ids='["P1"]'),)), "this contact was asked"),
        (replace(FREE, asks=(ask(1), ask(2), ask(3))), "or more questions"),
        (replace(FREE, contacts=({**OWNER, "no_contact_until": date(2026, 9, 1)},)), "not to be contacted"),
        (replace(FREE, qbr_dates=(date(2026, 8, 25),)), "business review"),
        (replace(FREE, tickets=({"severity": "1", "closed_at": None},)), "ticket"),
        (replace(FREE, ledger_answer="It was confirmed: a re-load."), "ledger"),
    ],
)
def test_each_check_blocks_and_offers_something_else(log: ContactLog, reason: str) -> None:
    check = check_contact(log, TODAY, RULES)
    assert not check.passed
    assert any(reason in text for text in check.blocked_by)
    assert check.alternative


def test_in_prose_the_limits_have_no_numbers_and_the_sentence_stays_one() -> None:
    """It read "they were asked about their usage lately; or more questions to this account lately"."""
    log = replace(FREE, asks=(ask(1, ask_type="usage_why"), ask(2), ask(3)), qbr_dates=(date(2026, 8, 25),))
    assert check_contact(log, TODAY, RULES).in_words == (
        "they were asked about their usage lately; there were several questions to this account lately; a business review is due soon"
    )


@pytest.mark.parametrize(
    "log",
    [
        replace(FREE, asks=(ask(31, ask_type="usage_why"),)),
        replace(FREE, asks=tuple(ask(n, activity_type="in_product") for n in range(5))),
        replace(FREE, tickets=({"severity": "1", "closed_at": datetime(2026, 8, 1)},)),
        replace(FREE, qbr_dates=(date(2026, 9, 20),)),
    ],
)
def test_what_is_long_past_or_light_does_not_block(log: ContactLog) -> None:
    assert check_contact(log, TODAY, RULES).passed


def test_a_price_question_goes_to_those_who_pay() -> None:
    assert "procurement" in check_contact(FREE, TODAY, RULES, "price").to_role
