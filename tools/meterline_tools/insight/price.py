"""Price against volume against mix (change contract 7.2 step 2), to the cent.

With tiers a bill is a function of the quantity, so the parts are differences of bills, old 0 and new 1, for each thing billed:

    price  = bill1(q1) - bill0(q1)                         the new quantity at the new against the old prices
    tier   = bill0(q1) - bill0(q0) - (q1 - q0) x unit0     what crossing a tier of the old prices does to the unit
    new    = bill1(q1), vanished = -bill0(q0)              things that have no old, or no new quantity

What is left of old prices is linear, and quantities of one unit can be added: with Q, E their sums over a group of things,

    volume = (Q1 - Q0) x E0 / Q0                           more of the same basket
    mix    = sum of (q1 - q0) x unit0 - volume             a dearer or cheaper basket

Things of unknown unit are added up at their value at old list prices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.thresholds import Thresholds

Bill = Callable[[float], float]
"""What a quantity costs."""


@dataclass(frozen=True)
class Line:
    """One thing that is billed, before and after. Sizes of one `group` can be added; `old` is None for what had no price."""

    group: str
    before: float
    after: float
    old: Bill | None
    paid: float
    """bill1(q1): what the new quantity cost."""
    weight: float = 1.0
    """Size of one unit in its group (1 where quantities themselves are added, else the old list price)."""


@dataclass(frozen=True)
class Parts:
    """Terms of a change in money; they add up to `total` to the cent."""

    volume: float
    price: float
    mix: float
    tier: float
    new: float
    vanished: float

    @property
    def total(self) -> float:
        return cents(self.volume + self.price + self.mix + self.tier + self.new + self.vanished)


@dataclass(frozen=True)
class PriceSplit:
    """Parts of a change in money over its days, rounded to cents: price, volume and mix add up to `delta` exactly.

    The three `*_change` are what became of the unit price (fractions, old basket to new prices): list price,
    negotiated rate against list, and effective rate against negotiated. None when the column is not there.
    `tier` says how much of `price` is the crossing of a tier; `new` and `vanished` how much of `volume` came or went whole.
    """

    delta: float
    price: float
    volume: float
    mix: float
    list_change: float | None
    contracted_change: float | None
    effective_change: float | None
    measurable: bool
    tier: float = 0.0
    new: float = 0.0
    vanished: float = 0.0

    @property
    def price_share(self) -> float:
        """The price part as a share of all movement, so that parts of different sign do not blow it up."""
        moved = abs(self.price) + abs(self.volume) + abs(self.mix)
        return abs(self.price) / moved if moved else 0.0

    @property
    def driver(self) -> str:
        """ "price", "volume" or "mix": the largest part."""
        return max(("volume", "price", "mix"), key=lambda name: abs(getattr(self, name)))


def cents(value: float) -> float:
    return round(value, 2)


def decompose(lines: Iterable[Line]) -> Parts:
    """The terms of the change from all old to all new quantities."""
    price = tier = new = vanished = total = 0.0
    groups: dict[str, list[tuple[float, float, float, float]]] = {}
    for line in lines:
        owed = line.old(line.before) if line.old is not None and line.before > 0 else 0.0
        total += line.paid - owed
        if line.old is None or line.before <= 0:
            at_old = line.paid if line.old is None else line.old(line.after)
            new += at_old
            price += line.paid - at_old
        elif line.after <= 0:
            vanished -= owed
            price += line.paid  # a credit or a minimum without quantity
        else:
            unit = owed / line.before
            price += line.paid - line.old(line.after)
            tier += line.old(line.after) - owed - (line.after - line.before) * unit
            groups.setdefault(line.group, []).append((line.before * line.weight, line.after * line.weight, owed, line.after * unit))
    volume = mix = 0.0
    for items in groups.values():
        size0, size1, owed, at_old_unit = (sum(column) for column in zip(*items, strict=True))
        more = (size1 - size0) * owed / size0 if size0 > 0 else 0.0
        volume += more
        mix += at_old_unit - owed - more
    terms = [cents(value) for value in (price, mix, tier, new, vanished)]
    return Parts(cents(cents(total) - sum(terms)), *terms)


def split_price(
    frame: Frame, expected: Array, onset: int, end: int, delta: float, rules: Thresholds, bills: Mapping[str, Bill] | None = None
) -> PriceSplit:
    """Split `delta` = actual - expected over days onset..end. `expected` is leaves x days from onset on, in money.

    `bills` gives, by SKU, what a quantity of these days would have cost before, where it is not simply so much a unit.
    """
    before = slice(max(0, onset - rules.price.reference_days), onset)
    after = slice(onset, end + 1)
    sums: dict[str, dict[str, tuple[float, float]]] = {}
    wanted: dict[str, float] = {}
    units: dict[str, str] = {}
    for row, leaf in enumerate(frame.leaves):
        key = "\x1f".join((leaf.get("account") or "", leaf.get("sku") or ""))
        group = sums.setdefault(key, {})
        units[key] = leaf.get("unit") or ""
        for measure in ("usd", "list_usd", "contracted_usd", "qty"):
            values = np.nan_to_num(frame.measures[measure][row])
            old, new = group.get(measure, (0.0, 0.0))
            group[measure] = (old + float(values[before].sum()), new + float(values[after].sum()))
        wanted[key] = wanted.get(key, 0.0) + float(expected[row, : end + 1 - onset].sum())
    lines = [_line(group, wanted[key], units[key], (bills or {}).get(key.split("\x1f")[1])) for key, group in sums.items()]
    return _split(lines, sums, wanted, cents(delta))


def _line(group: Mapping[str, tuple[float, float]], wanted: float, unit: str, bill: Bill | None) -> Line:
    """What one SKU cost before and after; its size is its quantity, or its value at list where units are not known."""
    size = "qty" if group["qty"][0] > 0 and group["qty"][1] > 0 else "list_usd"
    (usd0, usd1), (list0, _), (q0, q1) = group["usd"], group["list_usd"], group[size]
    if q0 <= 0 or usd0 <= 0:  # new here: there is no old price to compare with
        return Line(unit, 0.0, max(q1, 0.0), None, usd1)
    price = usd0 / q0
    counted = unit if unit and size == "qty" else ""
    weight = 1.0 if counted else (list0 if list0 > 0 else usd0) / q0
    return Line(counted, wanted / price, q1, bill or (lambda quantity: quantity * price), usd1, weight)


def _split(
    lines: list[Line], sums: Mapping[str, Mapping[str, tuple[float, float]]], wanted: Mapping[str, float], delta: float
) -> PriceSplit:
    known = [line for line in lines if line.old is not None]
    if not sum(line.after for line in known) > 0 or not sum(wanted.values()) > 0:
        return PriceSplit(delta, 0.0, delta, 0.0, None, None, None, False)
    parts = decompose(lines)
    price, volume = cents(parts.price + parts.tier), cents(parts.volume + parts.new + parts.vanished)
    rest = cents(delta - price - volume - parts.mix)  # money expected of what had no price: it has no part of its own
    details = {"tier": parts.tier, "new": parts.new, "vanished": parts.vanished}
    return PriceSplit(delta, price, cents(volume + rest), cents(delta - price - cents(volume + rest)), *_changes(sums), True, **details)


def _changes(sums: Mapping[str, Mapping[str, tuple[float, float]]]) -> tuple[float | None, float | None, float | None]:
    """Change of list per unit, negotiated per list and effective per negotiated, weighted by new money."""
    chains = (("list_usd", "qty"), ("contracted_usd", "list_usd"), ("usd", "contracted_usd"))
    out: list[float | None] = []
    for top, bottom in chains:
        weight = total = 0.0
        for group in sums.values():
            (top0, top1), (bottom0, bottom1) = group[top], group[bottom]
            if min(top0, top1, bottom0, bottom1) > 0:
                weight += group["usd"][1]
                total += group["usd"][1] * ((top1 / bottom1) / (top0 / bottom0) - 1.0)
        out.append(total / weight if weight > 0 else None)
    if out[1] is None and out[2] is None:  # no negotiated column: effective against list tells the two together
        weight = sum(g["usd"][1] for g in sums.values() if min(*g["usd"], *g["list_usd"]) > 0)
        ratio = [
            g["usd"][1] * ((g["usd"][1] / g["list_usd"][1]) / (g["usd"][0] / g["list_usd"][0]) - 1.0)
            for g in sums.values()
            if min(*g["usd"], *g["list_usd"]) > 0
        ]
        out[2] = sum(ratio) / weight if weight > 0 else None
    return out[0], out[1], out[2]
