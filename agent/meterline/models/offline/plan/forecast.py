"""Plans of forecasts: the landing, its overlays, how close earlier ones were, and what a quantity would cost."""

from __future__ import annotations

import re

from meterline.models.offline.plan.base import filters_of, query, window_of
from meterline.models.offline.turn import Step, Turn
from meterline.models.offline.understand.reading import Reading

_OF_ACCOUNT = frozenset({"industry", "region", "country", "segment", "motion", "plan"})
_BREAKDOWNS = frozenset({"month", "account", "rep", "territory", "sku_family"}) | _OF_ACCOUNT
_SAME = {"sku": "sku_family", "manager": "rep", "week": "month", "day": "month", "quarter": "month"}
_CUTS = frozenset({"account", "rep", "manager", "territory", "sku_family"}) | _OF_ACCOUNT
_BY_PERSON = frozenset({"who", "sandbagging", "sandbag", "sandbagger", "sandbaggers", "sandbagged", "reps", "whose"})
_NUMBER = re.compile(
    r"(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>k|thousand|mm|m|mn|million|bn|b|billion)?(?![a-z])\s*(?P<unit>[a-z][a-z ]*)?",
    re.IGNORECASE,
)
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9}
_ENDS = frozenset({"a", "an", "per", "of", "for", "on", "at", "in", "each", "every", "month", "year", "day", "would", "cost", "to", "with"})
_DAYS_A_MONTH = 30.4
YEAR_AHEAD = "year ahead"


def forecast(reading: Reading) -> list[Step]:
    """The landing of the period named, else of the fiscal year."""
    return [_asked("forecast", reading, _horizon(reading))]


def _horizon(reading: Reading) -> str:
    """The period named, or that of the forecast this question goes on with; a period of the past is none."""
    kept = reading.follows in ("forecast", "overlays")
    return reading.periods.window if reading.periods.main is not None or kept else ""


def without_overlays(reading: Reading) -> bool:
    """Whether the forecast is asked for as the model alone."""
    said = reading.tokens.present
    return reading.intent == "forecast" and bool({"overlay", "overlays"} & said or {"model", "only"} <= said)


def bare(reading: Reading, turn: Turn) -> list[Step]:
    """What the landing is without what people added."""
    reply = turn.reply("forecast")
    figures = ((reply.data.get("total") or {}).get("figures") or {}) if reply is not None and reply.ok else {}
    if not without_overlays(reading) or not {"landing", "overlay"} <= figures.keys():
        return []
    return [Step("bare", "calculate", {"expression": f"{figures['landing']} - {figures['overlay']}"})]


def overlays(reading: Reading) -> list[Step]:
    """Overlays of the period named, else of all months to come."""
    return [_asked("overlays", reading, _horizon(reading) or YEAR_AHEAD)]


def _asked(key: str, reading: Reading, horizon: str) -> Step:
    by = next((_SAME.get(d, d) for d in reading.measure.group_by if _SAME.get(d, d) in _BREAKDOWNS), "month")
    named = [n for n in reading.named if n.type in _CUTS]
    limit = reading.measure.limit or 12
    args: dict[str, object] = {"filters": filters_of(named), "horizon": horizon, "by": by, "limit": limit}
    return Step(key, "forecast", {name: value for name, value in args.items() if value})


def accuracy(reading: Reading) -> list[Step]:
    """Earlier forecasts against what came: by person when people are asked about; a single period with its amounts."""
    window = window_of(reading)
    by = reading.measure.group_by or (["rep"] if _BY_PERSON & reading.tokens.present and not reading.people else [])
    steps = [query("accuracy", ["M49"], reading, window=window, group_by=by)]
    if window and not by:
        steps += [query("called", ["M48"], reading, window=window), query("came", ["M01"], reading, window=window)]
    return steps


def sizing(reading: Reading) -> list[Step]:
    """The price of the quantity named, or of what is used now."""
    quantity, unit = quantity_said(reading.question)
    product = next((n.name for n in reading.of_type("sku", "sku_family")), "")
    account = reading.accounts[0].id if reading.accounts else ""
    args: dict[str, object] = {"quantity": quantity, "unit": unit, "product": product, "account": account}
    return [Step("size", "size", {name: value for name, value in args.items() if value})]


def quantity_said(text: str) -> tuple[float, str]:
    """Units a month and the unit's own words; 0 and "" when no quantity is named. "3 TB a day" is 91,200 GB a month."""
    found = _NUMBER.search(text)
    if found is None:
        return 0.0, ""
    quantity = float(found["number"].replace(",", "")) * _SCALES.get((found["scale"] or "").lower(), 1.0)
    words: list[str] = []
    for word in (found["unit"] or "").lower().split():
        if word in _ENDS or len(words) == 3:
            break
        words.append(word)
    unit = " ".join(words)
    if unit in ("tb", "tbs", "terabytes"):
        quantity, unit = quantity * 1000, "gb"
    rest = text[found.end("number") :].lower()
    if re.search(r"(/|\ba |\bper |\beach )day|\bdaily", rest):
        quantity *= _DAYS_A_MONTH
    elif re.search(r"(/|\ba |\bper |\beach )year|\bannually|\byearly", rest):
        quantity /= 12
    return quantity, unit
