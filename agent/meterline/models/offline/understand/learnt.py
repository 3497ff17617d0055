"""What the examples teach: how much the words and the meaning of a question speak for each intent.

A kernel ridge regression over the bank (C. Saunders, A. Gammerman, V. Vovk, "Ridge Regression Learning Algorithm in Dual
Variables", 1998) with the sum of two kernels: nearness of the vectors of the sentence model, and shared words and pairs of
words, the rarer the more. Intents of many examples are held back by the root of their number. What is learnt is kept in the
user's cache folder beside the vectors, under a name made of the examples: a changed bank is learnt anew.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from meterline.models.offline.understand.examples import Example, ExampleBank
from meterline.models.offline.understand.nearness import kept, vector_of, vectors
from meterline.models.offline.understand.words import Said, stem
from meterline_tools.notes.model import ModelMissing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float32]

SHARPNESS = 4.0
"""Of the kernel of meaning: greater values listen to the nearest examples alone."""
WORDS = 0.8
"""What shared words count beside meaning."""
SMOOTHING = 0.3
_LEAST = 2
"""Words in fewer examples than this say nothing."""
_WORD = re.compile(r"<\w+>|[\w']+")
_PRODUCT = re.compile(r"<(?:sku|sku_family)>")


@dataclass(frozen=True)
class Lesson:
    """`names` of the intents (columns), the `vectors` of the examples (rows), their `weights` (examples × intents), and what each
    word, by its `rarity`, weighs for each intent (`by_word`)."""

    names: tuple[str, ...]
    vectors: Reals
    weights: Reals
    places: Mapping[str, int]
    rarity: Reals
    by_word: Reals

    def scores(self, text: str, vector: Reals) -> dict[str, float]:
        """About 1 for a question of that intent, about 0 for another's."""
        import numpy as np

        meant = np.exp(SHARPNESS * (self.vectors @ vector - 1.0)) @ self.weights
        worded = WORDS * (_row(terms(text), self.places, self.rarity) @ self.by_word)
        return dict(zip(self.names, (meant + worded).tolist(), strict=True))


def terms(text: str) -> set[str]:
    """The stems of a question with names as <kinds>, and the pairs of them that stand side by side."""
    words = [word if word[0] == "<" else stem(word) for word in _WORD.findall(_PRODUCT.sub("<product>", text.lower()))]
    return {*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))}


def speaks_for(tokens: Said, masked: str, bank: ExampleBank) -> dict[str, float]:
    """How much a question speaks for each intent and refusal of the bank; nothing where the sentence model cannot be run."""
    try:
        return _lesson(bank).scores(masked, vector_of(tokens))
    except ModelMissing:
        return {}


@lru_cache(maxsize=4)
def _lesson(bank: ExampleBank) -> Lesson:
    """The regression of the bank, from the cache or computed and put there."""
    import numpy as np

    meaning = vectors(bank)
    names, places, rarity, worded = _taught_words(bank.every)
    shape = (len(bank.every), len(names))
    told = "\n".join(f"{e.intent} {e.question}" for e in bank.every)
    content = f"{SHARPNESS} {WORDS} {SMOOTHING} {told}"
    weights: Reals = kept("intents", content, lambda: _weights(bank.every, names, meaning, worded), shape).astype(np.float32)
    return Lesson(names, meaning, weights, places, rarity, worded.T @ weights)


def _taught_words(examples: Sequence[Example]) -> tuple[tuple[str, ...], dict[str, int], Reals, Reals]:
    """The intents, the place and the rarity of each word, and which example holds which words (examples × words)."""
    import numpy as np

    said = [terms(e.question) for e in examples]
    held = Counter(word for words in said for word in words)
    places = {word: at for at, word in enumerate(sorted(word for word, count in held.items() if count >= _LEAST))}
    rarity = np.array([np.log(len(said) / held[word]) for word in places], dtype=np.float32)
    return tuple(sorted({e.intent for e in examples})), places, rarity, np.stack([_row(words, places, rarity) for words in said])


def _weights(examples: Sequence[Example], names: Sequence[str], meaning: Reals, worded: Reals) -> Reals:
    """The regression of examples, whose vectors are the rows of `meaning`, by their intent: examples × intents."""
    import numpy as np

    owner = np.array([names.index(e.intent) for e in examples])
    share = np.bincount(owner)[owner] ** -0.5
    root = np.sqrt(share / share.mean())[:, None].astype(np.float32)
    kernel = (np.exp(SHARPNESS * (meaning @ meaning.T - 1.0)) + WORDS * (worded @ worded.T)) * root * root.T
    targets = np.eye(len(names), dtype=np.float32)[owner] * root
    found: Reals = (np.linalg.solve(kernel + SMOOTHING * np.eye(len(owner), dtype=np.float32), targets) * root).astype(np.float32)
    return found


def _row(words: set[str], places: Mapping[str, int], rarity: Reals) -> Reals:
    """A row of length one, a column a word."""
    import numpy as np

    row = np.zeros(len(places), dtype=np.float32)
    at = [places[word] for word in words if word in places]
    row[at] = rarity[at]
    length = float(np.linalg.norm(row))
    return row / length if length else row
