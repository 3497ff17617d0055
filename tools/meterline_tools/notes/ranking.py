"""Ranking of passages: words and meaning, each as a z-score, and the company a passage keeps.

BM25 and cosine similarity are brought to one scale (distance from the mean in standard deviations over the
passages in question) and summed with fixed weights; then each passage gets a part of the scores around it in
the same note, because what matters is seldom said in one breath. The shares were chosen on real meeting
transcripts (benchmarks/retrieval.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

LEXICAL_WEIGHT, DENSE_WEIGHT = 0.4, 0.6
NEIGHBOUR_SHARES = (0.5, 0.3, 0.15)
"""Of the passages one, two and three places away."""
USUAL_RANGE = (-1.0, 2.0)
"""Of a z-score."""
_LOOKED_THROUGH = 5_000
PROMISING = 1_000
"""Of very many passages; the best fortieth of meeting transcripts holds 99.7 % of the ten best (benchmarks/retrieval.py)."""


@dataclass(frozen=True)
class Places:
    """Where the ranked passages stand: their place in the pool (ascending), the ordinal of their note, and whether
    they are in a language that the embedding model does not read."""

    positions: NDArray[np.int64]
    notes: NDArray[np.int64]
    foreign: NDArray[np.bool_]


def fuse(lexical: Scores, dense: Scores | None, places: Places) -> Scores:
    """One score per passage.

    Without `dense` (no vectors) words alone decide. So they do for a foreign passage, whose cosine means little:
    its words stand in for its meaning, within the range that cosines usually have.
    """
    return with_neighbours(zscore(lexical) if dense is None else _together(lexical, dense, places.foreign), places)


def promising(lexical: Scores, rough: Scores, places: Places, most: int = PROMISING) -> NDArray[np.int64]:
    """Which `most` of the passages may come out among the best, by cosines that are nearly true, and which stand beside those."""
    import numpy as np

    scores = _together(lexical, rough, places.foreign)
    most = min(most, len(scores))
    best = np.argpartition(-scores, most - 1)[:most]
    stay = np.zeros(len(scores), dtype=bool)
    for distance in range(-len(NEIGHBOUR_SHARES), len(NEIGHBOUR_SHARES) + 1):
        stay[np.clip(best + distance, 0, len(scores) - 1)] = True
    return np.flatnonzero(stay)


def _together(lexical: Scores, dense: Scores, foreign: NDArray[np.bool_]) -> Scores:
    import numpy as np

    by_words, by_meaning = zscore(lexical), zscore(dense)
    by_meaning[foreign] = np.clip(by_words[foreign], *USUAL_RANGE)
    both: Scores = LEXICAL_WEIGHT * by_words + DENSE_WEIGHT * by_meaning
    return both


def best_first(scores: Scores) -> NDArray[np.int64]:
    """Places of the highest scores, best first, of equal ones the earlier; no more than anybody looks through."""
    import numpy as np

    if len(scores) <= _LOOKED_THROUGH:
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, len(scores) - _LOOKED_THROUGH)[len(scores) - _LOOKED_THROUGH]
    high = np.flatnonzero(scores >= least)
    order: NDArray[np.int64] = high[np.argsort(-scores[high], kind="stable")]
    return order


def zscore(scores: Scores) -> Scores:
    """Standard deviations above the mean; zeros when all are equal."""
    spread = float(scores.std()) if scores.size else 0.0
    if spread < 1e-9:
        return scores * 0
    scaled: Scores = (scores - scores.mean()) / spread
    return scaled


def with_neighbours(scores: Scores, places: Places) -> Scores:
    """Each score plus shares of the scores around it in the same note; passages that are not in the running count as average."""
    import numpy as np

    if scores.size == 0:
        return scores
    at = places.positions - places.positions[0]
    spread, owner = scores, places.notes
    if int(at[-1]) + 1 > len(at):
        spread = np.zeros(int(at[-1]) + 1, dtype=np.float32)
        owner = np.full(spread.shape, -1, dtype=np.int64)
        spread[at], owner[at] = scores, places.notes
    smoothed = spread.copy()
    for distance, share in enumerate(NEIGHBOUR_SHARES, start=1):
        together = owner[distance:] == owner[:-distance]
        smoothed[distance:] += share * spread[:-distance] * together
        smoothed[:-distance] += share * spread[distance:] * together
    near: Scores = smoothed[at]
    return near
