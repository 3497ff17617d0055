"""Plans of usage lookups and slices."""

from __future__ import annotations

from meterline.models.offline.plan.base import LISTED, MOVERS, QUARTER, filters_of, query, window_of
from meterline.models.offline.turn import Step, Turn
from meterline.models.offline.understand.choosing import YEAR
from meterline.models.offline.understand.periods import iso
from meterline.models.offline.understand.reading import Reading
from meterline_tools.catalog.buckets import TIME


def lookup(reading: Reading) -> list[Step]:
    if reading.selection.part:
        return [_part(reading)]
    if reading.selection.conditions:
        return [_chosen(reading)]
    metrics = reading.metrics or ["M01"]
    by = reading.measure.group_by
    if metrics == ["M01"] and not by:
        metrics = ["M08", "M01"] if reading.measure.direction else ["M01"] if reading.periods.compare else ["M01", "M02"]
    if metrics == ["M02"] and not by:
        metrics = ["M01", "M02"] if "net" in reading.tokens.present else ["M02", "M01"]
    if metrics == ["M01"] and by and not reading.measure.ranked and set(by) & {"account", "region", "segment", "industry", "rep"}:
        metrics = ["M01", "M08"] if not set(by) & set(TIME) else metrics
    largest = by == ["account"] and bool(reading.measure.ranked) and not reading.metrics and not reading.periods.window
    timely = bool(set(by) & set(TIME))
    args: dict[str, object] = {
        "window": window_of(reading, QUARTER if timely else YEAR if largest else ""),
        "group_by": by,
        "compare": reading.periods.compare,
    }
    if reading.selection.shares:
        args["shares"] = True
    if reading.measure.limit and by:
        args |= {"order": ("-" if reading.measure.ranked != "small" else "") + metrics[0], "limit": reading.measure.limit}
    elif by == ["account"] and not reading.beside:
        args |= {"order": "-" + metrics[0], "limit": LISTED}
    steps = [query("lookup", metrics, reading, **args)]
    if metrics == ["M05"] and not by and not reading.periods.window:
        steps.append(query("durable", ["M07"], reading))
    if is_largest(reading):
        steps.append(pace(reading))
    period = reading.periods.main
    if period is not None and period.alternatives and not by:
        steps.append(query("other", metrics, reading, **(args | {"window": iso(period.alternatives[0])})))
    return steps


def _part(reading: Reading) -> Step:
    """The share and rank of what is named, among all of its kind."""
    part = filters_of(reading.selection.part)
    metrics = reading.metrics[:1] or ["M01"]
    timely = [d for d in reading.measure.group_by if d in TIME]
    window = window_of(reading, QUARTER if timely else "")
    kinds = [*part, *timely]
    order = "" if timely else f"-{metrics[0]}"
    return query("lookup", metrics, reading, group_by=kinds, show=part, order=order, shares=True, window=window)


def _chosen(reading: Reading) -> Step:
    """What meets the thresholds, largest (or, below a threshold, smallest) first."""
    first = reading.selection.conditions[0]
    order = ("-" if first.sign.startswith(">") else "") + first.output
    having = [c.written for c in reading.selection.conditions]
    limit = reading.measure.limit or LISTED
    window = window_of(reading)
    return query(
        "lookup", reading.metrics, reading, group_by=reading.measure.group_by, having=having, order=order, limit=limit, window=window
    )


def pace(reading: Reading) -> Step:
    """Beside the largest customers of the year, what each runs at now; more of them, as the orders differ."""
    return query("pace", ["M05"], reading, group_by=["account"], order="-M05", limit=min(200, 5 * (reading.measure.limit or LISTED)))


def is_largest(reading: Reading) -> bool:
    """Whether the largest customers are asked for, without a measure or a period of their own."""
    plain = not reading.beside and not reading.metrics and not reading.periods.window and not reading.periods.compare
    return reading.intent == "lookup" and reading.measure.group_by == ["account"] and reading.measure.ranked == "large" and plain


def ratio(reading: Reading, turn: Turn) -> list[Step]:
    """How many times, or how much more, the first of two values is of the second."""
    reply = turn.reply("lookup")
    if reply is None or not reply.ok:
        return []
    found = {str((row.get("entity") or {}).get("id") or next(iter(row["keys"].values()), "")): row["figures"] for row in reply.data["rows"]}
    pair = [figures for n in reading.of_type(reading.beside)[:2] if (figures := found.get(n.id))]
    key = next(iter(pair[0]), "") if len(pair) == 2 else ""
    sign = "/" if reading.selection.ratio == "times" else "-"
    return [Step("ratio", "calculate", {"expression": f"{pair[0][key]} {sign} {pair[1][key]}"})] if key else []


def slice_(reading: Reading) -> list[Step]:
    window = window_of(reading)
    by = ["workload"] if len(reading.accounts) == 1 else ["account"]
    whole = ["M01", "M08", "M09"] if reading.accounts else ["M01", "M08", "M09", "M24"]
    steps = [
        query("slice", whole, reading, window=window),
        query("movers", ["M10", "M08", "M01"], reading, window=window, group_by=by, order="abs:M10", limit=MOVERS),
    ]
    return steps if reading.accounts else [*steps, query("share", ["M17"], reading)]
