"""How completely open use cases are qualified (M43), field by field."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, case, func, or_

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio, slot
from meterline_tools.catalog.builders.use_cases import case_fact

FIELDS = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "identify_pain",
    "champion",
    "competition",
)
"""The eight scores of a use case, each 0 to 3, in columns md_<field>."""
BEST = 3


def build_qualification(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Scores of the stages that are being qualified. A field without a score is a gap; a use case without any is counted apart."""
    request = requests[0]
    params = request.metric.params
    cases = context.views.table("use_case")
    scores = {name: cases.c[f"md_{name}"] for name in FIELDS}
    scored = or_(*(score.is_not(None) for score in scores.values()))
    gaps: dict[str, Column] = {
        name: case((and_(scored, func.coalesce(score, 0) <= params["gap"]), 1), else_=0) for name, score in scores.items()
    }

    def measure() -> Measured:
        def total(column: Column) -> Column:
            return func.coalesce(func.sum(column), 0)

        points: Column = sum((func.coalesce(score, 0) for score in list(scores.values())[1:]), func.coalesce(scores["metrics"], 0))
        every: Column = sum(list(gaps.values())[1:], gaps["metrics"])
        slots: dict[str, Column] = {
            "n_points": total(case((scored, points), else_=0)),
            "n_count": total(case((scored, 1), else_=0)),
            "n_unscored": total(case((scored, 0), else_=1)),
            "n_gaps": total(every),
            **{f"n_{name}": total(gap) for name, gap in gaps.items()},
        }
        return case_fact(context, cases, request.window), slots, [cases.c.stage.in_(params["stages"])]

    outputs = outputs_of(request)
    parts, whole = parts_and_whole(context, measure, f"M43 {request.metric.definition.rstrip('.')}, as of {request.window.end}")
    best = BEST * len(FIELDS)
    formulas: dict[str, Formula] = {
        derived.column: slot(f"n_{derived.output.key}") if derived.output.key else lambda get: ratio(get("n_points"), get("n_count") * best)
        for derived in outputs
    }
    return [Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])]
