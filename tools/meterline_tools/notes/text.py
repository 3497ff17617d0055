"""Text of notes: the copy that is searched, its words, and sentences of the original.

Originals are never changed. `search_copy` is what gets embedded and matched; `display_copy` is what a
screen may show. Offsets always belong to the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
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
FOREIGN = "~"
_SOFT_C = re.compile("c(?=[eiy])")
_SOUNDS = (("ph", "f"), ("th", "t"), ("ch", "k"), ("qu", "k"), ("c", "k"), ("q", "k"), ("z", "s"), ("y", "i"), ("w", "v"), ("x", "ks"))
_DOUBLED = re.compile(r"(.)\1+")
_KEPT_CONTROLS = "\n\t"
_WITHOUT_KEPT = str.maketrans("", "", _KEPT_CONTROLS)


@dataclass(frozen=True)
class Words:
    """The reviewed word lists of words.yaml, folded. `english` and `foreign` are the stop words that tell languages apart."""

    stop: frozenset[str]
    english: frozenset[str]
    foreign: frozenset[str]
    asking: frozenset[str]
    abbreviations: frozenset[str]


@lru_cache(maxsize=1)
def words() -> Words:
    from meterline_tools.yamls import parse_yaml

    lists = parse_yaml(resources.files(__package__).joinpath("words.yaml").read_text("utf-8"))
    by_language = {language: frozenset(fold(w) for w in text.split()) for language, text in lists["stop_words"].items()}
    stop = frozenset().union(*by_language.values())
    english = by_language["en"]
    shared = english & frozenset().union(*(own for language, own in by_language.items() if language != "en"))
    asking = frozenset(fold(w) for w in lists["asking_words"].split())
    return Words(stop, english - shared, stop - english, asking, frozenset(lists["abbreviations"].split()))


@lru_cache(maxsize=1)
def words_by_language() -> dict[str, frozenset[str]]:
    """The folded function words of each language that notes come in."""
    from meterline_tools.yamls import parse_yaml

    lists = parse_yaml(resources.files(__package__).joinpath("words.yaml").read_text("utf-8"))
    return {language: frozenset(fold(w) for w in text.split()) for language, text in lists["stop_words"].items()}


def search_copy(text: str) -> str:
    """NFKC without invisible characters (zero-width, bidi, controls); line ends stay."""
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if _shows_itself(normal):
        return normal
    return "".join(c if c in _KEPT_CONTROLS or unicodedata.category(c) not in _INVISIBLE else "" for c in normal)


def display_copy(text: str) -> str:
    """The original with control, bidi and zero-width characters written out, so that none acts on a screen."""
    if _shows_itself(text):
        return text
    return "".join(f"\\u{ord(c):04x}" if c not in _KEPT_CONTROLS and unicodedata.category(c) in _INVISIBLE else c for c in text)


def _shows_itself(text: str) -> bool:
    """Whether nothing in a text is invisible, told without looking at each character; in doubt False."""
    return text.translate(_WITHOUT_KEPT).isprintable()


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


def tokens(folded: str) -> list[str]:
    """The words of a folded text, stop words included; a run of Chinese, Japanese or Korean is one."""
    return _WORD.findall(folded)


def cjk(word: str) -> bool:
    """Whether a word begins with a Chinese, Japanese or Korean character."""
    return bool(_CJK_RUN.match(word))


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """The English stem of a folded word."""
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


def terms(text: str) -> list[str]:
    """Stemmed words without stop words; runs of Chinese, Japanese and Korean become pairs of characters."""
    stop = words().stop
    found: list[str] = []
    for word in _WORD.findall(fold(search_copy(text))):
        if _CJK_RUN.match(word):
            found.extend(pairs(word))
        elif word not in stop:
            found.append(word)
    stemmed: list[str] = _stemmer().stemWords(found)
    return stemmed


def words_of(text: str) -> list[str]:
    """The words of a text in order; runs of Chinese, Japanese and Korean as single characters."""
    return [piece for word in _WORD.findall(text) for piece in (word if _CJK_RUN.match(word) else [word])]


def is_foreign(text: str) -> bool:
    """Whether a text is in another language than English, told by its function words and script."""
    found = _WORD.findall(fold(search_copy(text)))
    known = words()
    foreign = sum(w in known.foreign for w in found) + sum(bool(_CJK_RUN.match(w)) for w in found)
    return foreign > sum(w in known.english for w in found)


def note_terms(text: str, *, foreign: bool) -> list[str]:
    """Terms of a note. Those of a foreign text are skeletons, and marked, so that they never meet English words by accident."""
    return [FOREIGN + piece for piece in skeletons(_WORD.findall(fold(search_copy(text))))] if foreign else terms(text)


def skeletons(found: Sequence[str]) -> list[str]:
    """Those of words, stop words left out; runs of Chinese, Japanese and Korean become pairs of characters."""
    stop = words().stop
    return [piece for word in found if word not in stop for piece in (pairs(word) if cjk(word) else [skeleton(word)])]


def pairs(run: str) -> list[str]:
    """The pairs of neighbours in a run of characters; of one alone, itself."""
    return [run[i : i + 2] for i in range(max(1, len(run) - 1))]


@lru_cache(maxsize=16_384)
def skeleton(word: str) -> str:
    """A folded word as it sounds rather than as it is spelled, so that contract, Kontrakt and contrato begin alike."""
    sound = _SOFT_C.sub("s", word)
    for spelled, heard in _SOUNDS:
        sound = sound.replace(spelled, heard)
    return _DOUBLED.sub(r"\1", sound)


def word_count(text: str) -> int:
    """Words; in scripts without spaces two characters count as one word."""
    pairs = 0 if text.isascii() else len(_CJK_RUN.findall(text)) // 2
    return len(text.split()) + pairs


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
