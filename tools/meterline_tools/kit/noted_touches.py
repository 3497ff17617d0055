"""Touches of a company that brought notes and no contact log: each note of a talk or a message is one, on the day it is of."""

from __future__ import annotations

from meterline_tools.kit.records import Records, read_records
from meterline_tools.kit.scoping import conditions
from meterline_tools.kit.touches import MOST, TOOL, Ask

FROM_NOTES = "no contact log is loaded: contacts are read from the dates of notes, so one that nobody wrote down is missing"
KINDS = {"transcript": "call", "call_note": "call", "voice_dump": "call", "qbr_note": "qbr", "email": "email", "chat": "informal"}
"""Kind of note -> kind of touch. A memo is about a customer and no touch of one."""


def noted_touches(ask: Ask) -> Records:
    """Touches, newest first, with the columns of the contact log as far as a note tells them; `of_note` is the note's own kind."""
    from sqlalchemy import Date, case, cast, func, literal, null, select

    note, accounts, people = ask.bench.views.table("note"), ask.bench.views.accounts(), ask.bench.views.reps()
    statement = (
        select(
            note.c.note_id.label("activity_id"),
            note.c.account_id,
            case(KINDS, value=note.c.note_type).label("activity_type"),
            note.c.occurred_at,
            note.c.note_type.label("of_note"),
            literal(1).label("customer_attendees"),
            *(null().label(name) for name in ("purpose", "substance", "substance_source", "ask_type", "ask_topic")),
            accounts.c.account_name,
            people.c.full_name,
        )
        .join_from(note, accounts, accounts.c.account_id == note.c.account_id)
        .outerjoin(people, people.c.rep_id == note.c.author_rep_id)
        .where(note.c.note_type.in_(KINDS), func.coalesce(note.c.sensitivity, "") != "restricted")
        .where(cast(note.c.occurred_at, Date) >= ask.window.start)
        .where(*conditions(ask.bench, ask.filters, account=note.c.account_id, person=note.c.author_rep_id))
        .order_by(note.c.occurred_at.desc(), note.c.note_id)
    )
    return read_records(ask.bench, TOOL, {"view": "log", "of": "notes"}, statement, limit=MOST)
