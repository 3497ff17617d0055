"""Section 1: value, spend against plan, what we propose, and the one decision sought; from sections 3 to 7 alone."""

from __future__ import annotations

from meterline.briefs.blocks import Block, Line, Lines
from meterline.briefs.frame import Frame, problem
from meterline.briefs.sections.budget import budget_runs, is_behind, is_short, latest_budget, recommendation
from meterline.briefs.sections.savings import best_tips

MAX_OUTCOME_WORDS = 14
"""A longer outcome stands in the projects section alone: the summary keeps within 120 words."""


def write(frame: Frame) -> list[Block]:
    lines = [
        Line(_value(frame), label="Value:"),
        Line(_spend(frame), label="Spend:"),
        Line(_proposal(frame), label="We propose:"),
        Line(_decision(frame), label="Decision sought:"),
    ]
    return [Lines(lines, "list")]


def _value(frame: Frame) -> str:
    """The live use case that realises most and has an outcome on record; never a value nobody stated."""
    rows = [] if problem(frame.projects) else frame.projects["rows"]
    live = [row for row in rows if row["stage"] == "live" and not row["live_without_usage"] and "outcome" in row["figures"]]
    live.sort(key=lambda row: -frame.number(row["figures"].get("realized", row["figures"]["outcome"])))
    if not live:
        return "not yet evidenced: ask for it." if frame.internal else "to be stated in the customer's own measure."
    figures = live[0]["figures"]
    outcome = str(frame.figure(figures["outcome"]).value)
    told = f" (outcome on our record: “[[{figures['outcome']}]]”)" if len(outcome.split()) <= MAX_OUTCOME_WORDS else ""
    return f"[[{figures['name']}]] is live{told}" + ("; ask for the customer's own statement." if frame.internal else ".")


def _spend(frame: Frame) -> str:
    totals = frame.totals
    if not totals:
        return "no paid consumption on record."
    change = f", {frame.change(totals)} on the weeks before" if "M10" in totals else ""
    return f"[[{totals['M01']}]] in the period{change}; {_plan(frame)}."


def _plan(frame: Frame) -> str:
    """Spend against the commitment, else the budget."""
    for contract in frame.running_commits:
        if "M27" in contract["figures"]:
            pace = f" at [[{contract['figures']['M28']}]] the linear pace" if "M28" in contract["figures"] else ""
            return f"[[{contract['figures']['M27']}]] of the commitment drawn{pace}"
    budget = latest_budget(frame)
    if budget is None or not budget_runs(frame):
        return "no budget stated"
    figure = budget[0].figure(budget[1], "budget_usd", "Stated budget", frame.bench.warehouse.company.currency)
    return f"stated budget [[{figure}]]"


def _proposal(frame: Frame) -> str:
    tips = [] if problem(frame.savings) else best_tips(frame.savings)
    if tips:
        return f"{tips[0]['name'].lower()}: {tips[0]['first_step']}, saving [[{tips[0]['range']}]]."
    for contract in frame.running_commits:
        return recommendation(frame, contract)
    return "no saving was found to offer; review the projects and what is next."


def _decision(frame: Frame) -> str:
    for contract in frame.running_commits:
        if is_short(frame, contract["figures"]):
            return "how usage beyond the commitment is to be covered."
        if is_behind(frame, contract["figures"]):
            return "which projects are to use the rest of the commitment."
    if not problem(frame.savings) and best_tips(frame.savings):
        return f"who takes the first step on {best_tips(frame.savings)[0]['name'].lower()}, and by when."
    rows = [] if problem(frame.projects) else frame.projects["rows"]
    late = next((row for row in rows if row["overdue"]), None)
    if late:
        return f"a new live date for [[{late['figures']['name']}]]."
    return "which outcome the next review is to be measured by."
