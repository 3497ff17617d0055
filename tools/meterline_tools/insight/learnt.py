"""What sayings teach: which cause a sentence speaks of, by what it means and by its words, or that it speaks of none.

A kernel ridge regression over all sayings (C. Saunders, A. Gammerman, V. Vovk, "Ridge Regression Learning Algorithm in Dual
Variables", 1998), each class weighed alike, with the sum of three kernels: how near the vectors of a sentence model are, for the
text as a whole and for what stands out in it, and how many telling words are shared (`telling_words`). The regression of the shipped
sayings comes with the package (sayings/learnt.npz, written by `make sayings`), for to embed them takes longer than anybody waits for
an answer. What a company adds of its own is learnt on top of it: a regression of what the shipped ones leave unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from meterline_tools.insight.shipped import FOLDER, NOTHING, Sayings, digest, plain, shipped_sayings
from meterline_tools.insight.telling_words import Lexicon, lexicon_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Vectors]

SHARPNESS = 4.0
"""Of the kernel of meaning: greater values listen to the nearest sayings alone."""
VIEWS = (1.0, 0.7)
"""What each view of a text counts: as a whole, and what stands out in it."""
WORDS = 1.2
"""What shared words count beside meaning."""
SMOOTHING = 0.5
SILENCE = 1.4
"""How much more than a cause `nothing` weighs: most of what is said in a note names no cause."""
SHIPPED = FOLDER / "learnt.npz"
_STEPS = 127


@dataclass(frozen=True)
class Lesson:
    """One regression: `vectors` of n sayings (n × views × d, each of length one), their `weights` (n × causes), and what each telling word
    weighs for each cause (`by_word`, words of the `lexicon` × causes)."""

    names: Sequence[str]
    vectors: Vectors
    weights: Vectors
    lexicon: Lexicon
    by_word: Vectors

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        import numpy as np

        meant = _alike(vectors, self.vectors) @ self.weights
        worded = [WORDS * (worth @ self.by_word[rows]) for rows, worth in map(self.lexicon.terms, texts)]
        found: Vectors = meant + np.array(worded, dtype=np.float32).reshape(meant.shape)
        return found


@dataclass(frozen=True)
class Learnt:
    """`names` of the causes, `nothing` last, and what speaks for each: lessons whose scores add up."""

    names: Sequence[str]
    lessons: Sequence[Lesson]

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """How much each text, whose views are `vectors`, speaks of each of `names`: about 1 for a saying of its own, about 0 for
        one of another cause. Texts × causes."""
        import numpy as np

        found = np.zeros((len(texts), len(self.names)), dtype=np.float32)
        for lesson in self.lessons:
            column = {name: place for place, name in enumerate(lesson.names)}
            here = [place for place, name in enumerate(self.names) if name in column]
            found[:, here] += lesson.scores(texts, vectors)[:, [column[self.names[place]] for place in here]]
        return found


def learn(causes: Sequence[str], own: Sayings, embed: Embed, model: str = "") -> Learnt:
    """What the shipped sayings and those of a company teach of these causes. `model` says whose vectors `embed` makes: with that of
    `make sayings`, nothing is embedded but what is the company's `own`. Of a cause without any saying nothing is known."""
    lesson = _brought(model) or teach(shipped_sayings(), embed)
    names = [*sorted(c for c in causes if own.get(c) or c in lesson.names), NOTHING]
    told = [(name, plain(text)) for name in names for text in own.get(name, ())]
    if not told:
        return Learnt(names, [lesson])
    texts = [text for _, text in told]
    vectors = embed(texts)
    known = Learnt(names, [lesson]).scores(texts, vectors)
    return Learnt(names, [lesson, _lesson(told, names, vectors, least=1, known=known)])


def teach(sayings: Sayings, embed: Embed) -> Lesson:
    """The regression of sayings by cause."""
    names, told = _told(sayings)
    return _lesson(told, names, embed([text for _, text in told]), least=2)


def _told(sayings: Sayings) -> tuple[list[str], list[tuple[str, str]]]:
    names = [*sorted(sayings.keys() - {NOTHING}), NOTHING]
    return names, [(name, plain(text)) for name in names for text in sayings.get(name, ())]


def write(path: Path, sayings: Sayings, embed: Embed, model: str) -> None:
    """The file that `learn` reads: what a model makes of the sayings, in steps of 1/127 of each vector's largest part."""
    import numpy as np

    names, told = _told(sayings)
    vectors = embed([text for _, text in told])
    scales = np.abs(vectors).max(axis=-1, keepdims=True) / _STEPS
    steps = np.rint(vectors / scales).astype(np.int8)
    lesson = _lesson(told, names, _unit(steps * scales), least=2)
    np.savez_compressed(
        path,
        model=np.array(model),
        digest=np.array(digest(sayings)),
        names=np.array(names),
        steps=steps,
        scales=scales.astype(np.float32),
        weights=lesson.weights,
        words=np.array(list(lesson.lexicon.rows)),
        rarity=lesson.lexicon.rarity,
        by_word=lesson.by_word.astype(np.float16),
    )


@lru_cache(maxsize=2)
def _brought(model: str) -> Lesson | None:
    """What the file holds; None where it was made with another model or cannot be read: then sayings are embedded as they come."""
    import numpy as np

    try:
        with np.load(SHIPPED) as file:
            if str(file["model"]) != model:
                return None
            lexicon = Lexicon({str(word): row for row, word in enumerate(file["words"])}, file["rarity"])
            return Lesson(
                [str(name) for name in file["names"]],
                _unit(file["steps"] * file["scales"]),
                file["weights"],
                lexicon,
                file["by_word"].astype(np.float32),
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _lesson(
    texts: Sequence[tuple[str, str]], names: Sequence[str], vectors: Vectors, *, least: int, known: Vectors | None = None
) -> Lesson:
    """What (cause, saying) pairs teach beyond what is `known` of them. Words that fewer than `least` of them hold say nothing."""
    import numpy as np

    owner = np.array([names.index(name) for name, _ in texts])
    counts = np.bincount(owner, minlength=len(names))
    share = 1.0 / counts[owner] * np.where(owner == len(names) - 1, SILENCE, 1.0)
    root = np.sqrt(share / share.mean())[:, None].astype(np.float32)
    lexicon = lexicon_of([text for _, text in texts], least)
    worded = lexicon.matrix([text for _, text in texts])
    kernel = (_alike(vectors, vectors) + WORDS * (worded @ worded.T)) * root * root.T
    targets = (np.eye(len(names), dtype=np.float32)[owner] - (0.0 if known is None else known)) * root
    found = np.linalg.solve(kernel + SMOOTHING * np.eye(len(owner), dtype=np.float32), targets) * root
    weights: Vectors = found.astype(np.float32)
    return Lesson(names, vectors, weights, lexicon, worded.T @ weights)


def _alike(some: Vectors, others: Vectors) -> Vectors:
    """How near the views of texts are: some × others."""
    import numpy as np

    views = [weight * np.exp(SHARPNESS * (some[:, view] @ others[:, view].T - 1.0)) for view, weight in enumerate(VIEWS[: some.shape[1]])]
    found: Vectors = np.sum(views, axis=0)
    return found


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    found: Vectors = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return found
