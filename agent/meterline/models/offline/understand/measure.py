"""What of a question is about measuring: breakdowns, direction, how many, compared with what."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from meterline.models.offline.understand.catalogue import Hit, find_hits
from meterline.models.offline.understand.data import Lexicon, read_yaml
from meterline.models.offline.understand.phrases import Pattern, compile_pattern
from meterline.models.offline.understand.words import Said, Token

_BREAK = frozenset({"by", "per", "across", "each", "every"})
_JOIN = frozenset({"and", "then", "x", "plus", "&"})
_RATES = frozenset({"per", "each", "every"})
_WHICH = frozenset({"which", "what"})
_NEAR = 4
_RANKERS = frozenset({"all", "list", "show", "rank", "ranking", "sort", "order", "ranked"})
_SERIES = {"week": ("weekly", "wk"), "month": ("monthly",), "day": ("daily",), "quarter": ("quarterly", "qtr"), "year": ("yearly",)}
_AMOUNT = frozenset({"much", "average", "avg", "mean", "typical", "the"})
"""Before "monthly" or "daily" these ask for an amount, not for a series."""
_NOT_A_COUNT = frozenset({"than", "least", "most", "over", "under", "of", "all", "our", "my", "these", "those", "both"})
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
    sort: str = ""
    """"large", "small" or "soon" where a list is wanted in that order."""
    enumerated: bool = False
    """Metrics stand in a row, joined by "and": each of them is asked for."""


_TAKEN_APART = frozenset({"break", "breaking", "drill", "drilling", "narrow", "narrowing"})
"""Right behind these, or with one word between, "down" is no direction: "drill down", "break it down"."""


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
    if "M38" in found.metrics and _PUSHED & tokens.present and any(_moved_so(tokens, h) for h in hits if h.id == "M38"):
        found.metrics.remove("M38")  # what is pushed up or down has not slipped
    if "M37" in found.metrics and _LATER & tokens.present:
        found.metrics = ["M38" if m == "M37" else m for m in found.metrics if m != "M38"]
    if {"M37", "M38"} <= set(found.metrics) and not found.enumerated:
        found.metrics.remove("M37")  # go-lives that were pushed back have slipped
    if set(found.metrics) <= {"M01"} and any(t.norm in _RATES and at_day(_at(dims, i + 1)) for i, t in enumerate(tokens)):
        found.metrics = ["M04"]  # "how much per day" is a rate, "by day" a series
    if any(h.id == "M04" and any(d.start < h.end and h.start < d.end for d in dims) for h in hits):
        found.group_by = [d for d in found.group_by if d != "day"]  # "daily burn" is a rate
    if any(d.id == "account" and _in_row(tokens, d, hits) for d in dims):
        found.metrics, found.enumerated = [*found.metrics, "M24"], True  # "customers, spend and growth" counts them
    norms = {t.norm for t in tokens if t.kind == "word"}
    if any(t.norm in _TAKEN_APART and "down" in {u.norm for u in tokens[i + 1 : i + 3]} for i, t in enumerate(tokens)):
        norms.remove("down")
    gain, lose = (
        bool(norms & set(lex.concepts["gain"]) or norms & set(lex.concepts["up"])),
        bool(norms & set(lex.concepts["lose"]) or norms & set(lex.concepts["down"])),
    )
    found.direction = "both" if gain and lose else "gain" if gain else "lose" if lose else ""
    found.ranked = "large" if norms & set(lex.concepts["large"]) else "small" if norms & set(lex.concepts["small"]) else ""
    found.limit = _count(tokens, lex) or (_counted(tokens, dims, lex) if found.direction or found.ranked or norms & _RANKERS else 0)
    found.sort = next((order for order, cues in _orders().items() if any(cue.find(tokens) is not None for cue in cues)), "")
    if (found.ranked or norms & _RANKERS or _asked_which(tokens, dims)) and not found.group_by:
        found.group_by = _listed(tokens, dims)
    if found.ranked and found.group_by and not found.limit and found.group_by[0] in _ENTITY_DIMENSIONS:
        found.limit = DEFAULT_TOP
    return found


@cache
def _orders() -> dict[str, tuple[Pattern, ...]]:
    raw = read_yaml(Path(__file__).parent / "selection.yaml")["orders"]
    return {order: tuple(compile_pattern(cue, {}) for cue in cues) for order, cues in raw.items()}


def _asked_which(tokens: Sequence[Token], dims: Sequence[Hit]) -> bool:
    """Whether "which" or "what" asks for the kind of thing right behind it ("which of our accounts"), and no verb stands between."""
    asking = [i for i, t in enumerate(tokens) if t.kind == "word" and t.norm in _WHICH]
    return any(0 < d.start - i <= _NEAR and not {t.norm for t in tokens[i + 1 : d.start]} & _VERBS for d in dims for i in asking)


_VERBS = frozenset({"did", "does", "do", "is", "are", "was", "were", "has", "have", "will"})


def _in_row(tokens: Sequence[Token], noun: Hit, hits: Sequence[Hit]) -> bool:
    """Whether "customers" is one of several measures in a row."""
    before = next((h for h in hits if h.end <= noun.start and _joined(tokens, h, noun)), None)
    after = next((h for h in hits if noun.end <= h.start and _joined(tokens, noun, h)), None)
    return tokens[noun.start].norm in ("customers", "logos") and (before is not None or after is not None)


_LATER = frozenset({"later", "postponed", "delayed", "deferred", "rescheduled"})
_PUSHED = frozenset({"pushed", "pushing", "push"})


def _moved_so(tokens: Said, hit: Hit) -> bool:
    """Whether "up" or "down" stands shortly behind "pushed"."""
    return tokens[hit.start].norm in _PUSHED and any(t.norm in ("up", "down", "higher", "lower") for t in tokens[hit.end : hit.end + 5])


def _joined(tokens: Sequence[Token], one: Hit, other: Hit) -> bool:
    """Whether "and" or a comma stands between two metrics, and nothing else."""
    between = tokens[one.end : other.start]
    if between:
        return len(between) == 1 and between[0].norm in _JOIN
    return tokens[other.start].start - tokens[one.end - 1].end > 1


def broken_down(tokens: Said) -> list[str]:
    """The dimensions a question asks to be broken down by, in so many words."""
    return _breakdown(tokens, find_hits(tokens, "dimension"))


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


def _counted(tokens: Said, dims: Sequence[Hit], lex: Lexicon) -> int:
    """The number right before what is listed: "the ten accounts that fell"."""
    places = [d.start - 1 for d in dims if d.id in _ENTITY_DIMENSIONS and d.start]
    said = [tokens[p].norm for p in places if tokens[p].kind == "word" and (p == 0 or tokens[p - 1].norm not in _NOT_A_COUNT)]
    found = [int(word) if word.isdigit() else lex.numbers.get(word, 0) for word in said]
    return next((n for n in found if 1 < n <= 200), 0)
