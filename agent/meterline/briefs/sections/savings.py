"""Section 7: what the rules found that the customer could save, as ranges with caveats."""

from __future__ import annotations

from typing import Any

from meterline.briefs.blocks import Block, Line, Lines, text
from meterline.briefs.frame import Frame, problem

MAX_TIPS = 5


def write(frame: Frame) -> list[Block]:
    reply = frame.savings
    if problem(reply):
        return [text("The savings rules could not be checked.")]
    checked = f"[[{reply['counts']['checked']}]] of [[{reply['counts']['rules']}]] rules could be checked"
    if not reply["tips"]:
        return [text(f"No rule fired; {checked}.")]
    tips = best_tips(reply)
    whole = f"Together [[{reply['total']['range']}]], overlaps counted once; {checked}."
    return [Lines([_tip(tip) for tip in tips], "list"), text(whole)]


def best_tips(reply: dict[str, Any]) -> list[dict[str, Any]]:
    """The tips worth most, without those that a larger one contains."""
    return [tip for tip in reply["tips"] if not tip["overlaps"]][:MAX_TIPS]


def _tip(tip: dict[str, Any]) -> Line:
    saving = f"Saves [[{tip['range']}]]; {tip['effort']} effort."
    return Line(f"[[{tip['slice']['name']}]]: {tip['text']} {saving} {tip['caveat']}", label=f"{tip['name']} ({tip['rule']}).")
