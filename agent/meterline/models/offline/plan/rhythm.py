"""Plans of the morning coffee, of what to worry about, of exceptions, and of surges and drops."""

from __future__ import annotations

from meterline.models.offline.plan import changes
from meterline.models.offline.plan.base import filters_of, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

EXCEPTIONS, WORRIES = "exceptions", "worries"
_SURGES = frozenset({"surge", "surges", "surging", "surged", "spike", "spikes", "spiking", "spiked"})
_DROPS = frozenset({"drop", "drops", "dropping", "dropped", "dip", "dips"})
_WORRYING = frozenset(
    {"worry", "worried", "worrying", "attention", "urgent", "fires", "fire", "burning", "concern", "concerns", "concerned"}
)


def coffee(reading: Reading) -> list[Step]:
    """All of it, or only what needs a look when that is the question."""
    worries = bool(_WORRYING & reading.tokens.present)
    return [Step("coffee", "morning_coffee", {"focus": WORRIES} if worries else {})]


def exceptions(reading: Reading) -> list[Step]:
    """The ladder of the people named, else the exceptions of everybody and everything in sight."""
    people = reading.people[:2]
    if not people:
        return [Step("coffee", "morning_coffee", {"focus": EXCEPTIONS})]
    window = {"window": window_of(reading)} if window_of(reading) else {}
    return [Step(f"review_{n}", "review_rep", {"rep": person.id, **window}) for n, person in enumerate(people)]


_SPANS = {"today": 1, "yesterday": 1, "month": 30, "quarter": 92}
_WEEK = 7


def watch(reading: Reading) -> list[Step]:
    """Surges and drops within what is named; an account that is named is a question of why it moved."""
    if reading.accounts:
        return changes.explain(reading)
    days = next((days for word, days in _SPANS.items() if word in reading.tokens.present), _WEEK)
    up, down = (bool(words & reading.tokens.present) for words in (_SURGES, _DROPS))
    args: dict[str, object] = {"days": days, "again": True}
    if up != down:
        args["only"] = "surges" if up else "drops"
    return [Step("watch", "watch", args | ({"filters": filters} if (filters := filters_of(reading.named)) else {}))]
