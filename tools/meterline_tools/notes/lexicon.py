"""BM25 over passages, by statistics of no more than the passages that may be read.

Which passages hold a term, and how often, is kept in arrays that are mapped from disk; what a term weighs is worked out
when it is asked for, over the passages in question. So the words of notes that somebody may not see never show, not even
through the rarity of a term, and passages that are added leave everything written so far as it is.

BM25 in Lucene's form: idf = ln(1 + (N - n + .5) / (n + .5)), times tf / (tf + k1 (1 - b + b length / mean length)).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline_tools.notes.asking import stands_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from meterline_tools.notes.ranking import Scores

K1, B = 1.2, 0.75
_TERMS, _STARTS, _PASSAGES, _COUNTS, _LENGTHS = "terms.json", "starts.npy", "passages.npy", "counts.npy", "lengths.npy"


@dataclass(frozen=True)
class Postings:
    """The nth of the sorted `terms` stands in `passages[starts[n]:starts[n + 1]]` (ascending), so often as `counts` says there.

    `lengths` is the number of terms of each passage.
    """

    terms: list[str]
    starts: NDArray[np.int64]
    passages: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> Postings:
        """Of passages as lists of terms (see text.note_terms)."""
        import numpy as np

        lengths = np.asarray([len(document) for document in documents], dtype=np.int32)
        terms = sorted({term for document in documents for term in document})
        number = {term: n for n, term in enumerate(terms)}
        said = np.fromiter((number[t] for document in documents for t in document), dtype=np.int64, count=int(lengths.sum()))
        spoken = said * max(1, len(documents)) + np.repeat(np.arange(len(documents)), lengths)
        found, counts = np.unique(spoken, return_counts=True)
        owners, passages = np.divmod(found, max(1, len(documents)))
        starts = np.searchsorted(owners, np.arange(len(terms) + 1)).astype(np.int64)
        return cls(terms, starts, passages.astype(np.int32), counts.astype(np.int32), lengths)

    @classmethod
    def load(cls, folder: Path) -> Postings:
        """Saved ones, mapped from disk. Raises OSError or ValueError when they cannot be read."""
        import numpy as np

        terms: list[str] = json.loads((folder / _TERMS).read_text("utf-8"))
        passages, counts = (mapped(folder / name) for name in (_PASSAGES, _COUNTS))
        return cls(terms, np.load(folder / _STARTS), passages, counts, np.load(folder / _LENGTHS))

    def save(self, folder: Path) -> None:
        import numpy as np

        folder.mkdir()
        (folder / _TERMS).write_text(json.dumps(self.terms), "utf-8")
        np.save(folder / _STARTS, self.starts)
        np.save(folder / _PASSAGES, self.passages)
        np.save(folder / _COUNTS, self.counts)
        np.save(folder / _LENGTHS, self.lengths)

    def among(self, kept: NDArray[np.bool_]) -> Postings:
        """Those of the kept passages, numbered anew; terms that stand nowhere any more are gone."""
        import numpy as np

        stay = kept[self.passages]
        starts = np.concatenate([[0], np.cumsum(stay)])[self.starts]
        said = np.flatnonzero(np.diff(starts))
        passages = (np.cumsum(kept) - 1)[self.passages[stay]].astype(np.int32)
        terms = [self.terms[n] for n in said.tolist()]
        return Postings(terms, np.append(starts[said], starts[-1]).astype(np.int64), passages, self.counts[stay], self.lengths[kept])

    def holding(self, term: str) -> slice:
        """Where the term's passages stand in `passages` and `counts`."""
        number = self._numbers.get(term)
        return slice(0, 0) if number is None else slice(int(self.starts[number]), int(self.starts[number + 1]))

    def __contains__(self, term: str) -> bool:
        return term in self._numbers

    def meant(self, term: str) -> Iterator[str]:
        """The terms here that an open-ended one stands for (see asking.stands_for)."""
        begin, _, inside = term[:-1].partition("*")
        if inside:
            yield from (word for word in self._holding(begin, inside) if stands_for(term, word))
            return
        for at in range(bisect_left(self.terms, begin), len(self.terms)):
            if not self.terms[at].startswith(begin):
                return
            yield self.terms[at]

    def _holding(self, begin: str, inside: str) -> Iterator[str]:
        """The terms that begin so and hold the other piece."""
        text = self._joined.setdefault(begin, "\n".join(["", *self.meant(f"{begin}*"), ""]))
        at = text.find(inside)
        while at >= 0:
            end = text.index("\n", at)
            yield text[text.rindex("\n", 0, at) + 1 : end]
            at = text.find(inside, end)

    @cached_property
    def _joined(self) -> dict[str, str]:
        """Beginning -> the terms that begin so, in lines: one text is quicker looked through than many."""
        return {}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: n for n, term in enumerate(self.terms)}


def mapped(file: Path) -> NDArray[Any]:
    """The array of a .npy file, mapped from disk; one without elements cannot be. Raises OSError or ValueError."""
    import numpy as np

    array: NDArray[Any]
    try:
        array = np.load(file, mmap_mode="r")
    except ValueError:
        array = np.load(file)
    return array


class Lexicon:
    """Scores of the passages of a pool, whose postings may be several."""

    def __init__(self, parts: Sequence[tuple[Postings, NDArray[np.int64]]]) -> None:
        """Each with the place in the pool of each of its passages, -1 for one that is no longer there."""
        import numpy as np

        self._parts = parts
        self._lengths = np.zeros(sum(int((places >= 0).sum()) for _, places in parts), dtype=np.float32)
        for postings, places in parts:
            self._lengths[places[places >= 0]] = postings.lengths[places >= 0]

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> Lexicon:
        import numpy as np

        return cls([(Postings.of(documents), np.arange(len(documents)))])

    def scores(self, terms: Sequence[str], among: NDArray[np.bool_] | None = None) -> Scores:
        """The score of each passage; zero where none of the terms stands, and outside `among` (None: everything counts).

        What an open-ended term stands for (see asking.stands_for) counts as so many terms.
        """
        import numpy as np

        scores = np.zeros(len(self._lengths), dtype=np.float32)
        lengths = self._lengths if among is None else self._lengths[among]
        if not lengths.any():
            return scores
        mean = lengths.mean()
        for term in self._written_out(terms):
            at, counts = self._standing(term, among)
            if at.size:
                rarity = np.log(1 + (len(lengths) - at.size + 0.5) / (at.size + 0.5))
                norms = K1 * (1 - B + B * self._lengths[at] / mean)
                scores[at] += (rarity * counts / (counts + norms)).astype(np.float32)
        return scores

    def _standing(self, term: str, among: NDArray[np.bool_] | None) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The places of the passages in question that hold the term, and how often they do."""
        import numpy as np

        found = []
        for postings, places in self._parts:
            held = postings.holding(term)
            at, counts = places[postings.passages[held]], postings.counts[held]
            kept = at >= 0 if among is None else (at >= 0) & among[at]
            found.append((at[kept], counts[kept]))
        return np.concatenate([at for at, _ in found]), np.concatenate([counts for _, counts in found])

    def _written_out(self, terms: Sequence[str]) -> list[str]:
        """The terms that stand anywhere, those that open-ended ones stand for among them."""
        every = [postings for postings, _ in self._parts]
        meant = {word for term in dict.fromkeys(terms) if term.endswith("*") for postings in every for word in postings.meant(term)}
        return [term for term in dict.fromkeys([*terms, *sorted(meant)]) if any(term in postings for postings in every)]
