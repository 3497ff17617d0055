"""Section 4: the stated budget and the commitment against what was used, the contract's rules, what we recommend."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from meterline.briefs.blocks import Block, Line, Lines, text
from meterline.briefs.frame import Frame, Worked, problem, total_of
from meterline_tools.kit.records import Records
from meterline_tools.receipts import Window

BEHIND = 0.95
"""A pace below this share of a straight line calls for a plan."""


def write(frame: Frame) -> list[Block]:
    return [text(*_budget(frame)), *_commitments(frame)]


def budget_runs(frame: Frame) -> bool:
    """Whether there is a stated budget for the last complete day."""
    found = latest_budget(frame)
    return found is not None and found[0].rows[found[1]]["period_end"] > frame.period.end


def latest_budget(frame: Frame) -> tuple[Records, int] | None:
    """The QBR row with the latest stated budget whose period has begun."""
    reviews = frame.reviews
    for n, row in enumerate(reviews.rows if reviews else []):
        if row["budget_usd"] and row["period_start"] and row["period_end"] and row["period_start"] <= frame.period.end:
            assert reviews is not None
            return reviews, n
    return None


def _budget(frame: Frame) -> list[str]:
    found = latest_budget(frame)
    if found is None:
        return ["The customer has stated no budget" + _ask(frame)]
    records, n = found
    row = records.rows[n]
    whole = _window(row["period_start"], row["period_end"])
    elapsed = _window(row["period_start"], min(row["period_end"], frame.period.end + timedelta(days=1)))
    budget = records.figure(n, "budget_usd", "Stated budget", frame.bench.warehouse.company.currency, window=whole)
    used = total_of(frame.measure("M01", window=elapsed)).get("M01")
    stated = f"The customer's stated budget from [[{budget}.window]] is [[{budget}]]"
    if used is None:
        return [f"{stated}; consumption of these weeks is not available."]
    share, passed = frame.worked(
        Worked("Used of the stated budget", frame.number(used) / float(row["budget_usd"]), "%", elapsed),
        Worked("Elapsed part of the budget's period", elapsed.days / whole.days, "%", elapsed),
    )
    if elapsed.days >= whole.days:
        return [f"{stated}; [[{used}]] was used, {share} of it.", "No newer budget is stated" + _ask(frame)]
    return [f"{stated}; [[{used}]] of it ({share}) was used after {passed} of that time."]


def _ask(frame: Frame) -> str:
    return ": ask for it." if frame.internal else "."


def _window(start: date, end: date) -> Window:
    """Half-open dates of a table as an inclusive window."""
    return Window.model_validate({"from": start, "to": end - timedelta(days=1)})


def _commitments(frame: Frame) -> list[Block]:
    reply = frame.commitments
    if problem(reply):
        return [text("Contracts could not be read.")]
    if reply["pay_as_you_go"] is None:
        return [text("Whether there is a commitment is not known: no contracts are loaded.", _projection(frame))]
    running = [c for c in reply["contracts"] if c["running"] and c["contract_type"] == "commit"]
    licences = [c for c in reply["contracts"] if c["running"] and c["contract_type"] not in ("commit", "payg")]
    if not running and not licences:
        return [text("They pay as they go: there is no commitment to draw down or to renew.", _projection(frame))]
    lines = [Line(_licence(contract), label="Contract:") for contract in licences]
    for contract in running:
        lines += [Line(text_, label=label) for label, text_ in _commitment(frame, contract) if text_]
    return [Lines(lines, "list")]


def _projection(frame: Frame) -> str:
    """What pay-as-you-go comes to, at the rate of the last four weeks."""
    rate = total_of(frame.run_rates).get("M05")
    if rate is None:
        return ""
    unit = f"{frame.bench.warehouse.company.currency}/month"
    [month] = frame.worked(Worked("Monthly consumption at this rate", frame.number(rate) / 12, unit, frame.figure(rate).window))
    return f"At the rate of [[{rate}.window]] consumption comes to {month}."


def _licence(contract: dict[str, Any]) -> str:
    figures = contract["figures"]
    return f"[[{figures['id']}]] ({contract['contract_type'].replace('_', ' ')}) runs to [[{figures['end']}]]."


def _commitment(frame: Frame, contract: dict[str, Any]) -> list[tuple[str, str]]:
    figures = contract["figures"]
    commit = f" over [[{figures['commit']}]]" if "commit" in figures else ""
    drawn = f"; [[{figures['M27']}]] is drawn" if "M27" in figures else ""
    pace = f", at [[{figures['M28']}]] the linear pace" if drawn and "M28" in figures else ""
    return [
        ("Commitment:", f"[[{figures['id']}]]{commit} runs to [[{figures['end']}]]{drawn}{pace}."),
        ("Projection:", _exhaustion(frame, figures)),
        ("Rules:", " ".join(contract["text_rules"])),
        ("We recommend:", recommendation(frame, contract)),
    ]


def runs_out(frame: Frame, figures: dict[str, str]) -> bool:
    """Whether the commitment is projected to be used up before its term ends: M29 gives a day only then."""
    return _is_known(frame, figures.get("M29"))


def is_short(frame: Frame, figures: dict[str, str]) -> bool:
    """Whether usage goes, or is about to go, beyond the commitment."""
    return runs_out(frame, figures) or ("M30" in figures and frame.number(figures["M30"]) > 0)


def is_behind(frame: Frame, figures: dict[str, str]) -> bool:
    """Whether drawdown lags a straight line by more than five percent."""
    return "M28" in figures and frame.number(figures["M28"]) < BEHIND


def _is_known(frame: Frame, figure: str | None) -> bool:
    return figure is not None and frame.figure(figure).value is not None


def _exhaustion(frame: Frame, figures: dict[str, str]) -> str:
    overage = f"; overage so far is [[{figures['M30']}]]" if "M30" in figures and frame.number(figures["M30"]) > 0 else ""
    early, late = (f"[[{figures[key]}]]" if _is_known(frame, figures.get(key)) else "" for key in ("M29_low", "M29_high"))
    if runs_out(frame, figures):
        span = f" (between {early} and {late})" if early and late else f" (from {early} on)" if early else ""
        return f"It is used up by [[{figures['M29']}]]{span}, before the term ends{overage}."
    if overage:
        return f"It is used up{overage}."
    if "M31" in figures and frame.number(figures["M31"]) > 0:
        return f"At the present rate [[{figures['M31']}]] stays unused at the end of the term."
    return "At the present rate it lasts to the end of the term."


def recommendation(frame: Frame, contract: dict[str, Any]) -> str:
    """What we propose for one commitment, from its projection alone."""
    figures = contract["figures"]
    if is_short(frame, figures):
        return "agree how the rest of the term is covered, and compare that with the projected overage."
    if is_behind(frame, figures):
        return "plan which projects use the commitment before the term ends; do not add to it."
    return "keep the commitment as it is and look again at the next review."
