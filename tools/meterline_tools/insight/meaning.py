"""What a sentence means, where no cue is heard: how near it is to the sayings of each cause (sayings.yaml).

A sentence model turns texts into vectors; who calls brings it. All sayings together teach a kernel ridge regression
which cause a vector speaks of, or that it speaks of none, in milliseconds and without any data of a company.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.insight.cues import Span
from meterline_tools.insight.said_days import without_days
from meterline_tools.yamls import parse_yaml

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Vectors]

Nearness = Mapping[str, float]
"""Cause -> how much nearer a sentence is to it than to saying nothing; only causes above zero."""
NOTHING = "nothing"
SHARPNESS = 4.0
"""Of the kernel: greater values listen to the nearest sayings alone."""
SMOOTHING = 0.3
_NUMBERED = re.compile(r"(?<=\w)[\s-]\d{1,2}\b")


class Meaning:
    """Compares sentences with the sayings of causes. Cheap to make: sayings are embedded at the first use."""

    def __init__(self, sayings: Mapping[str, Sequence[str]], embed: Embed) -> None:
        self._sayings = sayings
        self._embed = embed

    def nearness(self, texts: Sequence[str]) -> list[Nearness]:
        """One a text."""
        if not texts:
            return []
        import numpy as np

        names, vectors, weights = self._learnt
        scores = np.exp(SHARPNESS * (self._embed(texts) @ vectors.T - 1.0)) @ weights
        none = names.index(NOTHING)
        return [{name: float(row[i] - row[none]) for i, name in enumerate(names) if i != none and row[i] > row[none]} for row in scores]

    @cached_property
    def _learnt(self) -> tuple[list[str], Vectors, Vectors]:
        """Causes, vectors of the sayings and the weight of each saying for each cause; rare causes weigh as much as others."""
        import numpy as np

        names = [*sorted(self._sayings.keys() - {NOTHING}), NOTHING]
        owner = np.array([i for i, name in enumerate(names) for _ in self._sayings.get(name, ())])
        vectors = self._embed([text for name in names for text in self._sayings.get(name, ())])
        counts = np.bincount(owner, minlength=len(names))
        root = np.sqrt((len(owner) / counts[owner]) / (len(owner) / counts[owner]).mean())[:, None]
        kernel = np.exp(SHARPNESS * (vectors @ vectors.T - 1.0)) * root * root.T
        targets = np.eye(len(names), dtype=np.float32)[owner]
        weights = np.linalg.solve(kernel + SMOOTHING * np.eye(len(owner)), targets * root) * root
        return names, vectors, weights.astype(np.float32)


def gist(text: str, called: Sequence[Span]) -> str:
    """A sentence without days and with names of things replaced: what it says, whatever it is about."""
    for start, end in sorted(called, reverse=True):
        text = f"{text[:start]}the job{text[end:]}"
    return without_days(_NUMBERED.sub("", re.sub(r"\b(?:the|a|their|our) the job", "the job", text)))


@lru_cache(maxsize=1)
def shipped_sayings() -> dict[str, list[str]]:
    """The sayings that ship with the package, by cause, in all languages."""
    found = parse_yaml(Path(__file__).with_name("sayings.yaml").read_text(encoding="utf-8"))
    return {cause: [text for texts in tongues.values() for text in texts] for cause, tongues in found.items()}
