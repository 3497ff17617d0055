"""How far one side alone gets: a forest over telemetry, and naive Bayes over words, both taught with the truth of other seeds.

They know the account and the onset, which no user tells, so they are generous upper bounds.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from meterline_tools.demo.crm.world import World
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.stories import Event

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
MASS = ("retail_peak", "upstream_api_change")
TYPES = ("ingestion", "scheduled", "interactive", "sql_bi", "streaming", "ml_serving", "egress", "storage")
UNMEASURED = -9.0


def single_events(world: World) -> list[tuple[Simulated, Event]]:
    """Events of one account whose cause can be asked for."""
    return [(s, e) for s in world.company for e in s.events if e.story.cause not in MASS]


def features(world: World, sim: Simulated, event: Event, seen_days: int) -> list[float]:
    """Some thirty figures of the account's telemetry in the days since onset against the four weeks before."""
    at = sim.full.axis.index(event.story.onset)
    now, old = slice(at, min(at + seen_days, sim.full.axis.n)), slice(max(0, at - 28), at)
    listed, net = sim.priced.list_usd, sim.priced.net
    a, b = listed[:, now].mean(axis=1), listed[:, old].mean(axis=1)
    change, total = a - b, max(b.sum(), 1e-9)
    top = int(np.argmax(np.abs(change)))
    track, added = sim.full.tracks[top], b < 0.02 * np.maximum(a, 1e-12)
    moved = max(np.abs(change).sum(), 1e-9)
    regions = {t.workload.region for t, was in zip(sim.full.tracks, b, strict=True) if was > 0}
    spaces = {t.workload.workspace for t, was in zip(sim.full.tracks, b, strict=True) if was > 0}
    skus = {t.workload.sku for t, was in zip(sim.full.tracks, b, strict=True) if was > 0}
    new = [t.workload for t, fresh in zip(sim.full.tracks, added, strict=True) if fresh]
    daily = listed[:, now].sum(axis=0)
    unit = np.log((net[:, now].sum() / listed[:, now].sum()) / (net[:, old].sum() / listed[:, old].sum()))
    priced = np.log((net[:, now].sum(1) + 1e-9) / (listed[:, now].sum(1) + 1e-9))
    priced -= np.log((net[:, old].sum(1) + 1e-9) / (listed[:, old].sum(1) + 1e-9))

    def part(name: str) -> float:
        if not sim.account.waste:
            return UNMEASURED
        values, all_ = getattr(track, name), np.maximum(track.quantity, 1e-9)
        return float(values[now].sum() / all_[now].sum() - values[old].sum() / all_[old].sum())

    users = np.sum([t.users * (t.quantity > 0) for t in sim.full.tracks], axis=0)
    return [
        float(np.log(a.sum() / total)),
        float(np.clip(unit, -1, 1)),
        float(np.clip(np.abs(priced), 0, 1).max()),
        change[top] / total,
        abs(change[top]) / moved,
        float(TYPES.index(track.workload.type)),
        float(np.log((a[top] + 1e-9) / (b[top] + 1e-9))) if b[top] > 0 else 9.0,
        float(added.sum()),
        a[added].sum() / total,
        float(sum(w.region not in regions for w in new)),
        float(len({w.workspace for w in new} - spaces)),
        float(sum(w.sku not in skus for w in new)),
        float(any(w.type == "ml_serving" for w in new)),
        float((a < 0.5 * b).mean()),
        float((a < 0.9 * b).mean()),
        a[~added].sum() / total,
        part("retry"),
        part("refresh"),
        part("idle"),
        float(track.failed[now].mean() - track.failed[old].mean()),
        float(np.log(track.jobs[now].mean() / track.jobs[old].mean())),
        float(np.log((users[now].mean() + 0.01) / (users[old].mean() + 0.01))) if sim.account.users else UNMEASURED,
        float(daily[-7:].mean() / max(daily.max(), 1e-9)),
        float(np.polyfit(np.arange(len(daily)), daily / total, 1)[0]),
        float(listed[top, now][-5:].mean() / max(listed[top, now].max(), 1e-9)),
        float(sim.account.segment == "self_serve"),
        _rising_elsewhere(world, sim, now, old),
    ]


def _rising_elsewhere(world: World, sim: Simulated, now: slice, old: slice) -> float:
    """Whether an account of the same domain begins in these days."""
    kin = [s for s in world.company if s.account.domain == sim.account.domain and s.account.id != sim.account.id]
    return max((float(s.net_by_day[now].mean() / max(sim.net_by_day[old].mean(), 1e-9)) for s in kin), default=0.0)


class Forest:
    """Extremely randomised trees: each split takes the best of a few random cuts."""

    def __init__(self, trees: int = 60, tries: int = 12, leaf: int = 2, seed: int = 1) -> None:
        self.trees, self.tries, self.leaf, self.rng = trees, tries, leaf, np.random.default_rng(seed)
        self.grown: list[Any] = []

    def fit(self, x: Matrix, y: Labels) -> Forest:
        self.classes = int(y.max()) + 1
        self.grown = [self._grow(x, y, np.arange(len(y)), 0) for _ in range(self.trees)]
        return self

    def _grow(self, x: Matrix, y: Labels, rows: Labels, depth: int) -> Any:
        counts = np.bincount(y[rows], minlength=self.classes)
        if depth > 14 or len(rows) < 2 * self.leaf or counts.max() == len(rows):
            return counts / len(rows)
        best: tuple[float, int, float] | None = None
        for column in self.rng.integers(0, x.shape[1], self.tries).tolist():
            values = x[rows, column]
            low, high = values.min(), values.max()
            if low == high:
                continue
            cut = float(self.rng.uniform(low, high))
            left = np.bincount(y[rows[values <= cut]], minlength=self.classes)
            right = counts - left
            if min(left.sum(), right.sum()) < self.leaf:
                continue
            score = float((left**2).sum() / left.sum() + (right**2).sum() / right.sum())
            if best is None or score > best[0]:
                best = (score, column, cut)
        if best is None:
            return counts / len(rows)
        below = x[rows, best[1]] <= best[2]
        return best[1], best[2], self._grow(x, y, rows[below], depth + 1), self._grow(x, y, rows[~below], depth + 1)

    def predict(self, x: Matrix) -> Labels:
        votes = np.zeros((len(x), self.classes))
        for tree in self.grown:
            self._vote(tree, x, np.arange(len(x)), votes)
        return np.asarray(votes.argmax(axis=1))

    def _vote(self, node: Any, x: Matrix, rows: Labels, votes: Matrix) -> None:
        if not isinstance(node, tuple):
            votes[rows] += node
            return
        below = x[rows, node[0]] <= node[1]
        self._vote(node[2], x, rows[below], votes)
        self._vote(node[3], x, rows[~below], votes)


class Words:
    """Naive Bayes over words and word pairs of the notes around an event."""

    def fit(self, texts: list[str], y: Labels) -> Words:
        documents = [set(terms(t)) for t in texts]
        often = Counter(w for d in documents for w in d)
        self.index = {w: i for i, w in enumerate(sorted(w for w, n in often.items() if n >= 2))}
        self.classes = int(y.max()) + 1
        seen = np.full((self.classes, len(self.index)), 0.02)
        for document, label in zip(documents, y.tolist(), strict=True):
            seen[label, [self.index[w] for w in document if w in self.index]] += 1
        sizes = np.bincount(y, minlength=self.classes)[:, None] + 0.04
        rate = np.clip(seen / sizes, 1e-4, 1 - 1e-4)
        self.weight = np.log(rate) - np.log(seen.sum(axis=0) / sizes.sum())
        self.prior = np.log(sizes[:, 0] / sizes.sum())
        return self

    def predict(self, texts: list[str]) -> Labels:
        """The class of the few words that speak most for any class: small talk says nothing."""
        out = []
        for text in texts:
            known = [self.index[w] for w in set(terms(text)) if w in self.index]
            scores = self.prior.copy()
            if known:
                strong = np.sort(self.weight[:, known], axis=1)[:, -12:]
                scores = scores + np.maximum(strong, 0).sum(axis=1)
            out.append(int(scores.argmax()))
        return np.array(out)


def terms(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return words + [f"{a} {b}" for a, b in itertools.pairwise(words)]


def notes_around(notes: list[dict[str, Any]], account_id: str, event: Event, seen_days: int) -> str:
    """All that was written about the account from 45 days before onset until the day of asking."""
    first = (event.story.onset - timedelta(days=45)).isoformat()
    last = (event.story.onset + timedelta(days=seen_days)).isoformat()
    mine = [n for n in notes if n["account_id"] == account_id and first <= str(n["occurred_at"])[:10] <= last]
    return "\n".join(n.get("body") or "\n".join(t["text"] for t in n["turns"]) for n in mine)
