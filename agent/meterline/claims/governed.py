"""The name of a governed metric stands beside governed figures alone: free SQL may have counted something else under it."""

from __future__ import annotations

from meterline.claims.lexicon import lexicon
from meterline.claims.said import Said
from meterline.claims.subjects import measures_of

SAYS_SO = "ungoverned"
"""A sentence with this word may name what its figure comes near to."""


def names_are_governed(said: Said) -> str | None:
    free = next((figure for figure in said.figures if not figure.governed), None)
    if free is None or SAYS_SO in said.words:
        return None
    proved = frozenset[str]().union(*(measures_of(figure) for figure in said.figures if figure.governed))
    named = sorted(name for name, pattern in lexicon().measures.items() if name not in proved and pattern.search(said.words))
    if not named:
        return None
    return f"'{named[0]}' names a governed metric, but {free.id} comes from free SQL; say that it is ungoverned, or use query_metrics"
