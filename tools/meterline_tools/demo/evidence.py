"""What in the product's own data speaks for or against a cause: note sentences, tickets, use-case events, dated events.

Records carry a `supports` key while they are in memory; it is no column of any table, so it is never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from meterline_tools.demo import spec
from meterline_tools.demo.crm.world import Record, World
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

    def as_record(self) -> Record:
        record: Record = {"doc": self.doc, "side": self.side, "date": self.day.isoformat()}
        record |= {"claims": self.claims} if self.claims else {"supports": self.supports}
        return record | {k: v for k in ("turn", "start", "text", "span") if (v := getattr(self, k)) is not None}

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
        out.append(Exhibit(doc, account_id, s.side, s.day, supports, s.claims, s.turn, s.start, s.text, f"S-{i + 1:04d}"))
    for ticket in tables["support_ticket"]:
        if ticket.get("supports"):
            out.append(Exhibit(ticket["ticket_id"], ticket["account_id"], "customer", ticket["opened_at"].date(), ticket["supports"]))
    owner = {u["use_case_id"]: u["account_id"] for u in tables["use_case"]}
    for event in tables["use_case_event"]:
        if event.get("supports"):
            out.append(Exhibit(event["event_id"], owner[event["use_case_id"]], "vendor", event["event_at"].date(), event["supports"]))
    for change in tables["change_event"]:
        if change.get("supports"):
            about = change["scope_value"] if change["scope_type"] == "account" else None
            day = max(change["starts_on"], change["known_at"].date()) if about is None else change["starts_on"]
            out.append(Exhibit(change["change_id"], about, "system", day, change["supports"]))
    return out
