"""Word lists as data: which of them a sentence speaks in.

A list is text such as "price* cost+cut": words apart from each other, a trailing * for any ending, a + between words
that follow one another, with at most one other word between two. Words are compared by their English stem,
case-folded, without accents; those in Chinese, Japanese or Korean stand anywhere in a run of such characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from meterline_tools.notes.text import cjk, fold, search_copy, stem, tokens

_GAP = 2
LANGUAGES = ("en", "de", "sv", "ja")


class Wording:
    """Named word lists of one group of languages, ready to be looked for in many sentences."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._phrases: list[tuple[str, tuple[str, ...]]] = [
            (name, tuple(fold(word) for word in phrase.split("+")))
            for name, texts in lists.items()
            for text in texts
            for phrase in text.split()
        ]
        self._by_word: dict[str, list[int]] = {}
        for place, (_, words) in enumerate(self._phrases):
            for word in words:
                self._by_word.setdefault(word, []).append(place)
        self._open = [w[:-1] for w in self._by_word if w.endswith("*")]
        self._cjk = [w for w in self._by_word if cjk(w)]
        self._stems: dict[str, list[str]] = {}
        for word in self._by_word:
            if not word.endswith("*") and not cjk(word):
                self._stems.setdefault(stem(word), []).append(word)
        self._known: dict[str, tuple[str, ...]] = {}

    def names(self, said: Sequence[str]) -> set[str]:
        """Names of the lists that the words of a sentence (see `said_words`) are in."""
        return {name for name, _ in self.spoken(said)}

    def spoken(self, said: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """(name of the list, words of its phrase) for each phrase that stands in the sentence."""
        at: dict[str, list[int]] = {}
        for place, token in enumerate(said):
            for word in self._of(token):
                at.setdefault(word, []).append(place)
        candidates = {number for word in at for number in self._by_word[word]}
        return [self._phrases[number] for number in sorted(candidates) if _follow(self._phrases[number][1], at)]

    def _of(self, token: str) -> tuple[str, ...]:
        """The words of the lists that one word of a sentence counts for."""
        known = self._known.get(token)
        if known is None:
            if cjk(token):
                known = tuple(w for w in self._cjk if w in token)
            else:
                known = (*self._stems.get(stem(token), ()), *(f"{w}*" for w in self._open if token.startswith(w)))
            self._known[token] = known
        return known


def _follow(phrase: tuple[str, ...], at: Mapping[str, Sequence[int]]) -> bool:
    """Whether the words of a phrase stand one after another."""
    ends = list(at.get(phrase[0], ()))
    for word in phrase[1:]:
        ends = [place for place in at.get(word, ()) if any(0 < place - end <= _GAP for end in ends)]
    return bool(ends)


def said_words(text: str) -> list[str]:
    """The words of a text as lists are compared with them, stop words included."""
    return tokens(fold(search_copy(text)))
