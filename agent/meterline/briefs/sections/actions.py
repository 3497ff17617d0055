"""Section 13: what each side does next, who, and by when. Drafted for the rep to edit; nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from meterline.briefs.blocks import Block, Grid
from meterline.briefs.frame import Frame, Worked, problem
from meterline.briefs.sections.budget import budget_runs, is_behind, is_short
from meterline.briefs.sections.savings import best_tips

AGREED = "to be agreed"
PREPARE_DAYS = 7
FIRST_STEP_DAYS = 14
COVER_DAYS = 28
MAX_TIPS = 2


@dataclass(frozen=True)
class Action:
    """`days` count from the meeting, or from today when no meeting is on record."""

    ours: bool
    what: str
    days: int


def write(frame: Frame) -> list[Block]:
    actions = _actions(frame)
    days = {action.days: working_day(_start(frame) + timedelta(days=action.days)) for action in actions}
    marks = dict(zip(days, frame.worked(*(Worked("Due", day, "date") for day in days.values())), strict=True))
    rows = [[*_who_and_what(frame, action), marks[action.days]] for action in actions]
    return [Grid(["Side", "What", "Owner", "Due"], rows)]


def _start(frame: Frame) -> date:
    if frame.reviews is not None and frame.next_review is not None:
        day: date = frame.reviews.rows[frame.next_review]["scheduled_on"]
        return day
    return frame.bench.asof.today


def _who_and_what(frame: Frame, action: Action) -> list[str]:
    return ["us", action.what, frame.owner] if action.ours else ["customer", action.what, AGREED]


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def _actions(frame: Frame) -> list[Action]:
    """Ours and theirs in turn, from what the sections found; at least one of each."""
    actions: list[Action] = []
    tips = [] if problem(frame.savings) else [tip for tip in best_tips(frame.savings) if tip["workload"]]
    for tip in tips[:MAX_TIPS]:
        where = f"[[{tip['slice']['name']}]]"
        actions.append(Action(True, f"Show the evidence for {tip['name'].lower()} on {where} to the team that runs it.", PREPARE_DAYS))
        actions.append(Action(False, f"On {where}: {tip['first_step']}.", FIRST_STEP_DAYS))
    actions += _about_commitments(frame)
    for row in [] if problem(frame.projects) else frame.projects["rows"]:
        if row["overdue"]:
            what = f"Agree a new live date for [[{row['figures']['name']}]] and record why it moved."
            actions.append(Action(True, what, FIRST_STEP_DAYS))
            break
    actions += _standing(frame)
    return actions


def _about_commitments(frame: Frame) -> list[Action]:
    figures = [contract["figures"] for contract in frame.running_commits]
    if any(is_short(frame, each) for each in figures):
        return [
            Action(True, "Set out the ways to cover usage beyond the commitment, with what each costs.", FIRST_STEP_DAYS),
            Action(False, "Decide how usage beyond the commitment is covered.", COVER_DAYS),
        ]
    if any(is_behind(frame, each) for each in figures):
        return [
            Action(True, "Set out which projects could use the rest of the commitment, and when.", FIRST_STEP_DAYS),
            Action(False, "Say which of these projects are to start before the term ends.", COVER_DAYS),
        ]
    return []


def _standing(frame: Frame) -> list[Action]:
    """What every review needs: the customer's own words on value, a budget, the next date."""
    standing = [Action(False, "State in own words, and with an own measure, what the platform is worth.", FIRST_STEP_DAYS)]
    if not budget_runs(frame):
        standing.append(Action(False, "Name the budget that consumption is to be held against.", FIRST_STEP_DAYS))
    return [*standing, Action(True, "Fix the date of the next review, with an executive of the customer.", PREPARE_DAYS)]
