"""The sayings that ship with the package, and how a sentence is made plain before it is learnt or compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from meterline_tools.insight.said_days import without_days
from meterline_tools.yamls import parse_yaml

Sayings = Mapping[str, Sequence[str]]
"""Cause -> how people put it."""
NOTHING = "nothing"
"""What is said around the causes and names none."""
FOLDER = Path(__file__).with_name("sayings")


@lru_cache(maxsize=1)
def shipped_sayings() -> dict[str, list[str]]:
    """All that ship, in all languages."""
    told: dict[str, list[str]] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for cause, tongues in parse_yaml(file.read_text(encoding="utf-8")).items():
            told.setdefault(cause, []).extend(text for texts in tongues.values() for text in texts)
    return told


def plain(text: str) -> str:
    """A saying as it is learnt: without days, as the sentences that are compared with it."""
    return without_days(text)


def digest(sayings: Sayings) -> str:
    """Changes with any saying, any cause and their order."""
    told = "\n".join(f"{name}\t{text}" for name in sorted(sayings) for text in sayings[name])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
