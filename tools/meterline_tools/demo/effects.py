"""What a story does to an account's series. Each effect is a small value that transforms a `Book`.

A story is a list of effects in YAML; adding a cause means writing a list, not code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.book import Book, Track
from meterline_tools.demo.population import Workload


class Effect(Protocol):
    """Anything that changes a book in place. Price effects leave the book alone and act on paper (see paper.py)."""

    def apply(self, book: Book) -> None: ...


@dataclass(frozen=True)
class Envelope:
    """How far an effect is in force on each day: 0 none, 1 full.

    step/pulse rise over `rise` days and hold until `end`; bell is a Gaussian around `centre`; decay goes 1 - exp(-t/tau).
    """

    shape: str
    onset: date
    end: date | None = None
    rise: float = 1.0
    tau: float = 10.0
    sigma: float = 13.0
    centre: date | None = None

    def over(self, axis: Axis) -> Floats:
        age = axis.since(self.onset)
        if self.shape == "bell":
            return np.asarray(np.exp(-0.5 * (axis.since(self.centre or self.onset) / self.sigma) ** 2))
        if self.shape == "decay":
            force = 1 - np.exp(-np.maximum(age + 1, 0) / self.tau)
            force = np.where(force > 0.985, 1.0, force)
        else:
            force = np.clip((age + 1) / max(self.rise, 1.0), 0.0, 1.0)
        force = np.where(age < 0, 0.0, force)
        return force if self.end is None else np.where(axis.since(self.end) >= 0, 0.0, force)


@dataclass(frozen=True)
class Selector:
    """Which tracks an effect touches. An empty selector takes all."""

    keys: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    except_types: tuple[str, ...] = ()
    connector: str | None = None

    def takes(self, track: Track) -> bool:
        w = track.workload
        return (
            (not self.keys or w.key in self.keys)
            and (not self.types or w.type in self.types)
            and w.type not in self.except_types
            and (self.connector is None or w.connector == self.connector)
        )


@dataclass(frozen=True)
class Scale:
    """Multiplies quantity by `by` where the envelope is 1.

    `into` says what the extra is: None more of everything; 'refresh' or 'retry' extra quantity without extra output.
    """

    envelope: Envelope
    on: Selector
    by: float
    into: str | None = None
    failed: float = 0.0
    jobs: float = 1.0
    settings: tuple[tuple[str, str], ...] = ()

    def apply(self, book: Book) -> None:
        force = self.envelope.over(book.axis)
        for track in filter(self.on.takes, book.tracks):
            factor = 1 + (self.by - 1) * force
            if self.into is None:
                track.scale(factor)
            else:
                extra = track.quantity * (factor - 1)
                track.quantity = track.quantity + extra
                setattr(track, self.into, getattr(track, self.into) + 0.95 * extra)
            track.failed = np.maximum(track.failed, self.failed * force)
            track.jobs = track.jobs * (1 + (self.jobs - 1) * force)
            track.settings.update(self.settings)


@dataclass(frozen=True)
class Slide:
    """Falls by `rate` a day, compounding, down to the factor `by`."""

    envelope: Envelope
    on: Selector
    rate: float
    by: float

    def apply(self, book: Book) -> None:
        age = np.maximum(book.axis.since(self.envelope.onset), 0.0)
        factor = np.maximum(self.by, (1 - self.rate) ** age)
        for track in filter(self.on.takes, book.tracks):
            track.scale(factor)


@dataclass(frozen=True)
class Save:
    """Less quantity for the same output: what goes is idle first."""

    envelope: Envelope
    on: Selector
    by: float

    def apply(self, book: Book) -> None:
        force = self.envelope.over(book.axis)
        for track in filter(self.on.takes, book.tracks):
            gone = -self.by * force * track.quantity
            track.quantity = track.quantity - gone
            track.idle = np.maximum(track.idle - gone, 0.04 * track.quantity)


@dataclass(frozen=True)
class Users:
    """More or fewer people, with no change of quantity by itself."""

    envelope: Envelope
    by: float

    def apply(self, book: Book) -> None:
        factor = 1 + (self.by - 1) * self.envelope.over(book.axis)
        for track in book.tracks:
            track.users = track.users * factor


@dataclass(frozen=True)
class Add:
    """New workloads, each `share` of what the account used in the four weeks before the onset."""

    onset: date
    workloads: tuple[Workload, ...]

    def apply(self, book: Book) -> None:
        at = max(1, min(book.axis.index(self.onset), book.axis.n))
        level = float(book.base_list_usd[max(0, at - 28) : at].mean())
        for workload in self.workloads:
            book.add(workload, level * workload.share)


@dataclass(frozen=True)
class Exhaust:
    """The running commit is used up on the onset day."""

    onset: date

    def apply(self, book: Book) -> None:
        """Nothing changes in the series: it is a matter of paper."""


@dataclass(frozen=True)
class EndPromo:
    """The launch discount ends on the onset day."""

    onset: date

    def apply(self, book: Book) -> None:
        """Nothing changes in the series: it is a matter of paper."""


@dataclass(frozen=True)
class Renegotiate:
    """From the onset day units cost `cut` less: of one SKU, or of all when it is None."""

    onset: date
    sku: str | None
    cut: float

    def apply(self, book: Book) -> None:
        """Nothing changes in the series: it is a matter of paper."""


@dataclass(frozen=True)
class TermTier:
    """The contract's volume boundary of one SKU is reached on the onset day; above it units cost `cut` less."""

    onset: date
    sku: str
    cut: float

    def apply(self, book: Book) -> None:
        """Nothing changes in the series: it is a matter of paper."""
