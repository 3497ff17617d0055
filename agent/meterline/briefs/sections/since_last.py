"""Section 2: what was promised, what became of it, and what shipped since."""

from __future__ import annotations

from meterline.briefs.blocks import Block, Grid, Line, Lines, text
from meterline.briefs.frame import Frame, Worked
from meterline_tools.kit import brief_data

MAX_PROMISES = 8
MAX_RELEASES = 3
SIDES = {"vendor": "us", "customer": "customer"}


def write(frame: Frame) -> list[Block]:
    return [text(_last_review(frame)), *_promises(frame), *_releases(frame)]


def _last_review(frame: Frame) -> str:
    if frame.reviews is None:
        return "No record of a previous QBR: no QBRs are loaded."
    if frame.last_review is None:
        return "No record of a previous QBR."
    held = frame.reviews.figure(frame.last_review, "held_on", "Last QBR", "date")
    executive = frame.reviews.figure(frame.last_review, "executive_name", "Executive at the last QBR")
    present = f"with [[{executive}]] present" if executive else "without an executive of the customer"
    return f"The last QBR was held on [[{held}]], {present}."


def _promises(frame: Frame) -> list[Block]:
    promises = frame.promises
    if promises is None:
        return [text("No record of promised actions: no action items are loaded.")]
    if not promises.rows:
        return [text("No promised actions are on record.")]
    rows = []
    for n, row in enumerate(promises.rows[:MAX_PROMISES]):
        owner, due = promises.figure(n, "owner_name", "Owner"), promises.figure(n, "due_date", "Due", "date")
        late = row["status"] == "open" and row["due_date"] is not None and row["due_date"] < frame.bench.asof.today
        rows.append(
            [
                f"[[{promises.figure(n, 'description', 'Promised')}]]",
                SIDES.get(row["owner_side"] or "", "not recorded"),
                f"[[{owner}]]" if owner else "not recorded",
                f"[[{due}]]" if due else "none",
                f"{row['status'] or 'not recorded'}{', overdue' if late else ''}",
            ]
        )
    more = len(promises.rows) - MAX_PROMISES
    grid = Grid(["Promised", "Side", "Owner", "Due", "Status"], rows)
    if more <= 0:
        return [grid]
    [count] = frame.worked(Worked("Further action items", more, "count"))
    return [grid, text(f"{count} further action items are on record.")]


def _when(frame: Frame) -> str:
    return "in these weeks" if frame.last_review is None else "since the last QBR"


def _releases(frame: Frame) -> list[Block]:
    since = frame.last_review_day or frame.period.start
    releases = brief_data.releases(frame.bench, frame.account, since, internal=frame.internal)
    if releases is None:
        return []
    if not releases.rows:
        return [text(f"Nothing that shipped {_when(frame)} touches what is used here.")]
    shipped = []
    for n in range(min(len(releases.rows), MAX_RELEASES)):
        title, day = releases.figure(n, "title", "Shipped"), releases.figure(n, "starts_on", "Shipped on", "date")
        shipped.append(Line(f"[[{title}]], [[{day}]].", label="Shipped:"))
    return [Lines(shipped, "list")]
