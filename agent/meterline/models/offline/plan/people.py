"""Plans of scorecards and attainment."""

from __future__ import annotations

from meterline.models.offline.plan.base import MONTH, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

_TIMELY = frozenset({"day", "week", "month"})
_SPANS = {"year": "FYTD", "quarter": "this quarter", "month": "this month"}
"""What "a good year" is about, when no period is named."""
JUDGING = frozenset(
    {"rate", "grade", "good", "bad", "great", "strong", "weak", "rough", "tough", "well", "poorly", "decent", "solid", "terrible"}
)


def scorecard(reading: Reading) -> list[Step]:
    """One person or team, with accounts that changed hands; several side by side, with size and segments of their books."""
    window = window_of(reading, _judged_span(reading) or MONTH)
    compared = len(reading.people) > 1
    by = [reading.people[0].type] if compared else []
    steps = [
        query("book", ["M01", "M08", "M36", "M37", "M38", "M44"], reading, window=window, group_by=by),
        query("target", ["M14", "M13", "M15", "M39"], reading, group_by=by),
    ]
    if compared:
        segments = query("segments", ["M01"], reading, window=window, group_by=[*by, "segment"])
        return [*steps, query("size", ["M06", "M24"], reading, group_by=by), segments]
    steps.append(query("movers", ["M10", "M08"], reading, window=window, group_by=["account"], order="abs:M10", limit=3))
    if judges(reading):
        steps.append(query("durable", ["M06", "M07"], reading))
    if reading.people:
        steps.append(Step("hands", "review_rep", {"rep": reading.people[0].id, "window": window, "part": "handovers"}))
    return steps


def judges(reading: Reading) -> bool:
    """Whether the question asks how good something is, so that the answer has to say what was taken for good."""
    return bool(JUDGING & reading.tokens.present)


def _judged_span(reading: Reading) -> str:
    return next((span for word, span in _SPANS.items() if word in reading.tokens.present), "") if judges(reading) else ""


_EACH = frozenset(
    {
        "who",
        "whos",
        "which",
        "whose",
        "anyone",
        "anybody",
        "everyone",
        "everybody",
        "someone",
        "people",
        "reps",
        "rep",
        "sellers",
        "aes",
        "managers",
    }
    | {"manager", "team", "teams", "list", "rank", "all", "each", "best", "worst", "nobody", "performer", "performers"}
)
"""Words by which attainment is asked person by person, and not of the whole."""


def attainment(reading: Reading) -> list[Step]:
    """One person, a breakdown, or everybody with their managers. "What do I need per day" asks for a rate, not for days."""
    metrics = ["M14", "M13", "M15"]
    by = [dimension for dimension in reading.measure.group_by if dimension not in _TIMELY]
    books = query("books", ["M01", "M08"], reading, group_by=["rep"], window=window_of(reading))
    if len(reading.people) == 1 and reading.people[0].type == "manager" and set(by) <= {"rep", "manager"}:
        return [query("attainment", metrics, reading), query("team", metrics, reading, group_by=["rep"])]
    if by or len(reading.people) == 1:
        return [query("attainment", metrics, reading, group_by=by), *([books] if by == ["rep"] else [])]
    if reading.whole and not _EACH & reading.tokens.present:
        return [query("attainment", metrics, reading), query("team", metrics, reading, group_by=["manager"])]
    if len(reading.people) > 1:
        return [query("attainment", metrics, reading, group_by=[reading.people[0].type])]
    return [
        query("attainment", metrics, reading, group_by=["rep"]),
        query("managers", metrics, reading, group_by=["manager"]),
        books,
    ]
