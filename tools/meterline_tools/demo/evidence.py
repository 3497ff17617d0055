"""What in the product's own data speaks for or against a cause: note sentences, tickets, use-case events, dated events.

Records carry a `supports` key while they are in memory; it is no column of any table, so it is never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from meterline_tools.demo import spec
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.stories import Event
from meterline_tools.demo.words import Words

BEFORE_DAYS, AFTER_DAYS = 90, 20


@dataclass(frozen=True)
class Exhibit:
    """One piece of evidence. `account_id` None speaks about every account that the cause touched."""

    doc: str
    account_id: str | None
    side: str
    day: date
    supports: str | None
    claims: str | None = None
    turn: int | None = None
    start: int | None = None
    text: str | None = None
    span: str | None = None
    event: str | None = None
    """The event it is about; None: the account, the cause and the time tell."""

    def as_record(self) -> Record:
        record: Record = {"doc": self.doc, "side": self.side, "date": self.day.isoformat()}
        record |= {"claims": self.claims} if self.claims else {"supports": self.supports}
        return record | {k: v for k in ("turn", "start", "text", "span") if (v := getattr(self, k)) is not None}

    def about(self, event: Event) -> bool:
        """Whether it can be about this event."""
        if self.event is not None:
            return self.event == event.id
        return self.account_id in (event.account_id, None) and self.near(event.story)

    def near(self, story: spec.Story) -> bool:
        """Within the time in which it can speak about this event and not about an older one."""
        until = (story.end or story.onset + timedelta(days=BEFORE_DAYS)) + timedelta(days=AFTER_DAYS)
        return story.onset - timedelta(days=BEFORE_DAYS) <= self.day <= until


def exhibits(world: World, words: Words, tables: dict[str, list[Record]]) -> list[Exhibit]:
    """Everything that was planted on purpose."""
    out = []
    for i, s in enumerate(words.spans):
        doc, account_id = words.ids[s.note_key], world.by_name[s.account].account.id
        supports = None if s.claims else s.supports
        out.append(Exhibit(doc, account_id, s.side, s.day, supports, s.claims, s.turn, s.start, s.text, f"S-{i + 1:04d}", s.event))
    owner = {u["use_case_id"]: u["account_id"] for u in tables["use_case"]}
    for row in tables["support_ticket"]:
        out += _record(row, row["ticket_id"], row["account_id"], "customer", row["opened_at"].date())
    for row in tables["use_case_event"]:
        out += _record(row, row["event_id"], owner[row["use_case_id"]], "vendor", row["event_at"].date())
    for row in tables["change_event"]:
        about = row["scope_value"] if row["scope_type"] == "account" else None
        known = row["known_at"].date()
        day = known if row.get("event") else max(row["starts_on"], known) if about is None else row["starts_on"]
        out += _record(row, row["change_id"], about, "system", day)
    for row in tables["contact"]:
        out += _record(row, row["contact_id"], row["account_id"], "system", row["status_since"])
    for row in tables["action_item"]:
        out += _record(row, row["action_id"], row["account_id"], "customer", row["created_at"].date())
    for row in tables["contract"]:
        out += _record(row, row["contract_id"], row["account_id"], "system", row["signed_date"])
    return out


def _record(row: Record, doc: str, account_id: str | None, side: str, day: date) -> list[Exhibit]:
    """The exhibit that a record is, if it is one."""
    return [Exhibit(doc, account_id, side, day, row["supports"], event=row.get("event"))] if row.get("supports") else []
