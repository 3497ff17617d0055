"""Items about what was promised and planned: attainment, commitments, forecast."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from meterline_tools.insight.attention import Worry
from meterline_tools.kit.coffee.frame import A_MONTH, Frame, Reply, total_of
from meterline_tools.kit.coffee.told import Told, mark, nothing

TOP = 3
RUN_OUT, LEFT_OVER = 0.3, 0.2
SOON = 180
"""How surprising: a commitment that runs out early shows for months; the nearer within so many days, the more it is news."""


def attainment(frame: Frame) -> Told | None:
    """F027: attainment of the fiscal year to date, pace first, and what the rest of the year needs."""
    found = total_of(frame.measure("M14", "M13", "M15"))
    pace, gap = found.get("M14.pace"), found.get("M14.gap")
    if not frame.has_value(pace) or pace is None:
        return None
    said = [f"Attainment is {mark(pace)} of what quota asks by now ({mark(pace, 'window')})."]
    if gap and (short := frame.number(gap)) is not None:
        said.append(f"That is {mark(gap, 'abs')} {'short of' if short < 0 else 'above'} pace.")
    if frame.has_value(found.get("M15")):
        said.append(f"The rest of the year needs a run rate of {mark(found['M15'])}.")
    return Told(said, values={"pace": pace})


def commits(frame: Frame) -> Told | None:
    """F030: commitments that run out before their term, and those that will not be used up."""
    if not frame.has("contract"):
        return None
    reply = frame.measure("M29", "M31", group_by=["account"])
    early = [row for row in reply["rows"] if row["entity"] and frame.has_value(row["figures"].get("M29.high"))]
    unused = [row for row in reply["rows"] if row["entity"] and (frame.number(row["figures"].get("M31")) or 0.0) >= frame.least]
    if not early and not unused:
        return nothing("No commitment runs out early or will be left over, at the rate of late.")
    early.sort(key=lambda row: str(frame.bench.book.figures[row["figures"]["M29.date"]].value))
    unused.sort(key=lambda row: -(frame.number(row["figures"]["M31"]) or 0.0))
    worked = frame.worked("commits", [{"early": len(early), "unused": len(unused)}])
    counts = [
        worked.figure(0, "early", "Commitments that run out early", "count"),
        worked.figure(0, "unused", "Commitments not used up", "count"),
    ]
    said = [f"Running out before the term ends, even at the slower rates of late: {mark(str(counts[0]))}."]
    said.append(f"Not used up by the end of the term at this rate: {mark(str(counts[1]))}.")
    rows = [[mark(row["figures"]["M29.date"], "entity"), f"runs out {mark(row['figures']['M29.date'])}"] for row in early[:TOP]]
    rows += [[mark(row["figures"]["M31"], "entity"), f"{mark(row['figures']['M31'])} left over"] for row in unused[:TOP]]
    listed = {row["entity"]["id"]: row["entity"]["name"] for row in early}
    worries = [_runs_out(frame, row) for row in early] + [_left_over(frame, row) for row in unused]
    return Told(said, ["Account", "At this rate"], rows, listed=listed, worries=worries)


def _runs_out(frame: Frame, row: Reply) -> Worry:
    entity, figures = row["entity"], row["figures"]
    usd = (frame.number(figures.get("M29.rate")) or 0.0) * A_MONTH
    day = date.fromisoformat(str(frame.bench.book.figures[figures["M29.date"]].value))
    near = max(0.1, 1 - (day - frame.d1).days / SOON)
    text = f"{mark(figures['M29.date'], 'entity')} uses up its commitment by {mark(figures['M29.date'])}, before the term ends."
    return Worry(f"commit:{entity['id']}", "commitment", entity["id"], entity["name"], usd, RUN_OUT * near, text)


def _left_over(frame: Frame, row: Reply) -> Worry:
    entity, figures = row["entity"], row["figures"]
    text = f"{mark(figures['M31'], 'entity')} will leave {mark(figures['M31'])} of its commitment unused at this rate."
    return Worry(
        f"unused:{entity['id']}", "commitment", entity["id"], entity["name"], (frame.number(figures["M31"]) or 0.0) / 12, LEFT_OVER, text
    )


def forecast(frame: Frame) -> Told | None:
    """F034: the forecast in force for this month and the next two, what changed with its newest version, and the overlay."""
    if not frame.has("forecast"):
        return None
    found = frame.read("forecast", _forecast(frame))
    row = found.rows[0] if found.rows else None
    if row is None or row["model"] is None:
        return nothing("No forecast covers the months to come.", listed=False)
    model, overlay = (
        found.figure(0, "model", "Forecast by the model", frame.currency),
        found.figure(0, "overlay", "Overlay", frame.currency),
    )
    said = [
        f"This month and the next two: {mark(str(model))} by the model"
        + (f", {mark(overlay)} of overlay." if overlay else ", without overlay.")
    ]
    if row["before"] is not None:
        worked = frame.worked("forecast", [{"change": row["model"] + (row["overlay"] or 0) - row["before"]}])
        change = worked.figure(0, "change", "Change of the forecast with its newest version", frame.currency)
        newest = found.figure(0, "newest", "Newest version", "date")
        said.append(f"With the version of {mark(str(newest))} it is {mark(str(change), 'change')}.")
    return Told(said, values={"forecast": str(model)})


def _forecast(frame: Frame) -> Any:
    """One row: model and overlay in force, both as they were before the newest version, and that version's date."""
    from sqlalchemy import and_, case, func, literal, select

    table = frame.bench.views.table("forecast")
    first = frame.bench.asof.today.replace(day=1)
    last = (first + timedelta(days=70)).replace(day=1)
    months = table.c.period_month.between(first, last)
    newest = select(func.max(table.c.version_date)).where(months).scalar_subquery()
    own = [
        table.c.account_id,
        func.coalesce(table.c.sku_family, ""),
        table.c.period_month,
        table.c.source,
        func.coalesce(table.c.use_case_id, ""),
    ]

    def in_force(label: str, *only: Any) -> Any:
        place = func.row_number().over(partition_by=own, order_by=[table.c.version_date.desc(), table.c.forecast_id]).label("place")
        ranked = select(table.c.source, table.c.amount_usd, place).where(months, *only).subquery(label)
        model = func.sum(case((ranked.c.source == "model", ranked.c.amount_usd), else_=0.0))
        overlay = func.sum(case((ranked.c.source != "model", ranked.c.amount_usd), else_=0.0))
        return select(model.label("model"), overlay.label("overlay")).where(ranked.c.place == 1).subquery(f"{label}_sums")

    now, then = in_force("now"), in_force("before", table.c.version_date < newest)
    before = (then.c.model + then.c.overlay).label("before")
    return select(now.c.model, now.c.overlay, before, newest.label("newest")).select_from(now.join(then, and_(literal(1) == literal(1))))
