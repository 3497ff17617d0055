"""The sentences worth quoting: those that answer the question, word for word, in few words."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from meterline_tools.notes.asking import overlap, question_terms
from meterline_tools.notes.text import Span, is_foreign, note_terms, sentences, word_count

Similarity = Callable[[Sequence[str]], Sequence[float]]
"""How near in meaning each text is to the question."""
QUOTE_WORDS = 40


def quote_spans(text: str, question: str, *, max_words: int = QUOTE_WORDS, most: int = 1, similar: Similarity | None = None) -> list[Span]:
    """Up to `most` spans of whole sentences of `text` for `question`, in reading order; text[start:end] is the quote.

    A span is a run of neighbouring sentences of at most `max_words` words (a longer sentence stands alone) that
    holds the most words of the question, the shortest such run. Where no word matches, `similar` picks the
    sentence; without it the opening sentences stand. Headings and salutations are quoted only where nothing else is said.
    """
    parts = sentences(text)
    parts = [part for part in parts if not _opens_only(text[slice(*part)])] or parts
    asked = set(question_terms(question))
    found: list[Span] = []
    while parts and len(found) < most:
        run = _best_run(text, parts, asked, max_words) or (None if found else _without_words(text, parts, max_words, similar))
        if run is None:
            break
        found.append(run)
        parts = [s for s in parts if s[1] <= run[0] or s[0] >= run[1]]
        asked -= overlap(asked, set(note_terms(text[run[0] : run[1]], foreign=is_foreign(text))))
    return sorted(found)


def _opens_only(sentence: str) -> bool:
    """Whether it is a heading ("# Visit on the island") or a salutation ("Hej Oskar,") and says nothing by itself."""
    return sentence.startswith("#") or (sentence.endswith((",", "，", "、")) and word_count(sentence) <= _SALUTATION)


_SALUTATION = 4


def _best_run(text: str, parts: list[Span], asked: set[str], max_words: int) -> Span | None:
    """The run with the most of the asked terms, less one for each sentence in it that has none; then the fewest words.

    None when no term occurs.
    """
    foreign = is_foreign(text)
    said = [overlap(asked, set(note_terms(text[a:b], foreign=foreign))) for a, b in parts]
    sizes = [word_count(text[a:b]) for a, b in parts]
    best: tuple[int, int, Span] | None = None
    for first in range(len(parts)):
        covered: set[str] = set()
        words = beside = 0
        for last in range(first, len(parts)):
            covered |= said[last]
            beside += not said[last]
            words += sizes[last]
            if last > first and words > max_words:
                break
            rank = (beside - len(covered), words)
            if covered and (best is None or rank < best[:2]):
                best = (*rank, (parts[first][0], parts[last][1]))
    return best[2] if best else None


def _without_words(text: str, parts: list[Span], max_words: int, similar: Similarity | None) -> Span:
    if similar is not None and len(parts) > 1:
        near = list(similar([text[a:b] for a, b in parts]))
        return parts[near.index(max(near))]
    last = 0
    while last + 1 < len(parts) and word_count(text[parts[0][0] : parts[last + 1][1]]) <= max_words:
        last += 1
    return parts[0][0], parts[last][1]


def best_text(texts: Sequence[str], asked: Set[str], similar: Similarity | None) -> int:
    """Which of several short texts answers best: most asked terms, else nearest in meaning, else the longest; a heading last."""
    foreign = is_foreign("\n".join(texts))
    matches = [len(overlap(asked, set(note_terms(t, foreign=foreign)))) for t in texts]
    ranks = matches if max(matches) > 0 else list(similar(texts)) if similar is not None else [float(len(t)) for t in texts]
    return max(range(len(texts)), key=lambda at: (not _opens_only(texts[at].strip()), ranks[at]))
