"""Words as a classifier counts them: stems, pairs of neighbours, and pairs of characters where a language writes no spaces.

Each is worth the more the rarer it is among the sayings (tf-idf with a logarithmic count; G. Salton, C. Buckley, "Term-Weighting
Approaches in Automatic Text Retrieval", 1988), and all that a text holds together has length one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W\d_{_UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")


@dataclass(frozen=True)
class Lexicon:
    """`rows` of the words known, and the `rarity` of each: the logarithm of how many sayings there are to one that holds it."""

    rows: Mapping[str, int]
    rarity: Numbers

    def terms(self, text: str) -> tuple[NDArray[np.intp], Numbers]:
        """Rows of the known words of a text and what each is worth; of length one together, empty where none is known."""
        import numpy as np

        counts = Counter(row for term in telling_words(text) if (row := self.rows.get(term)) is not None)
        rows = np.fromiter(counts, dtype=np.intp, count=len(counts))
        worth = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.rarity[rows]
        length = float(np.linalg.norm(worth))
        found: Numbers = (worth / length if length else worth).astype(np.float32)
        return rows, found

    def matrix(self, texts: Sequence[str]) -> Numbers:
        """Texts × words known."""
        import numpy as np

        found = np.zeros((len(texts), len(self.rows)), dtype=np.float32)
        for place, (rows, worth) in enumerate(map(self.terms, texts)):
            found[place, rows] = worth
        return found


def lexicon_of(texts: Sequence[str], least: int) -> Lexicon:
    """The words that at least so many of the texts hold."""
    import numpy as np

    held = Counter(term for text in texts for term in set(telling_words(text)))
    known = sorted(term for term, texts_with_it in held.items() if texts_with_it >= least)
    # One more than there are, so that a word in all of them still counts for a little.
    rarity = np.log((len(texts) + 1) / np.array([held[term] for term in known], dtype=np.float32))
    return Lexicon({term: row for row, term in enumerate(known)}, rarity.astype(np.float32))


def telling_words(text: str) -> list[str]:
    """Stems of a text and pairs of neighbours, numbers left out."""
    found: list[str] = []
    stems = []
    for run in _WORD.findall(text.casefold()):
        if _IS_UNSPACED.match(run):
            found.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        else:
            stems.append(_stem(run))
    return found + stems + _pairs(stems)


def _pairs(stems: Sequence[str]) -> list[str]:
    return [f"{one} {other}" for one, other in pairwise(stems)]


@lru_cache(maxsize=16_384)
def _stem(word: str) -> str:
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
