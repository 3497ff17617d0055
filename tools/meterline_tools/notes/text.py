"""Text of notes: the copy that is searched, its words, and sentences of the original.

Originals are never changed. `search_copy` is what gets embedded and matched; `display_copy` is what a
screen may show. Offsets always belong to the original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

Span = tuple[int, int]
"""Start and end offsets in code points, half-open."""

_CJK = r"぀-ヿ㐀-䶿一-鿿가-힯豈-﫿ｦ-ﾟ"
_WORD = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_CJK_RUN = re.compile(rf"[{_CJK}]")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？｡]+[」』）”]*|\n+")
_INVISIBLE = {"Cf", "Cc", "Co", "Cs"}
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True)
class Words:
    """The reviewed word lists of words.yaml, folded."""

    stop: frozenset[str]
    asking: frozenset[str]
    abbreviations: frozenset[str]


@lru_cache(maxsize=1)
def words() -> Words:
    import yaml

    lists = yaml.safe_load(resources.files(__package__).joinpath("words.yaml").read_text("utf-8"))
    stop = {fold(w) for text in lists["stop_words"].values() for w in text.split()}
    asking = {fold(w) for w in lists["asking_words"].split()}
    return Words(frozenset(stop), frozenset(asking), frozenset(lists["abbreviations"].split()))


def search_copy(text: str) -> str:
    """NFKC without invisible characters (zero-width, bidi, controls); line ends stay."""
    if text.isascii() and text.isprintable():
        return text
    kept = (c if c in _KEPT_CONTROLS else "" if unicodedata.category(c) in _INVISIBLE else c for c in unicodedata.normalize("NFKC", text))
    return "".join(kept)


def display_copy(text: str) -> str:
    """The original with control, bidi and zero-width characters written out, so that none acts on a screen."""
    if text.isprintable():
        return text
    return "".join(f"\\u{ord(c):04x}" if c not in _KEPT_CONTROLS and unicodedata.category(c) in _INVISIBLE else c for c in text)


def fold(text: str) -> str:
    """Case-folded, Latin letters without their accents (Göteborg and Goteborg meet); other scripts untouched."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    return "".join(_without_accent(c) for c in folded)


@lru_cache(maxsize=4096)
def _without_accent(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)
    return base[0] if len(base) > 1 and base[0].isascii() else char


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """Stemmed words without stop words; runs of Chinese, Japanese and Korean become pairs of characters."""
    stop = words().stop
    found: list[str] = []
    for word in _WORD.findall(fold(search_copy(text))):
        if _CJK_RUN.match(word):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif word not in stop:
            found.append(word)
    stemmed: list[str] = _stemmer().stemWords(found)
    return stemmed


def question_terms(question: str) -> list[str]:
    """Terms of a question without the words of asking ("what did … say about"), unless nothing else is left."""
    asking = words().asking
    kept = [w for w in _WORD.findall(fold(search_copy(question))) if w not in asking]
    return terms(" ".join(kept)) or terms(question)


def word_count(text: str) -> int:
    """Words; in scripts without spaces two characters count as one word."""
    cjk = len(_CJK_RUN.findall(text))
    return len(text.split()) + cjk // 2


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of text[start:end], without surrounding white space; together they cover every word."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    at = start
    for match in _SENTENCE_END.finditer(text, start, stop):
        if match.end() < stop and _is_inside_sentence(text, at, match):
            continue
        spans.append((at, match.end()))
        at = match.end()
    spans.append((at, stop))
    trimmed = (trim(text, span) for span in spans)
    return [span for span in trimmed if span[0] < span[1]]


def trim(text: str, span: Span) -> Span:
    """The span without white space at its ends."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_inside_sentence(text: str, start: int, mark: re.Match[str]) -> bool:
    """A full stop after an abbreviation, an initial or a German ordinal ("am 3. Juli") ends nothing."""
    if mark.group() != ".":
        return False
    words_before = text[start : mark.start()].rsplit(None, 1)
    before = words_before[-1].lstrip("(\"'„“").casefold() if words_before else ""
    is_initial = len(before) == 1 and before.isalpha()
    is_ordinal = before.isdigit() and len(before) <= 2
    return is_initial or is_ordinal or before in words().abbreviations
