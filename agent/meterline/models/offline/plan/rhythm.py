"""Plans of the morning coffee, of what to worry about, and of exceptions."""

from __future__ import annotations

from meterline.models.offline.plan.base import window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

EXCEPTIONS, WORRIES = "exceptions", "worries"
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
