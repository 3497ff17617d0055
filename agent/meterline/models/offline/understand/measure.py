"""What of a question is about measuring: breakdowns, direction, how many, compared with what."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from meterline.models.offline.understand.catalogue import Hit, find_hits
from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.words import Said

_BREAK = frozenset({"by", "per", "across", "each", "every"})
_JOIN = frozenset({"and", "then", "x", "plus", "&"})
_RATES = frozenset({"per", "each", "every"})
_RANKERS = frozenset({"which", "what", "all", "list", "show", "rank", "ranking", "sort", "order", "ranked"})
_SERIES = {"week": ("weekly", "wk"), "month": ("monthly",), "day": ("daily",), "quarter": ("quarterly", "qtr"), "year": ("yearly",)}
_AMOUNT = frozenset({"much", "average", "avg", "mean", "typical", "the"})
"""Before "monthly" or "daily" these ask for an amount, not for a series."""
_ENTITY_DIMENSIONS = frozenset(
    {"account", "rep", "manager", "industry", "region", "segment", "sku", "sku_family", "country", "workload", "connector"}
)
DEFAULT_TOP = 10


@dataclass
class Measure:
    """Metrics by the words said, dimensions to break down by, direction and count of a ranking."""

    metrics: list[str] = field(default_factory=list)
    group_by: list[str] = field(default_factory=list)
    direction: str = ""
    """"gain", "lose" or "both" where the question says which way."""
    ranked: str = ""
    """"large" or "small" where it asks for a top or bottom list."""
    limit: int = 0
    nouns: list[str] = field(default_factory=list)
    """Kinds of things that are named in general: "regions", "accounts"."""
    enumerated: bool = False
    """Metrics stand in a row, joined by "and": each of them is asked for."""


def measure(tokens: Said, lex: Lexicon) -> Measure:
    """Reads metrics, breakdown, ranking and direction off the words."""
    found = Measure()
    dims = find_hits(tokens, "dimension")
    found.group_by = _breakdown(tokens, dims)
    found.nouns = list(dict.fromkeys(d.id for d in dims if d.id in _ENTITY_DIMENSIONS))
    nouns = {(d.start, d.end) for d in dims if d.id in _ENTITY_DIMENSIONS}
    hits = [h for h in find_hits(tokens, "metric") if (h.start, h.end) not in nouns]
    found.metrics = list(dict.fromkeys(h.id for h in hits))
    found.enumerated = any(a.id != b.id and _joined(tokens, a, b) for a, b in itertools.pairwise(hits))
    if {"M37", "M38"} <= set(found.metrics) and not found.enumerated:
        found.metrics.remove("M37")  # go-lives that were pushed back have slipped
    if set(found.metrics) <= {"M01"} and any(t.norm in _RATES and at_day(_at(dims, i + 1)) for i, t in enumerate(tokens)):
        found.metrics = ["M04"]  # "how much per day" is a rate, "by day" a series
    if any(h.id == "M04" and any(d.start < h.end and h.start < d.end for d in dims) for h in hits):
        found.group_by = [d for d in found.group_by if d != "day"]  # "daily burn" is a rate
    norms = {t.norm for t in tokens if t.kind == "word"}
    gain, lose = (
        bool(norms & set(lex.concepts["gain"]) or norms & set(lex.concepts["up"])),
        bool(norms & set(lex.concepts["lose"]) or norms & set(lex.concepts["down"])),
    )
    found.direction = "both" if gain and lose else "gain" if gain else "lose" if lose else ""
    found.ranked = "large" if norms & set(lex.concepts["large"]) else "small" if norms & set(lex.concepts["small"]) else ""
    found.limit = _count(tokens, lex)
    if (found.ranked or norms & _RANKERS) and not found.group_by:
        found.group_by = _listed(tokens, dims)
    if found.ranked and found.group_by and not found.limit and found.group_by[0] in _ENTITY_DIMENSIONS:
        found.limit = DEFAULT_TOP
    return found


def _joined(tokens: Said, one: Hit, other: Hit) -> bool:
    """Whether "and" or a comma stands between two metrics, and nothing else."""
    between = tokens[one.end : other.start]
    if between:
        return len(between) == 1 and between[0].norm in _JOIN
    return tokens[other.start].start - tokens[one.end - 1].end > 1


def _breakdown(tokens: Said, dims: Sequence[Hit]) -> list[str]:
    """Dimensions after "by", "per" …, joined by "and"; weekly, monthly and daily; "week by week"."""
    starts = {h.start: h for h in dims}
    found: list[str] = []
    for i, token in enumerate(tokens):
        hit = starts.get(i)
        if token.norm in _RATES and hit is None and at_day(starts.get(i + 1)):
            continue
        if token.norm in _BREAK and token.kind == "word":
            at = i if hit else i + 1
            while at in starts:
                found.append(starts[at].id)
                at = starts[at].end
                at += at < len(tokens) and tokens[at].norm in _JOIN
        elif hit is not None and _is_series(tokens, hit):
            found.append(hit.id)
    return list(dict.fromkeys(found))


def _at(dims: Sequence[Hit], place: int) -> Hit | None:
    return next((d for d in dims if d.start == place), None)


def at_day(hit: Hit | None) -> bool:
    return hit is not None and hit.id == "day"


def _is_series(tokens: Said, hit: Hit) -> bool:
    """ "weekly consumption" is a series, "how much monthly consumption" an amount."""
    said = tokens[hit.start].norm
    amount = hit.start > 0 and tokens[hit.start - 1].norm in _AMOUNT
    return hit.id in _SERIES and not amount and (said in _SERIES[hit.id] or hit.end - hit.start > 1)


def _listed(tokens: Said, dims: Sequence[Hit]) -> list[str]:
    """The dimension a ranking lists: the first noun that names one ("top ten accounts", "which regions")."""
    return next(([h.id] for h in dims if h.id in _ENTITY_DIMENSIONS and tokens[h.start].norm not in _BREAK), [])


def _count(tokens: Said, lex: Lexicon) -> int:
    """The N of "top N", in digits or words."""
    rankers = set(lex.concepts["large"]) | set(lex.concepts["small"]) | {"first"}
    for here, following in itertools.pairwise(tokens):
        for one, other in ((here, following), (following, here)):
            if one.kind == "word" and one.norm in rankers:
                number = int(other.norm) if other.norm.isdigit() else lex.numbers.get(other.norm, 0)
                if 0 < number <= 200:
                    return number
    return 0
