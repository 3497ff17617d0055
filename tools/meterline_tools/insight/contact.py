"""Whether a question may go to the customer now: the eight checks before one is drafted (7.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from meterline_tools.insight.thresholds import Thresholds


@dataclass(frozen=True)
class ContactLog:
    """What we know about recent contact with an account. `asks` is None without an activity table."""

    asks: Sequence[Mapping[str, Any]] | None
    """activity rows with an ask_type: occurred_at, activity_type, ask_type, ask_topic, ask_outcome, contact_ids."""
    contacts: Sequence[Mapping[str, Any]] = ()
    tickets: Sequence[Mapping[str, Any]] = ()
    qbr_dates: Sequence[date] = ()
    insiders: Sequence[str] = ()
    """Our own people who may know: SE, support, the owner; names."""
    ledger_answer: str | None = None


@dataclass(frozen=True)
class ContactCheck:
    """Whether asking is fine, what blocks it, and what to do instead."""

    passed: bool
    blocked_by: tuple[str, ...]
    alternative: str
    to_role: str
    contact_name: str | None = None

    @property
    def in_words(self) -> str:
        """What blocks it, for prose: the limits without their numbers, which no record proves."""
        text = "; ".join(self.blocked_by)
        for pattern, words in _LIMITS:
            text = re.sub(pattern, words, text)
        return text


_LIMITS = ((r"\bdue within \d+ days", "due soon"), (r" within \d+ days", " lately"), (r"\b\d+ or more ", "several "))

_ROLES = (
    (("price",), "procurement or FinOps contact", ("finops", "procurement")),
    (("users",), "sponsor", ("exec_sponsor", "economic_buyer", "champion")),
    (("slice",), "technical owner of this workload", ("technical_owner", "champion", "user")),
)


def check_contact(log: ContactLog, today: date, rules: Thresholds, topic: str = "slice") -> ContactCheck:
    """Runs the checks in their order. `topic` picks whom to ask: slice, users or price."""
    limits = rules.contact
    role, personas = next((role, personas) for topics, role, personas in _ROLES if topic in topics)
    if log.ledger_answer:
        return ContactCheck(False, ("the cause ledger already holds the answer",), log.ledger_answer, role)
    person = next((c for p in personas for c in log.contacts if c.get("persona") == p and c.get("status") in (None, "active")), None)
    name = person.get("full_name") if person else None
    if log.asks is None:
        return ContactCheck(False, ("no contact log was brought, so nobody can tell how often they were asked",), _inside(log), role, name)
    blocked = [text for text in (_asked_before(log, today, limits), _asked_person(log, person, today, limits)) if text]
    if _load(log, today, limits) >= limits.max_asks:
        blocked.append(f"there were {limits.max_asks} or more questions to this account within {limits.max_asks_days} days")
    if person and person.get("no_contact_until") and person["no_contact_until"] > today:
        blocked.append("this contact asked not to be contacted for now")
    alternative = _inside(log)
    if any(today <= day <= today + timedelta(days=limits.qbr_within_days) for day in log.qbr_dates):
        blocked.append(f"a business review is due within {limits.qbr_within_days} days")
        alternative = "Put it on the agenda of the coming business review."
    if any(str(t.get("severity") or "").casefold() in limits.severities and not t.get("closed_at") for t in log.tickets):
        blocked.append("a top-severity ticket is open")
        alternative = "Hold the question until the ticket is closed."
    return ContactCheck(not blocked, tuple(blocked), alternative, role, name)


def _inside(log: ContactLog) -> str:
    if log.insiders:
        return f"Ask inside first: {', '.join(log.insiders[:3])}."
    return "Ask inside first: the owner, the solution engineer, support."


def _day(value: Any) -> date:
    return value.date() if hasattr(value, "date") else value  # type: ignore[no-any-return]


def _asked_before(log: ContactLog, today: date, limits: Any) -> str | None:
    since = today - timedelta(days=limits.same_topic_days)
    same = [a for a in log.asks or () if a.get("ask_type") == "usage_why" and since <= _day(a["occurred_at"]) <= today]
    return f"they were asked about their usage within {limits.same_topic_days} days" if same else None


def _asked_person(log: ContactLog, person: Mapping[str, Any] | None, today: date, limits: Any) -> str | None:
    if person is None:
        return None
    since = today - timedelta(days=limits.same_contact_days)
    hit = [
        a
        for a in log.asks or ()
        if str(person["contact_id"]) in str(a.get("contact_ids") or "") and since <= _day(a["occurred_at"]) <= today
    ]
    return f"this contact was asked something within {limits.same_contact_days} days" if hit else None


def _load(log: ContactLog, today: date, limits: Any) -> float:
    since = today - timedelta(days=limits.max_asks_days)
    recent = [a for a in log.asks or () if since <= _day(a["occurred_at"]) <= today]
    return sum(limits.in_product_weight if a.get("activity_type") == "in_product" else 1.0 for a in recent)
