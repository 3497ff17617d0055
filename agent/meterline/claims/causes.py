"""Why: a cause is named only on evidence that stands and that speaks of it."""

from __future__ import annotations

import re

from meterline.claims.lexicon import lexicon
from meterline.claims.said import QUOTE, VALUE, Said, is_change
from meterline_tools.receipts import Citation

_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 5
"""Letters by which two forms of a word are taken for one: re-loading, reload."""
_SEQUEL = re.compile(
    r"\b(after|following|follows|followed|once|now\s+that)\s+(?:the|a|an|its|their|they|it)\s+"
    r"|\b(given|amid|amidst|without|but\s+for)\s+(?:the|an?|its|their)\s+"
    r"|\b(since)\s+(?:the|a|its|their)\s+(?!(?:start|beginning|end|first|last|latest|previous|prior|week|month|quarter|year|period|day|date|window|turn)\b)"
    r"|\b(reflecting|on\s+(?:weak|strong|soft|slack|robust|poor|high|low)(?:er)?|as\s+(?:it|they|its|their))\s+"
)
_MADE = re.compile(
    r"\bmade\b[^.;]{1,40}?\b(?:fall|drop|rise|grow|surge|decline|shrink|jump|dip|slip|spend|use|consume|move)\b"
    r"|\b(?:would|could|might)\s+(?:not\s+)?have\b"
)
"""A cause that made something happen, and what would have been without it."""
_NOTHING_DOES = re.compile(
    r"\b(?:nothing|none|no\s+\w+(?:\s+\w+)?|nobody)\b[^.;:]{0,50}\b(?:explains?|accounts\s+for|caused|drove|says\s+why)\b"
)
_CLEFT = re.compile(
    r"\b(?:(?:is|was|were|isn't|wasn't|isn’t|wasn’t)\s+it|it\s+(?:is|was|were))\s+(?P<it>[^?.;]{3,80}?)\s+(?:that|who|which)\b"
    r"|\bwhat\s+else\s+(?:but|than)\s+(?P<else>[^?.;]{3,60})|\b(?P<hence>[^?.;]{3,80})[,;]\s+(?:hence|thus|therefore)\s"
)
"""A cause pointed at: "was it the price that moved them", "what else but the price", "they left; hence …"."""
_CLAUSE = re.compile(r"[;.:]|,\s+(?:and|but|which|so)\b")


_FROM_WHERE = re.compile(
    r"\s*(?:(?:your|the|our|this|these|free|its)\s+)?([a-z]+)(?:\s*$|[,.;)]|\s+(?:or|and|of|in|alone|that|which|this)\b)"
)
"""A source, and no more of its name behind it: "data", not "data migration"."""
_LEVEL = re.compile(rf"down to\s+(?:(?:about|around|only|just)\s+)?{VALUE}")
"""Where "down to" tells of a level."""


def causes_are_proved(said: Said) -> str | None:
    found = _cause(said)
    if found is None:
        return None
    word, clause = found
    cited = [c for c in said.cited if not c.flagged]
    explained = any(said.evidence.book.receipts[f.receipt].kind == "explanation" for f in said.shown)
    if said.cited and not cited:
        return f"'{word}' rests on instruction-like text alone, which is quoted and never believed"
    if not cited and not explained:
        return f"'{word}' names a cause without evidence; cite what says so, or say that the cause is unknown"
    if said.sentence.kind == "measured" and not explained and not any(c.id in said.evidence.proofs for c in cited):
        return f"'{word}' names a measured cause that no explain_change found; mark the sentence as inferred and cite it"
    told = _told_by(said, cited, explained)
    missing = _content(clause) - _content(" ".join(said.evidence.named_in(said.read)).lower())
    if missing and not missing & told:
        return f"nothing cited speaks of the cause behind '{word}' ({', '.join(sorted(missing)[:3])})"
    return None


def _cause(said: Said) -> tuple[str, str] | None:
    """The causal word and the words that name the cause."""
    words, text = lexicon(), said.words
    if not said.cited and (said.has("causal") or said.has("causing") or said.has("sequel")):
        text = said.bare
    if said.has("no_cause") or _NOTHING_DOES.search(text):
        return None
    if match := _MADE.search(text):
        return match.group(), _CLAUSE.split(text[: match.start()])[-1]
    for match in words.find["causal"].finditer(text):
        clause = _CLAUSE.split(text[match.end() :])[0]
        if not (_LEVEL.match(match.group() + clause) or _divides(clause, said) or _is_a_source(clause)):
            return match.group(), clause
    for match in words.find["causing"].finditer(text):
        clause = _CLAUSE.split(text[: match.start()])[-1]
        if not _divides(clause, said):
            return match.group(), clause
    return None if said.has("asks_why") and not said.figures else _pointed_at(said, text)


def _divides(clause: str, said: Said) -> bool:
    """Whether a sum is told by its parts: "[[F4]] of it comes from Vega Labs", where that figure is of Vega Labs, or its label says so."""
    own = [f.label for f in said.figures] + [f.entity.name for f in said.figures if f.entity]
    wanted = _content(clause.replace(VALUE, " ").replace(QUOTE, " "))
    return bool(said.figures and wanted) and wanted <= _content(" ".join(own).lower()) | {"alone"}


def _is_a_source(clause: str) -> bool:
    """Whether it is told where a figure was read: "each comes from your data"."""
    found = _FROM_WHERE.match(clause)
    return found is not None and found.group(1) in lexicon().data["sources"]


def _pointed_at(said: Said, text: str) -> tuple[str, str] | None:
    """A cause without a causal word, in a sentence that tells of a move."""
    words = lexicon()
    moved = words.find["moved_up"].search(text) or words.find["moved_down"].search(text)
    changes = any(is_change(f) for f in said.figures)
    if moved and (match := _SEQUEL.search(text, moved.end())):
        return next(filter(None, match.groups())), _CLAUSE.split(text[match.end() :])[0]
    if changes and (match := _SEQUEL.search(text)):
        return next(filter(None, match.groups())), _CLAUSE.split(text[match.end() :])[0]
    if (moved or changes or "moved" in said.tokens) and (match := _CLEFT.search(text)):
        return "it", match["it"] or match["else"] or match["hence"]
    return None


def _told_by(said: Said, cited: list[Citation], explained: bool) -> set[str]:
    """Stems of the words that the evidence of this sentence holds."""
    texts = [f"{c.quote} {c.title or ''} {c.source.replace('_', ' ')}" for c in cited]
    receipts = said.evidence.book.receipts.values()
    if explained or any(r.kind == "explanation" for r in receipts):
        texts += [cell for r in receipts if r.kind == "explanation" for row in r.rows for cell in row if isinstance(cell, str)]
        texts += said.evidence.findings
        texts += [f.label for f in said.shown] + [f.entity.name for f in said.shown if f.entity]
    return _content(" ".join(texts).lower())


def _content(text: str) -> set[str]:
    empty = set(lexicon().data["empty_words"])
    return {w.replace("-", "")[:_STEM] for w in _WORD.findall(text.replace("-", "")) if w not in empty}
