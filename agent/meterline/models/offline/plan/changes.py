"""Plans of movers, explanations and durability."""

from __future__ import annotations

from meterline.models.offline.plan.base import FOUR_WEEKS, MOVERS, QUARTER, filters_of, query, trailing_week, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.periods import WEEK
from meterline.models.offline.understand.reading import Reading


def movers(reading: Reading) -> list[Step]:
    by = reading.measure.group_by or (["workload"] if len(reading.accounts) == 1 else ["account"])
    asked = window_of(reading)
    windows = {"asked": trailing_week(asked)} if asked else {"week": WEEK, "month": FOUR_WEEKS}
    limit = reading.measure.limit or MOVERS
    by_size = "M08" if reading.selection.percentwise else "M10"
    up, down = {"up": f"-{by_size}"}, {"down": by_size}
    # Of one period, what moved is shown both ways: five losses must not hide the only gain.
    either = up | down if asked and not reading.measure.limit and not reading.strip else {"all": f"abs:{by_size}"}
    orders = {"gain": up, "lose": down, "both": up | down}.get(reading.measure.direction, either)
    steps = [
        query(f"movers_{span}_{way}", ["M10", "M08", "M01"], reading, window=window, group_by=by, order=order, limit=limit)
        for span, window in windows.items()
        for way, order in orders.items()
    ]
    if reading.strip:
        way = {"gain": "up", "lose": "down"}.get(reading.measure.direction, "all")
        found = [_causes(f"causes_{span}", reading, window, strip=way, limit=limit) for span, window in windows.items()]
        return [*found, query("durable_total", ["M06", "M07"], reading)] if _by_accounts(reading) else steps
    if _by_accounts(reading) and by == ["account"]:
        steps.append(_causes("causes_all", reading, list(windows.values())[-1]))
    return steps


_OF_ACCOUNTS = frozenset({"account", "rep", "manager", "industry", "region", "country", "segment", "motion", "plan"})


def _by_accounts(reading: Reading) -> bool:
    """Whether the cause ledger, which knows accounts and days only, can be cut as the question asks."""
    return {n.type for n in (*reading.named, *reading.selection.excluded)} <= _OF_ACCOUNTS


def _causes(key: str, reading: Reading, window: str, **args: object) -> Step:
    filters, exclude = filters_of(reading.named), filters_of(reading.selection.excluded)
    given: dict[str, object] = {"window": window, "filters": filters, "exclude": exclude, **args}
    return Step(key, "known_causes", {k: v for k, v in given.items() if v})


def explain(reading: Reading) -> list[Step]:
    if reading.accounts:
        return [
            Step(f"why_{n}", "explain_change", {"account": a.id, **({"window": window_of(reading)} if window_of(reading) else {})})
            for n, a in enumerate(reading.accounts[:2])
        ]
    window = trailing_week(window_of(reading, FOUR_WEEKS))
    return [
        query("slice", ["M01", "M08", "M10"], reading, window=window),
        query("weeks", ["M01"], reading, group_by=["week"], window=QUARTER),
        query("movers", ["M10", "M08"], reading, window=window, group_by=["account"], order="abs:M10", limit=MOVERS),
    ]


def durability(reading: Reading) -> list[Step]:
    steps = [query("durable", ["M06", "M07"], reading)]
    if reading.accounts:
        return [*explain(reading)[:1], *steps]
    if not _by_accounts(reading):
        return [*steps, query("accounts", ["M06", "M07"], reading, group_by=["account"])]
    return [*steps, _causes("causes_asked", reading, window_of(reading, QUARTER), strip="all")]
