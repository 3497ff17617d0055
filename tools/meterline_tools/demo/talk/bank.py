"""The authors' texts. Each of five authors, who know nothing of one another, writes for a hundred seeds: the first for those up to
100, the second for the held-out ones above, then the third and the fourth, and the fifth for all from 401 on."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Any

import numpy as np

from meterline_tools.demo import spec

AUTHORS = ("first", "second", "third", "fourth", "fifth")
SEEDS_OF_AN_AUTHOR = 100


@dataclass(frozen=True)
class Bank:
    """One author's texts, each picked with a given random stream."""

    author: str

    @property
    def evidence(self) -> dict[str, dict[str, list[Any]]]:
        """By cause: c customer, v vendor, t tickets, then languages."""
        found: dict[str, dict[str, list[Any]]] = spec.read(f"notes/{self.author}/evidence")
        return found

    @property
    def wrong(self) -> dict[str, Any]:
        """Claims that telemetry denies, true words beside the point, and negations."""
        found: dict[str, Any] = spec.read(f"notes/{self.author}/wrong")
        return found

    @property
    def filler(self) -> dict[str, Any]:
        found: dict[str, Any] = spec.read(f"notes/{self.author}/filler")
        return found

    def voice(self, rep: str) -> dict[str, Any]:
        """How a rep writes: always the same way."""
        voices: dict[str, dict[str, Any]] = self.filler["voices"]
        names = list(voices)
        return voices[names[sum(rep.encode()) % len(names)]]


def bank_for(seed: int) -> Bank:
    hundred = max(0, seed - 1) // SEEDS_OF_AN_AUTHOR
    return Bank(AUTHORS[min(hundred, len(AUTHORS) - 1)])


def pick(rng: np.random.Generator, options: list[Any]) -> Any:
    return options[int(rng.integers(len(options)))]


def filled(template: str, slots: dict[str, str]) -> str:
    """The template with its slots filled and each sentence begun with a capital."""
    text = string.Formatter().vformat(template, (), slots)
    return re.sub(r"(^|[.!?]\s+)([^\W\d_])", lambda m: m[1] + m[2].upper(), text)
