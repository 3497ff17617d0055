"""Plans of use cases: flows, lists of them, what they deliver, how they are qualified."""

from __future__ import annotations

from meterline.models.offline.plan.base import LISTED, filters_of, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.counting import times_said
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.periods import iso
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.scoring import any_match

_FLOWS = {"M36": "created", "M37": "live", "M38": "slipped"}
_USED = ("M36", "M37", "M38", "M39", "M40", "M42")
_PEOPLE_ONLY = ("M40",)
_STAGES = frozenset(
    {"stage", "stages", "evaluation", "evaluating", "approval", "implementation", "implementing", "qualification", "stuck", "stalled"}
)
_STAGE_OF = {
    **dict.fromkeys(("evaluating", "evaluation", "evaluations"), "evaluating"),
    **dict.fromkeys(("qualified", "qualification"), "qualified"),
    **dict.fromkeys(("approved", "approval"), "approved"),
    **dict.fromkeys(("implementing", "implementation"), "implementing"),
    "identified": "identified",
}
"""Words for the stages of use cases that are open."""
_ALL = 200
"""So many are looked through where a condition or an order is asked for that the list itself does not know."""
OFTEN = 2
"""Dates that changed more often than so count as slipping again and again, where the question names no number."""


def usecases(reading: Reading) -> list[Step]:
    if reading.ahead:
        return golive(reading)
    if view := standing_still(reading):
        return [listed(reading, view, window=reading.periods.window if view == "stalled" else "")]
    metrics = [m for m in reading.metrics if m in _USED] or (["M39"] if _STAGES & reading.tokens.present else ["M36", "M37", "M38"])
    by = reading.measure.group_by or ([] if reading.people or reading.accounts else ["rep"])
    by = [] if metrics == ["M39"] and by == ["rep"] and not reading.measure.group_by else by
    stages = [_STAGE_OF[word] for word in _STAGE_OF if word in reading.tokens.present] if metrics == ["M39"] else []
    cut = {"filters": filters_of(reading.named) | {"stage": list(dict.fromkeys(stages))}} if stages else {}
    steps = [query("flow", metrics, reading, window=window_of(reading), group_by=by, **cut)]
    flows = [m for m in metrics if m in _FLOWS]
    if reading.accounts or (len(reading.people) == 1 and not flows):
        who = {"account": reading.accounts[0].id} if reading.accounts else {"rep": reading.people[0].id}
        steps.append(Step("cases", "use_cases", who))
    if len(flows) == 1:
        steps.append(listed(reading, _FLOWS[flows[0]], window=window_of(reading)))
    if "M39" in metrics:
        steps.append(query("stages", ["M39"], reading, group_by=["stage"]))
    return steps


def standing_still(reading: Reading) -> str:
    """The list of those past their date, or of those nothing happened with, where that is what is asked for."""
    cues = lexicon().followups
    late = any_match(cues["late"], reading.tokens)
    still = any_match(cues["stalled"], reading.tokens) and "M42" not in reading.metrics
    stalled = still and not (_STAGE_OF.keys() & reading.tokens.present and any_match(cues["sitting"], reading.tokens))
    if "M40" in reading.metrics or late or stalled:
        return "" if "M40" in reading.metrics else "late" if late else "stalled"
    wanted = reading.measure.ranked or reading.measure.sort or reading.selection.kept
    return "open" if wanted and reading.metrics == ["M39"] and not reading.measure.group_by else ""


def listed(reading: Reading, which: str, **args: object) -> Step:
    """A list of use cases with the reading's filters."""
    limit = _ALL if reading.selection.kept or reading.measure.sort else LISTED
    stage = [stage for word, stage in _STAGE_OF.items() if word in reading.tokens.present and which in ("late", "stalled")]
    filters = filters_of(reading.named) | ({"stage": list(dict.fromkeys(stage))} if stage else {})
    given: dict[str, object] = {"which": which, "filters": filters, "limit": limit, **args}
    return Step("list", "use_cases", {name: value for name, value in given.items() if value})


def golive(reading: Reading) -> list[Step]:
    period = reading.periods.main
    return [listed(reading, "planned", window=reading.periods.window or (iso(period) if period else ""))]


def slips(reading: Reading) -> list[Step]:
    return [listed(reading, "often", more_than=more_than(reading))]


def more_than(reading: Reading) -> int:
    """The number of changes that is exceeded: "more than twice" is 2, "three times" and "at least 3 times" are 2 as well."""
    least = times_said(reading.tokens)
    return OFTEN if least is None else max(0, least - 1)


def idle(reading: Reading) -> list[Step]:
    return [listed(reading, "idle"), query("realised", ["M41"], reading)]


def realised(reading: Reading) -> list[Step]:
    if reading.accounts:
        return [Step("cases", "use_cases", {"account": reading.accounts[0].id}), query("realised", ["M41"], reading)]
    by = reading.measure.group_by
    return [*([query("realised", ["M41"], reading, group_by=by)] if by else []), listed(reading, "low")]


def qualification(reading: Reading) -> list[Step]:
    by = reading.measure.group_by
    return [*([query("scores", ["M43"], reading, group_by=by)] if by else []), listed(reading, "gaps")]
