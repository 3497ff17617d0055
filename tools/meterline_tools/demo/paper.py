"""Which contracts an account has signed, sized on what it came to use, and what price stories do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.book import Book
from meterline_tools.demo.effects import Effect, EndPromo, Exhaust, Renegotiate, TermTier
from meterline_tools.demo.population import Account
from meterline_tools.demo.pricing import CutTerm, Paper, PromoTerm, Term, TierTerm, price

TERM_DAYS = 365
DEARER = ("on_demand_list", "premium")


def sign(book: Book, effects: list[Effect], licence: bool = False) -> Paper:
    """The account's paper, fitted to its full series. It stays the same when a single event is taken away."""
    account, axis = book.account, book.axis
    promo = PromoTerm(account.promo.factor, tuple(account.promo.skus), None) if account.promo else None
    paper = Paper(discount=account.discount, free=account.free, promo=promo)
    for effect in effects:
        if isinstance(effect, EndPromo) and paper.promo:
            paper = replace(paper, promo=replace(paper.promo, until=effect.onset))
        if isinstance(effect, TermTier):
            paper = replace(paper, tiers=(*paper.tiers, _tier(book, effect)))
        if isinstance(effect, Renegotiate):
            paper = replace(paper, cuts=(*paper.cuts, CutTerm(effect.sku, effect.onset, effect.cut)))
    if licence:
        return replace(paper, terms=(_licence(account, axis, price(book, paper).contracted.sum(axis=0)),))
    if account.commit is None:
        return paper
    daily = price(book, paper).contracted.sum(axis=0)
    terms = _commit_terms(book, daily)
    for effect in effects:
        if isinstance(effect, Exhaust):
            terms = [_used_up(t, axis, daily, effect.onset) for t in terms]
    return replace(paper, terms=tuple(terms))


def without(paper: Paper, effects: tuple[Effect, ...]) -> Paper:
    """The paper had these effects not happened."""
    for effect in effects:
        if isinstance(effect, EndPromo) and paper.promo:
            paper = replace(paper, promo=replace(paper.promo, until=None))
        elif isinstance(effect, TermTier):
            paper = replace(paper, tiers=tuple(t for t in paper.tiers if t.sku != effect.sku))
        elif isinstance(effect, Renegotiate):
            paper = replace(paper, cuts=tuple(c for c in paper.cuts if (c.sku, c.since) != (effect.sku, effect.onset)))
        elif isinstance(effect, Exhaust):
            paper = paper.open_ended()
    return paper


def contract_start(account: Account) -> date | None:
    """First day of the running term."""
    return account.commit.renews - timedelta(days=TERM_DAYS) if account.commit else None


def _tier(book: Book, effect: TermTier) -> TierTerm:
    axis = book.axis
    since = contract_start(book.account) or axis.first
    quantity = np.sum([t.quantity for t in book.tracks if t.workload.sku == effect.sku], axis=0)
    reached = quantity[max(0, axis.index(since)) : max(0, axis.index(effect.onset))].sum()
    return TierTerm(effect.sku, since, float(np.round(reached, -2)), effect.cut)


def _licence(account: Account, axis: Axis, daily: Floats) -> Term:
    start = axis.today - timedelta(days=500)
    fee = float(np.round(daily[max(0, axis.index(start)) :].mean() * 365 * 0.85, -3))
    return Term(f"C-{account.id}-L", "enterprise_license", start, start + timedelta(days=3 * 365), fee, "hard_stop", account.discount)


def _commit_terms(book: Book, daily: Floats) -> list[Term]:
    """The running term and those before it, back to the first day of telemetry."""
    account, axis = book.account, book.axis
    assert account.commit is not None
    rng = book.streams.of("contract", account.id)
    prepaid = bool(rng.random() < 0.75)
    born = account.starts or axis.first - timedelta(days=200)
    terms: list[Term] = []
    end, number = account.commit.renews, 9
    while end > max(axis.first, born + timedelta(days=45)):
        start = end - timedelta(days=TERM_DAYS)
        running = end == account.commit.renews
        pace = account.commit.pace if running else float(rng.uniform(0.9, 1.04))
        rule = account.commit.rule if running else "contracted_rate"
        amount = _sized(axis, daily, start, end, pace, rule)
        term = Term(f"C-{account.id}-{number}", "commit", start, end, amount, rule, account.discount, account.commit.rollover, prepaid)
        terms.append(term)
        end, number = start, number - 1
    return [replace(t, contract_id=f"C-{account.id}-{i + 1}") for i, t in enumerate(reversed(terms))]


def _sized(axis: Axis, daily: Floats, start: date, end: date, pace: float, rule: str) -> float:
    """A commit that consumption runs through at `pace`; a dearer overage rule has not bitten yet."""
    used = daily[max(0, axis.index(start)) : max(0, min(axis.n, axis.index(end)))]
    rate = used.mean() if len(used) >= 28 else daily[-91:].mean()
    amount = rate * (end - start).days / pace
    if rule in DEARER:
        amount = max(amount, used.sum() * 1.06)
    return float(max(1000.0, np.round(amount, -2)))


def _used_up(term: Term, axis: Axis, daily: Floats, on: date) -> Term:
    """The term that covers the day, with an amount that runs out during it."""
    if not term.start <= on < term.end or not axis.holds(on):
        return term
    begin, day = max(0, axis.index(term.start)), axis.index(on)
    return replace(term, amount=float(np.round(daily[begin:day].sum() + 0.4 * daily[day], 0)))
