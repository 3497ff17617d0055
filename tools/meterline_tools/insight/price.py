"""Price against volume against mix (change contract 7.2 step 2), to the cent.

Within one SKU the bill is quantity x unit price; across SKUs quantities cannot be added, so their value at
the old list prices stands for them. With old values 0 and new values 1:

    volume = (sum of q1 x list0  -  sum of list value0) x E0 / list value0     more of the same basket
    mix    = sum of q1 x unit0  -  E0  -  volume                               a dearer or cheaper basket
    price  = E1  -  sum of q1 x unit0                                           the same basket at new prices
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.thresholds import Thresholds


@dataclass(frozen=True)
class PriceSplit:
    """Parts of a change in money over its days, rounded to cents so that they add up to `delta` exactly.

    The three `*_change` are what became of the unit price (fractions, old basket to new prices): list price,
    negotiated rate against list, and effective rate against negotiated. None when the column is not there.
    """

    delta: float
    price: float
    volume: float
    mix: float
    list_change: float | None
    contracted_change: float | None
    effective_change: float | None
    measurable: bool

    @property
    def price_share(self) -> float:
        """The price part as a share of all movement, so that parts of different sign do not blow it up."""
        moved = abs(self.price) + abs(self.volume) + abs(self.mix)
        return abs(self.price) / moved if moved else 0.0


def cents(value: float) -> float:
    return round(value, 2)


def split_price(frame: Frame, expected: Array, onset: int, end: int, delta: float, rules: Thresholds) -> PriceSplit:
    """Split `delta` = actual - expected over days onset..end. `expected` is leaves x days from onset on, in money."""
    before = slice(max(0, onset - rules.price.reference_days), onset)
    after = slice(onset, end + 1)
    sums: dict[str, dict[str, tuple[float, float]]] = {}
    wanted: dict[str, float] = {}
    for row, leaf in enumerate(frame.leaves):
        key = leaf.get("sku") or ""
        group = sums.setdefault(key, {})
        for measure in ("usd", "list_usd", "contracted_usd", "qty"):
            values = np.nan_to_num(frame.measures[measure][row])
            old, new = group.get(measure, (0.0, 0.0))
            group[measure] = (old + float(values[before].sum()), new + float(values[after].sum()))
        wanted[key] = wanted.get(key, 0.0) + float(expected[row, : end + 1 - onset].sum())
    return _split(sums, wanted, cents(delta))


def _split(sums: Mapping[str, Mapping[str, tuple[float, float]]], wanted: Mapping[str, float], delta: float) -> PriceSplit:
    at_old_price = at_old_list = list_value = moved = 0.0
    expected = sum(wanted.values())
    for key, group in sums.items():
        unit = "qty" if group["qty"][0] > 0 and group["qty"][1] > 0 else "list_usd"
        (usd0, usd1), (list0, list1), (q0, q1) = group["usd"], group["list_usd"], group[unit]
        if q0 <= 0 or usd0 <= 0:  # new here: there is no old price to compare with
            at_old_price += usd1
            at_old_list += list1 if list1 > 0 else usd1
            continue
        moved += q1
        at_old_price += q1 * usd0 / q0
        at_old_list += q1 * (list0 if list0 > 0 else usd0) / q0
        list_value += wanted[key] * (list0 / usd0 if list0 > 0 else 1.0)
    actual = sum(group["usd"][1] for group in sums.values())
    measurable = moved > 0 and expected > 0 and list_value > 0
    if not measurable:
        return PriceSplit(delta, 0.0, delta, 0.0, None, None, None, False)
    volume = cents((at_old_list - list_value) * expected / list_value)
    price = cents(actual - at_old_price)
    return PriceSplit(delta, price, volume, cents(delta - price - volume), *_changes(sums), True)


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
