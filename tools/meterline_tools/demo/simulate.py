"""All accounts with their events, priced; and the same account once more without one event (the truth about that event)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.book import Book, base_book
from meterline_tools.demo.casting import cast
from meterline_tools.demo.effects import Add
from meterline_tools.demo.paper import sign, without
from meterline_tools.demo.population import Account
from meterline_tools.demo.pricing import Paper, Priced, price
from meterline_tools.demo.stories import Event, events_of
from meterline_tools.demo.streams import Streams

SETTLING_DAYS = 75
VISIBLE, FORTNIGHT = 3.0, 14
"""A generated event that stands out by less than three robust deviations at its slice did not happen."""
NOTED_REGIMES = ("E1", "E3", "E1", "E3", "E1", "E3", "E1", "E3", "E1", "E1")
"""Generated accounts with a note about the upstream event, in order: E1 a right reason from the customer, E3 a rep's wrong one."""


@dataclass
class Simulated:
    """One account's life: base and full series, paper, money, and its events."""

    account: Account
    base: Book
    full: Book
    events: list[Event]
    paper: Paper
    priced: Priced
    _without: dict[str, Priced] = field(default_factory=dict, repr=False)

    @cached_property
    def net_by_day(self) -> Floats:
        return np.asarray(self.priced.net.sum(axis=0))

    def without(self, event: Event) -> Priced:
        """The same account's money had this one event not happened; every other draw stays the same."""
        if event.id not in self._without:
            book = self.base.copy()
            for other in self.events:
                if other.id != event.id:
                    _apply(other, book)
            self._without[event.id] = price(book, without(self.paper, event.effects))
        return self._without[event.id]


def simulate(accounts: list[Account], axis: Axis, streams: Streams) -> list[Simulated]:
    """Every account's full series and money. Events outside the axis are absent."""
    accounts = cast([replace(a, stories=_visible(a, axis)) for a in with_mass_events(accounts, streams)], axis, streams)
    licensed = next((a.id for a in accounts if _may_be_licensed(a)), None)
    out: list[Simulated] = []
    for account in accounts:
        number = 1 + sum(len(s.events) for s in out)
        sim = live(account, number, axis, streams, account.id == licensed)
        while faint := [e.story.key for e in sim.events if e.story.generated and visibility(sim, e) < VISIBLE]:
            told = tuple(s for s in sim.account.stories if s.key not in faint)
            sim = live(replace(sim.account, stories=told), number, axis, streams, account.id == licensed)
        out.append(sim)
    return out


def live(account: Account, number: int, axis: Axis, streams: Streams, licence: bool = False) -> Simulated:
    """One account with all its stories; its events are numbered from `number` on."""
    base = base_book(account, axis, streams)
    events = events_of(account, number)
    full = base.copy()
    for event in events:
        _apply(event, full)
    paper = sign(full, [e for event in events for e in event.effects], licence=licence)
    return Simulated(account, base, full, events, paper, price(full, paper))


def visibility(sim: Simulated, event: Event) -> float:
    """How far an event stands out at its slice: its largest fortnight over the robust deviation of fortnightly changes without it.

    Of what money does if quantities moved, else of the price of a unit. New workloads stand out by being new.
    """
    gone, own = sim.without(event), len(sim.account.workloads)
    if any(isinstance(e, Add) for e in event.effects):
        return np.inf
    net, old = sim.priced.net[:own], gone.net[:own]
    moved = [i for i in range(own) if not np.allclose(net[i], old[i])]
    now, before = (_fortnights(x[moved].sum(axis=0)) for x in (net, old))
    if moved and np.allclose(sim.priced.list_usd[:own], gone.list_usd[:own]):
        listed = np.maximum(_fortnights(gone.list_usd[moved].sum(axis=0)), 1e-9)
        now, before = now / listed, before / listed
    change = np.diff(before[::FORTNIGHT][-26:])
    spread = 1.4826 * float(np.median(np.abs(change - np.median(change))))
    return float(np.abs(now - before).max()) / max(spread, 1e-9) if moved else 0.0


def _fortnights(daily: Floats) -> Floats:
    return np.convolve(daily, np.ones(FORTNIGHT) / FORTNIGHT, "valid")


def _apply(event: Event, book: Book) -> None:
    for effect in event.effects:
        effect.apply(book)


def _may_be_licensed(account: Account) -> bool:
    """An enterprise licence costs the same whatever happens, so it goes to an account to which nothing does."""
    return (
        account.segment == "enterprise" and account.commit is None and account.starts is None and not account.named and not account.stories
    )


def _visible(account: Account, axis: Axis) -> tuple[spec.Story, ...]:
    """Stories that touch the axis and whose account has settled in by then."""
    born = account.starts or date.min
    settled = born + timedelta(days=SETTLING_DAYS) if account.starts else born
    return tuple(s for s in account.stories if axis.holds(s.onset) and s.onset > settled)


def with_mass_events(accounts: list[Account], streams: Streams) -> list[Account]:
    """Adds the stories that many accounts share: seasonal peaks of generated retailers, and the upstream connector event."""
    shared = spec.company_events()
    regimes = iter(NOTED_REGIMES)
    out = []
    for account in accounts:
        extra: list[spec.Story] = []
        if account.industry == "retail" and not account.named and _sells_in_season(account):
            extra += _retail_stories(account, shared.retail_peaks, streams)
        if any(w.connector == shared.upstream_api.connector for w in account.workloads):
            extra.append(_upstream_story(account, shared.upstream_api, streams, regimes))
        out.append(replace(account, stories=(*account.stories, *extra)))
    return out


def _sells_in_season(account: Account) -> bool:
    return not account.free and any(w.type != "storage" for w in account.workloads)


def _retail_stories(account: Account, peaks: spec.RetailPeaks, streams: Streams) -> list[spec.Story]:
    rng = streams.of("retail-peak", account.id)
    size = rng.uniform(*peaks.by)
    stories = []
    for centre in peaks.centres:
        effect = {
            "kind": "scale",
            "by": float(size * rng.uniform(0.94, 1.06)),
            "shape": "bell",
            "centre": centre,
            "sigma": peaks.sigma,
            "select": {"except_types": ["storage"]},
        }
        onset, end = centre - timedelta(days=28), centre + timedelta(days=28)
        stories.append(spec.Story(cause="retail_peak", regime="E2", onset=onset, end=end, effects=[effect]))
    return stories


def _upstream_story(account: Account, event: spec.UpstreamApi, streams: Streams, regimes: Iterator[str]) -> spec.Story:
    """Named accounts bring their own notes; of the others the first few get a wrong or a right reason, the rest none."""
    rng = streams.of("upstream", account.id)
    onset = event.onset + timedelta(days=0 if account.named else int(rng.integers(0, event.jitter_days + 1)))
    end = onset + timedelta(days=int(rng.integers(event.days[0], event.days[1] + 1)))
    effect = {
        "kind": "scale",
        "by": float(rng.uniform(*event.by)),
        "shape": "pulse",
        "into": "refresh",
        "select": {"connector": event.connector},
    }
    key = next(w.key for w in account.workloads if w.connector == event.connector)
    regime = event.named_regimes.get(account.name) or next(regimes, "E2")
    confirmed = {"confirmed_by": "raman", "confirmed_on": event.confirmed_on} if regime == "E1" else {}
    slice_ = {"workload": key}
    return spec.Story(cause=event.cause, key="upstream", regime=regime, onset=onset, end=end, slice=slice_, effects=[effect], **confirmed)
