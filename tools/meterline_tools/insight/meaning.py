"""What a sentence means, where no cue is heard: how near it is to the sayings of each cause (sayings/).

A sentence model turns texts into vectors; who calls brings it. What the sayings teach together says which cause a vector
speaks of, or that it speaks of none, in milliseconds and without any data of a company.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from meterline_tools.insight.cues import Span, without_opinion
from meterline_tools.insight.learnt import Learnt, learn
from meterline_tools.insight.said_days import without_days
from meterline_tools.insight.shipped import NOTHING, Sayings

if TYPE_CHECKING:
    from meterline_tools.insight.learnt import Embed

Nearness = Mapping[str, float]
"""Cause -> how much nearer a sentence is to it than to saying nothing; below zero where it rather says nothing."""
_NUMBERED = re.compile(r"(?<=\w)[\s-]\d{1,2}\b")


class Meaning:
    """Compares sentences with the sayings of causes. Cheap to make: what they teach is looked up, or learnt, at the first use."""

    def __init__(self, causes: Sequence[str], own: Sayings, embed: Embed, model: str = "") -> None:
        """`own` are a company's sayings; `embed` makes views of texts (texts × views × d, each of length one), `model` says with what (see
        `learnt.learn`)."""
        self._causes = causes
        self._own = own
        self._embed = embed
        self._model = model

    def nearness(self, texts: Sequence[str]) -> list[Nearness]:
        """One a text."""
        if not texts:
            return []
        names, scores = self._learnt.names, self._learnt.scores(texts, self._embed(texts))
        none = names.index(NOTHING)
        return [{name: float(row[i] - row[none]) for i, name in enumerate(names) if i != none} for row in scores]

    @cached_property
    def _learnt(self) -> Learnt:
        return learn(self._causes, self._own, self._embed, self._model)


def gist(text: str, called: Sequence[Span]) -> str:
    """A sentence without days and opinions and with names of things replaced: what it says, whatever it is about and whoever thinks so."""
    for start, end in sorted(called, reverse=True):
        text = f"{text[:start]}the job{text[end:]}"
    return without_opinion(without_days(_NUMBERED.sub("", re.sub(r"\b(?:the|a|their|our) the job", "the job", text))))
