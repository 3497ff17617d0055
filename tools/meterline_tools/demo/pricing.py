"""Quantities into money: list, contracted, effective and billed cost, tiers, commit drawdown and overage.

list = public price of the first tier × quantity. contracted = list × (1 − discount) × graduated tiers × promo.
effective = contracted, except on overage, where the contract's rule sets the price. billed = 0 on prepaid drawdown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.book import Book

CommitStatus = Literal["free", "on_demand", "drawdown", "overage"]
STATUSES: tuple[CommitStatus, ...] = ("free", "on_demand", "drawdown", "overage")
PREMIUM = 1.15
"""Overage price over list under the rule 'premium'."""


@dataclass(frozen=True)
class Term:
    """One contract term, half-open [start, end)."""

    contract_id: str
    kind: str
    start: date
    end: date
    amount: float
    """Commit over the term; infinite when it can never be used up; the yearly fee for a licence."""
    rule: str
    discount: float
    rollover: str = "none"
    prepaid: bool = True


@dataclass(frozen=True)
class TierTerm:
    """Above `threshold` units since `since`, units of a SKU cost `cut` less."""

    sku: str
    since: date
    threshold: float
    cut: float


@dataclass(frozen=True)
class CutTerm:
    """From a day on units of a SKU (None: of every SKU) cost `cut` less."""

    sku: str | None
    since: date
    cut: float


@dataclass(frozen=True)
class PromoTerm:
    factor: float
    skus: tuple[str, ...]
    until: date | None


@dataclass(frozen=True)
class Paper:
    """All that sets prices for one account."""

    discount: float
    free: bool = False
    terms: tuple[Term, ...] = ()
    tiers: tuple[TierTerm, ...] = ()
    cuts: tuple[CutTerm, ...] = ()
    promo: PromoTerm | None = None

    def open_ended(self) -> Paper:
        """The same paper with commits that are never used up."""
        return replace(self, terms=tuple(replace(t, amount=np.inf) if t.kind == "commit" else t for t in self.terms))


@dataclass
class Priced:
    """Money per track (rows) and day (columns), plus which contract and status each day has.

    `over` is the share of a day's contracted dollars beyond the commit (0, 1, or between on the day it runs out).
    """

    list_usd: Floats
    contracted: Floats
    overage_usd: Floats
    term_of_day: np.ndarray[tuple[int], np.dtype[np.int64]]
    over: Floats
    free: bool

    @property
    def net(self) -> Floats:
        """Effective dollars per track and day."""
        if self.free:
            return np.zeros_like(self.list_usd)
        return self.contracted * (1 - self.over) + self.overage_usd * self.over


def price(book: Book, paper: Paper) -> Priced:
    """Prices every track of a book under the given paper."""
    axis = book.axis
    listed = np.array([t.list_usd for t in book.tracks]).reshape(len(book.tracks), axis.n)
    factor = np.array([_unit_factor(book, paper, t.workload.sku) for t in book.tracks]).reshape(listed.shape)
    contracted = listed * (1 - paper.discount) * factor
    overage = contracted.copy()
    term_of_day, over = np.full(axis.n, -1), np.zeros(axis.n)
    for i, term in enumerate(paper.terms):
        days = _days(axis, term.start, term.end)
        term_of_day[days] = i
        if term.kind == "enterprise_license":
            contracted[:, days] = _spread_fee(axis, listed, days, term.amount)
            overage[:, days] = contracted[:, days]
        elif term.kind == "commit":
            over[days] = _beyond(contracted[:, days].sum(axis=0), term.amount)
            if term.rule in ("on_demand_list", "premium"):
                overage[:, days] = listed[:, days] * (PREMIUM if term.rule == "premium" else 1.0)
    return Priced(listed, contracted, overage, term_of_day, over, paper.free)


def _days(axis: Axis, start: date, end: date) -> slice:
    return slice(max(0, axis.index(start)), max(0, min(axis.n, axis.index(end))))


def _beyond(daily: Floats, amount: float) -> Floats:
    """Share of each day's dollars that lies beyond `amount`, cumulated over the term."""
    total = np.cumsum(daily)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(daily > 0, (total - amount) / daily, 0.0)
    return np.asarray(np.clip(np.nan_to_num(share, neginf=0.0), 0.0, 1.0))


def _spread_fee(axis: Axis, listed: Floats, days: slice, fee: float) -> Floats:
    """A yearly fee spread over use, month by month, so that each month carries its days' share of the fee."""
    months = axis.days.astype("datetime64[M]").astype(int)[days]
    part = listed[:, days]
    out = np.zeros_like(part)
    for month in np.unique(months):
        where = months == month
        total = part[:, where].sum()
        out[:, where] = part[:, where] * (fee / 365 * where.sum() / total if total > 0 else 0.0)
    return out


def _unit_factor(book: Book, paper: Paper, sku: str) -> Floats:
    """Price of a unit over the first-tier price on each day: graduated tiers and promo, without the discount."""
    axis = book.axis
    quantity = np.sum([t.quantity for t in book.tracks if t.workload.sku == sku], axis=0)
    factor = np.ones(axis.n)
    product = spec.products().skus[sku]
    if product.tiers:
        bounds = [(start, 1 - unit / product.price) for start, unit in product.tiers]
        months = axis.days.astype("datetime64[M]").astype(int)
        for month in np.unique(months):
            factor[months == month] = _graduated(quantity[months == month], bounds)
    for tier in (t for t in paper.tiers if t.sku == sku):
        days = _days(axis, tier.since, date.max)
        factor[days] *= _graduated(quantity[days], [(tier.threshold, tier.cut)])
    for cut in (c for c in paper.cuts if c.sku in (None, sku)):
        factor[_days(axis, cut.since, date.max)] *= 1 - cut.cut
    if paper.promo and sku in paper.promo.skus:
        ended = axis.since(paper.promo.until) >= 0 if paper.promo.until else np.zeros(axis.n, dtype=bool)
        factor = np.where(ended, factor, factor * paper.promo.factor)
    return factor


def _graduated(quantity: Floats, bounds: list[tuple[float, float]]) -> Floats:
    """Blended price factor a day when quantity beyond each bound is cheaper by that bound's cut (cuts are off the first tier)."""
    total = np.cumsum(quantity)
    saved = np.zeros(len(quantity) + 1)
    last = 0.0
    for start, cut in bounds:
        saved[1:] += np.maximum(total - start, 0.0) * (cut - last)
        last = cut
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(quantity > 0, 1 - np.diff(saved) / quantity, 1.0)
