"""A selection put to use: which names are filters, which are left out, whose share or rank is asked, and what form that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.linking import Linked, Named
from meterline.models.offline.understand.selection import CHANGE, GROWTH, PACE, SPEND, Condition, aim
from meterline_tools.catalog.buckets import TIME

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

_TURNED = frozenset({"", "lookup", "slice", "explain", "movers", "scorecard", "help", "owner", "definition", "coffee"})
"""Intents that are a list, a share or a rank once such a thing is asked for."""
YEAR = "last 365 days"
"""What the size of a customer is told by, so that seasons even out."""
_TIMES = frozenset(TIME)
_PART_FIRST = ("account", "rep", "manager", "sku", "sku_family", "industry", "country", "segment", "region", "motion", "plan", "territory")
_WAYS = {"gain": (">", "up"), "lose": ("<", "down")}
_TEN = frozenset({"10", "ten"})


def sort_names(reading: Reading, linked: Linked) -> None:
    """Takes the names that are left out, or whose share or rank is asked, from those that filter; in place."""
    selection = reading.selection
    if reading.intent == "contact":
        selection.left_out_at = frozenset()  # "should I leave Alder alone" is about Alder
    selection.excluded = [linked.at[start] for start in sorted(selection.left_out_at) if start in linked.at]
    reading.named = [n for n in reading.named if n not in selection.excluded]
    if selection.shares and (reading.intent in _TURNED or _of_backlog(reading)):
        whole = [linked.at[start] for start in sorted(selection.whole_at) if start in linked.at]
        selection.part = [n for n in reading.named if n not in whole]
    elif selection.rank:
        selection.part = _ranked_part(reading.named)
    reading.named = [n for n in reading.named if n not in selection.part]


def _of_backlog(reading: Reading) -> bool:
    """ "What portion of RPO comes from retail": a share of what is left on contracts."""
    return reading.intent == "commit" and reading.metrics[:1] == ["M32"]


def _ranked_part(named: list[Named]) -> list[Named]:
    kind = next((k for k in _PART_FIRST if any(n.type == k for n in named)), None)
    return [n for n in named if n.type == kind]


def take_form(reading: Reading, lex: Lexicon) -> None:
    """Once the conversation is taken in: what is asked about a selection is a lookup; thresholds know their metric; in place."""
    selection = reading.selection
    if reading.intent == "attainment":
        selection.shares = False  # "percent of plan" is attainment itself
    if reading.refusal is not None or not (
        selection.conditions or selection.shares or selection.rank or selection.ratio or selection.beyond_top
    ):
        return
    _meant_otherwise(reading)
    if reading.intent not in (*_TURNED, "attainment") and not (selection.shares and _of_backlog(reading)):
        selection.kept = selection.conditions
        selection.conditions, selection.shares, selection.rank, selection.part, selection.ratio = [], False, False, [], ""
        return
    if (selection.shares or selection.rank) and not selection.part and not set(reading.measure.group_by) - _TIMES:
        selection.part, reading.named = list(reading.named), []
    if not selection.part and not reading.measure.group_by:
        selection.shares = selection.rank = False
    if (
        selection.shares
        and reading.measure.ranked == "large"
        and reading.measure.group_by == ["account"]
        and reading.measure.limit in (0, 5, 10)
    ):
        reading.measure.metrics = ["M17"] if reading.measure.limit != 10 or not _TEN & reading.tokens.present else reading.metrics
    if {"M17", "M35"} & set(reading.metrics):  # these are shares themselves
        selection.shares, reading.measure.group_by, reading.measure.limit = False, [], 0
        reading.named, selection.part = [*reading.named, *selection.part], []
    if selection.ratio and len(reading.named) < 2:
        selection.ratio = ""
    aim(selection, reading.metrics, reading.tokens, lex)
    if selection.conditions:
        _as_list(reading)
    if selection.part or selection.conditions or selection.shares or selection.ratio or selection.beyond_top:
        _as_lookup(reading)


def _meant_otherwise(reading: Reading) -> None:
    """Thresholds that choose nothing, and lists that are another intent's; in place."""
    selection = reading.selection
    if reading.intent == "retention" and not reading.metrics and selection.conditions:
        reading.intent = "movers"  # "customers that lost more than a third" are those that shrank by so much
    idle = any(c.output == SPEND and c.sign == "<=" and not c.number for c in selection.conditions)
    if idle and reading.intent in _TURNED and not reading.named and reading.periods.main is None and not reading.among:
        reading.intent, selection.conditions = "retention", []  # who stopped at all has been lost, whenever that was
    if len(reading.accounts) == 1 and not selection.part and not reading.measure.nouns and reading.intent != "attainment":
        selection.conditions = []  # "their bill doubled" is said of the one that is named, and chooses nothing


def _as_lookup(reading: Reading) -> None:
    if reading.intent == "movers" and not reading.metrics:
        reading.measure.metrics = ["M10", "M08", "M01"]
    elif reading.intent == "attainment":
        reading.measure.metrics = reading.metrics or ["M14", "M13"]
    elif reading.intent == "definition":
        reading.measure.metrics = []
    reading.intent = "lookup"


def _as_list(reading: Reading) -> None:
    """Thresholds choose among things: accounts, unless others are named; people for attainment."""
    conditions, measure = reading.selection.conditions, reading.measure
    if measure.direction in _WAYS and not any(c.output in (GROWTH, CHANGE) for c in conditions):
        sign, said = _WAYS[measure.direction]
        conditions.append(Condition(CHANGE, sign, 0.0, said))  # "growing but below 5k": both hold
    people = any(c.output == PACE for c in conditions)
    measure.group_by = measure.group_by or (["rep"] if people else measure.nouns[:1] or ["account"])
    heads = list(dict.fromkeys(c.output.partition(".")[0] for c in conditions))
    wanted = [*heads, *reading.metrics, *(["M13"] if people else ["M01", "M08"] if heads != ["M01"] else ["M08"])]
    measure.metrics = [m for m in dict.fromkeys(wanted) if m != "M24"]
    if not reading.periods.window and any(c.output == SPEND and c.number for c in conditions):
        named = next((c.window for c in conditions if c.window), "")
        reading.periods.window = named or (YEAR if measure.group_by == ["account"] else "")
        if reading.periods.window:
            reading.assumptions.append(f"The amount is looked for in the {reading.periods.window}.")
    if any(c.output == SPEND and c.sign == "<=" and not c.number for c in conditions):
        measure.metrics = ["M01", CHANGE]
        reading.assumptions.append("Listed are those with usage in the preceding equal period and none in this one.")
