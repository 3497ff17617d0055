"""What a question asks for and its answer does not do: said in so many words, so that nothing is answered as if it were asked.

The reading is held against the tool calls: names, a period, a comparison, a breakdown, thresholds and numbers of times that no
call carries are not part of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from meterline.models.offline.turn import Step
from meterline.models.offline.understand.counting import times_said
from meterline.models.offline.understand.data import read_yaml
from meterline.models.offline.understand.measure import broken_down
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import dimension_label, in_sentence, joined, plain_name


@cache
def _apart() -> dict[str, frozenset[str]]:
    """The lists of unheard.yaml."""
    return {name: frozenset(listed) for name, listed in read_yaml(Path(__file__).parent / "unheard.yaml").items()}


def unheard(reading: Reading, steps: Sequence[Step]) -> list[str]:
    """A line for each part of the question that no call of `steps` carries; none where nothing was called."""
    if not steps:
        return []
    parts = (("names", _names), ("period", _period), ("compare", _compare), ("breakdown", _breakdown), ("threshold", _threshold))
    told = [line for name, part in parts if reading.intent not in _apart()[name] and (line := part(reading, steps))]
    told += [line for line in (_times(reading), _role(reading), _average(reading), _joined(reading), _words(reading)) if line]
    return told


def _said(steps: Sequence[Step]) -> str:
    return json.dumps([step.args for step in steps], default=str)


def _names(reading: Reading, steps: Sequence[Step]) -> str:
    carried = _said(steps)
    chosen = [*reading.selection.excluded, *reading.selection.part]
    lost = [n for n in [*reading.named, *chosen] if f'"{n.id}"' not in carried and n.name not in carried and n not in reading.spoken_of]
    return f"{joined([plain_name(n.name) for n in lost])}: not taken into account here, the figures are of all." if lost else ""


def _period(reading: Reading, steps: Sequence[Step]) -> str:
    asked = reading.periods.main is not None and reading.periods.window and "the same period" not in reading.inherited
    carries = any({"window", "months", "horizon", "from", "on"} & step.args.keys() for step in steps)
    return (
        "The period of the question is not used here: the answer is as of now or over windows of its own." if asked and not carries else ""
    )


def _compare(reading: Reading, steps: Sequence[Step]) -> str:
    compares = any(step.args.get("compare") for step in steps)
    several = reading.beside or len(reading.named) > 1 or reading.selection.conditions or reading.intent in ("rivals", "themes", "notes")
    against = bool(_VERSUS & reading.tokens.present) and not several and len(reading.metrics) < _BOTH and not reading.measure.group_by
    if against and not reading.periods.compare and not compares:
        return "What it is to be set against was not understood: ask for each by itself."
    asked = bool(reading.periods.compare) and not compares
    return "The comparison that the question asks for is not made here: ask for each period by itself." if asked else ""


_VERSUS = frozenset({"vs", "versus"})
_BOTH = 2


def _breakdown(reading: Reading, steps: Sequence[Step]) -> str:
    asked = broken_down(reading.tokens)
    carried = {by for step in steps for by in _listed(step.args.get("group_by")) | _listed(step.args.get("by"))}
    lost = [by for by in asked if by not in carried and not (by == "account" and reading.intent not in ("retention", "forecast"))]
    return f"This is not broken down by {joined([in_sentence(dimension_label(by)) for by in lost])} here." if lost else ""


def _listed(value: object) -> set[str]:
    return {value} if isinstance(value, str) else set(value) if isinstance(value, list) else set()


def _threshold(reading: Reading, steps: Sequence[Step]) -> str:
    asked = [c for c in reading.selection.conditions if c.said]
    carries = any({"having", "more_than"} & step.args.keys() for step in steps)
    asked = [*(asked if not carries else []), *reading.selection.kept]
    return f"Not used as a condition here: {joined([f'“{c.said}”' for c in asked])}." if asked else ""


def _times(reading: Reading) -> str:
    asked = reading.intent not in _apart()["times"] and times_said(reading.tokens) is not None and not reading.selection.ratio
    return "How many times it has to have happened is not used as a condition here." if asked else ""


def _average(reading: Reading) -> str:
    """ "What does a typical customer spend": an average over things, which no figure here is."""
    norms = [t.norm for t in reading.tokens]
    spread = any(word in _apart()["averages"] and _apart()["each_of"] & set(norms[at + 1 : at + 5]) for at, word in enumerate(norms))
    lost = spread and reading.intent in ("lookup", "slice") and not set(reading.metrics) & {"M04", "M12"}
    return "An average over customers is not worked out here: the figures are of all of them together." if lost else ""


def _joined(reading: Reading) -> str:
    """ "Accounts that joined after January": when somebody came is no filter."""
    tokens = reading.tokens
    when = [at for at, token in enumerate(tokens) if token.kind == "period"]
    came = any(_apart()["came"] & {t.norm for t in tokens[max(0, at - 3) : at]} for at in when)
    lost = came and reading.intent in ("lookup", "slice", "movers", "retention") and "M26" not in reading.metrics
    return "When an account came is no condition here: the period is that of the consumption told." if lost else ""


def _words(reading: Reading) -> str:
    """Words that no part of the answer follows from."""
    said = [f"“{word}”" for word in dict.fromkeys(reading.unused)][:_QUOTED]
    return f"Not taken into account here: {joined(said)}." if said else ""


_QUOTED = 4


def _role(reading: Reading) -> str:
    """Notes go by name and side: what a role said cannot be told from what others of its side said."""
    roles = _apart()["roles"] & reading.tokens.present
    lost = reading.intent == "notes" and roles and not reading.speaker and not reading.people
    return "Whose role a speaker has is not on record here: name the person to see their words alone." if lost else ""
