"""Section 5: the use cases, planned against actual, realised against estimated."""

from __future__ import annotations

from typing import Any

from meterline.briefs.blocks import Block, Grid, Line, Lines, text
from meterline.briefs.frame import Frame, Worked, problem

MAX_PROJECTS = 6


def write(frame: Frame) -> list[Block]:
    reply = frame.projects
    if problem(reply):
        return [text("Use cases could not be read.")]
    if reply["not_available"]:
        return [text("No use cases recorded: none are loaded.")]
    open_or_live = [row for row in reply["rows"] if row["stage"] != "lost"]
    if not open_or_live:
        return [text("No use cases recorded.")]
    shown = open_or_live[:MAX_PROJECTS]
    columns = ["Use case", "Stage", "Planned", "Live", "Slip", "Estimated", "Realised", "Owner"]
    grid = Grid(columns, [_row(row) for row in shown], frozenset({4, 5, 6}))
    remarks = [line for row in shown if (line := _remark(frame, row))]
    rest = len(open_or_live) - len(shown)
    blocks: list[Block] = [grid, Lines(remarks, "list")] if remarks else [grid]
    if rest > 0:
        [count] = frame.worked(Worked("Further use cases", rest, "count"))
        blocks.append(text(f"{count} further use cases are on record."))
    return blocks


def _row(row: dict[str, Any]) -> list[str]:
    figures = row["figures"]

    def mark(name: str, absent: str = "") -> str:
        return f"[[{figures[name]}]]" if name in figures else absent

    share = f" ({mark('realised_share')})" if "realised_share" in figures else ""
    realised = f"{mark('realized')}{share}" if "realized" in figures else "not measurable" if row["stage"] == "live" else "none yet"
    stage = row["stage"] + (", no usage" if row["live_without_usage"] else "") + (", overdue" if row["overdue"] else "")
    planned = mark("original") or mark("planned", "no date")
    live = mark("actual") or (f"now {mark('planned')}" if "planned" in figures else "")
    return [mark("name"), stage, planned, live, mark("days_slipped"), mark("est"), realised, mark("owner", "to be agreed")]


def _remark(frame: Frame, row: dict[str, Any]) -> Line | None:
    """Outcome on record, recorded reason of a slip (for us alone), and what does not fit, of one use case."""
    figures, said = row["figures"], []
    if "outcome" in figures:
        said.append(f"“[[{figures['outcome']}]]” (outcome on our record)")
    if "reason" in figures and frame.internal:
        said.append(f"slipped, with the reason on record “[[{figures['reason']}]]”")
    if row["live_without_usage"]:
        said.append("marked live, but its workloads used nothing: check it")
    return Line(f"[[{figures['name']}]]: {'; '.join(said)}.") if said else None
