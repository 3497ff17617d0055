"""Section 0: who, when, which weeks, and how complete the data are."""

from __future__ import annotations

from meterline.briefs.blocks import Block, Line, Lines
from meterline.briefs.frame import WEEKS, Frame, Worked
from meterline_tools.kit.records import Records

MAX_PEOPLE = 6


def write(frame: Frame) -> list[Block]:
    asof = frame.bench.asof
    received = {day: min(rows, usd) for day, rows, usd in asof.completeness}.get(asof.d1)
    period, prior, last, known, share = frame.worked(
        Worked("Weeks of the period", WEEKS, "weeks", frame.period),
        Worked("Weeks compared with", WEEKS, "weeks", frame.prior),
        Worked("Last complete usage day", asof.d1, "date"),
        Worked("Time of knowledge", asof.today, "date"),
        Worked("Received of expected on that day (M54)", received, "%"),
    )
    compared = f", compared with {_dates(prior)}" if frame.covers(frame.prior) else "; there is no complete earlier period to compare with"
    complete = "" if received is None else f", with {share} of the expected data of that day in"
    lines = [
        Line(_account(frame), label="Account:"),
        Line(f"{frame.owner}.", label="Owner:"),
        Line(f"{period}, {_dates(period)}{compared}.", label="Period:"),
        Line(_meeting(frame), label="Meeting:"),
        Line(_attendees(frame), label="Attendees:"),
        Line(f"complete to {last}{complete}; known at {known}.", label="Data:"),
        Line("internal, not for the customer." if frame.internal else "for the customer.", label="Rendering:"),
    ]
    return [Lines(lines, "list")]


def _dates(mark: str) -> str:
    return mark.replace("]]", ".window]]")


def _account(frame: Frame) -> str:
    facts = frame.facts
    if not facts.rows:
        return "no facts on record."
    shown = [facts.figure(0, column, label) for column, label in (("industry", "Industry"), ("segment", "Segment"), ("country", "Country"))]
    about = ", ".join(f"[[{figure}]]" for figure in shown if figure)
    group = facts.figure(0, "group_name", "Group")
    name = f"[[{facts.figure(0, 'account_name', 'Account')}]]"
    return f"{name}{f' ({about})' if about else ''}{f', part of [[{group}]]' if group else ''}."


def _meeting(frame: Frame) -> str:
    if frame.reviews is None or frame.next_review is None:
        return "no date on record."
    day = frame.reviews.figure(frame.next_review, "scheduled_on", "Meeting date", "date")
    return f"[[{day}]]."


def _attendees(frame: Frame) -> str:
    people = frame.people
    if people is None or not people.rows:
        return "unknown."
    named = ", ".join(_person(people, n) for n in range(min(len(people.rows), MAX_PEOPLE)))
    if not frame.internal:
        return f"to be confirmed: {named}."
    has_executive = any(row["is_executive"] for row in people.rows)
    remark = "an executive is among them" if has_executive else "no executive is among them, and without one it is a status call"
    return f"to be confirmed from the contacts on record: {named}; {remark}."


def _person(people: Records, n: int) -> str:
    name, title = people.figure(n, "full_name", "Contact"), people.figure(n, "title", "Title")
    return f"[[{name}]]" + (f" ([[{title}]])" if title else "") if name else "someone without a name"
