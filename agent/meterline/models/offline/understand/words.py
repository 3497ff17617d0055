"""Words of a question: tokens with their places, and spelling mended towards words we know."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

_TOKEN = re.compile(r"[^\W_]+(?:['’&][^\W_]+)*")
_CONTRACTED = frozenset({"what", "wat", "wot", "who", "how", "where", "when", "why", "that", "it", "he", "she", "there", "here"})
_LONG, _SHORT = 8, 4
_TELLING = 5
"""Shorter words are near too many others to be called a slip of one."""
_REMEMBERED = 10_000


@dataclass(frozen=True)
class Token:
    """A word, or a span already understood as a name or a period (`kind` then says which)."""

    text: str
    norm: str
    start: int
    end: int
    kind: str = "word"


class Said(list[Token]):
    """The tokens of a question in order; `present` holds their words, and kinds of spans, for quick looks."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        super().__init__(tokens)
        self.present = frozenset(t.norm if t.kind == "word" else t.kind for t in self)


@dataclass
class Spelling:
    """Mends words towards `targets`; leaves alone what is a target or an `ordinary` word.

    `nameless` are further words (common slips among them) that never name anything. `english` are everyday words near to
    a target: they, and their forms, are right as they are. `slips` are slips that look like another word or a form of one.
    """

    targets: frozenset[str]
    ordinary: frozenset[str]
    nameless: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()
    """Targets to prefer when several are equally near."""
    english: frozenset[str] = frozenset()
    slips: Mapping[str, str] = field(default_factory=dict)
    _stems: frozenset[str] = frozenset()
    _of_stem: dict[str, list[str]] = field(default_factory=dict)
    _by_initial: dict[str, list[str]] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)
    _everyday: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for word in sorted(self.targets):
            if len(word) >= 3:
                self._by_initial.setdefault(word[0], []).append(word)
        right = (self.english | self.nameless | self.ordinary | self.targets) - self.slips.keys()
        self._stems = frozenset(stem(word) for word in right)
        for word in sorted(self.targets - self.slips.keys()):
            self._of_stem.setdefault(stem(word), []).append(word)

    def settled(self, word: str) -> bool:
        return word in self.targets or word in self.ordinary

    def knows(self, word: str) -> bool:
        """Whether this is a word of the language and not the name of something."""
        return self.settled(word) or word in self.nameless or word in self.english

    def slip_of(self, word: str) -> str:
        """The ordinary word that this one is a typing slip of; "" when it is near none, or too short to tell."""
        if len(word) < _TELLING or not word.isalpha():
            return ""
        slips = 2 if len(word) >= _LONG else 1
        near = process.extractOne(word, self._ordinary_of(word), scorer=OSA.distance, score_cutoff=slips)
        return str(near[0]) if near else ""

    def _ordinary_of(self, word: str) -> list[str]:
        """Ordinary words of a like length with the same first letter."""
        if not self._everyday:
            for other in sorted(self.nameless | self.ordinary | self.targets):
                self._everyday.setdefault((other[:1], len(other)), []).append(other)
        slips = 2 if len(word) >= _LONG else 1
        return [w for n in range(len(word) - slips, len(word) + slips + 1) for w in self._everyday.get((word[0], n), [])]

    def mend(self, word: str) -> str:
        """The nearest target by typing slips (insert, drop, change, swap), or the word itself.

        A form of a right word is mended only to another form of the same word ("happens" to "happen").
        """
        if word in self.slips:
            return self.slips[word]
        if self.settled(word) or len(word) < 3 or not word.isalpha():
            return word
        if word not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[word] = self._nearest(word)
        return self._known[word]

    def _nearest(self, word: str) -> str:
        slips = 2 if len(word) >= _LONG else 1
        root = stem(word)
        if root in self._stems:  # a form of a right word: another form of it that we know, or the word as it is
            forms = [other for other in self._of_stem.get(root, ()) if len(other) >= _SHORT or len(word) < _LONG]
            return min(forms, key=lambda other: (OSA.distance(word, other), other)) if forms else word
        pool = self._by_initial.get(word[0], [])
        if len(word) >= _SHORT:
            pool = pool + self._by_initial.get(word[1], []) if word[1] != word[0] else pool
        near = process.extract(
            word, [w for w in pool if abs(len(w) - len(word)) <= slips], scorer=OSA.distance, score_cutoff=slips, limit=8
        )
        lawful = [
            (slip, other not in self.likely, len(other) < _SHORT, other)
            for other, slip, _ in near
            if len(other) >= _SHORT or sorted(other) == sorted(word)
        ]
        return min(lawful)[3] if lawful else word


_FORMS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ers", ""), ("er", ""), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""))
_STEM = 3
"""What is left of a word without its ending has at least so many letters."""


def stem(word: str) -> str:
    """What the regular forms of a word have in common: "planning", "plans" and "planned" are all "plan"."""
    ending, back = next(
        ((end, back) for end, back in _FORMS if word.endswith(end) and len(word) - len(end) >= _STEM and not word.endswith("ss")), ("", "")
    )
    root = (word.removesuffix(ending) + back).rstrip("e")
    return root[:-1] if len(root) > _STEM and root[-1] == root[-2] else root


@lru_cache(maxsize=512)
def fold(text: str) -> str:
    """Lower case, straight apostrophes, no possessive and no trailing dot."""
    low = text.lower().replace("’", "'")
    return low.removesuffix("'s").replace("'", "").rstrip(".")


def _words_in(text: str, start: int, end: int) -> list[Token]:
    """One token, or two for "what's", "who's", "hows": the question word and the verb."""
    head = text.lower().replace("’", "'").replace("'", "").removesuffix("s")
    if head in _CONTRACTED and len(text) > len(head):
        cut = start + len(head)
        return [Token(text[: len(head)], head, start, cut), Token(text[len(head) :], "is", cut, end)]
    return [Token(text, fold(text), start, end)]


_SHORTHAND = {"w/o": "without", "w/": "with ", "b/c": "because"}
_WRITTEN_SHORT = re.compile(r"(?<![\w/])(?:w/o|b/c)(?![\w/])|(?<![\w/])w/(?=[\s\w])(?!o\b)", re.IGNORECASE)


_BARE_PERCENT = re.compile(r"(?<![\d\s])%|(?<=[a-z]\s)%")
_ONE_ON_ONE = re.compile(r"\b1\s?(?::|-on-|on)\s?1s?\b", re.IGNORECASE)


def spelled_out(question: str) -> str:
    """The question with shorthand of the keyboard written out: "accounts w/o contact"."""
    question = _WRITTEN_SHORT.sub(lambda found: _SHORTHAND[found.group().lower()], question)
    return _ONE_ON_ONE.sub("one on one", _BARE_PERCENT.sub("percent", question))


def tokenize(text: str, masked: Collection[Token] = ()) -> Said:
    """Tokens in order; spans in `masked` come out as one token each."""
    spans = sorted(masked, key=lambda t: t.start)
    tokens: list[Token] = list(spans)
    for match in _TOKEN.finditer(text):
        if not any(s.start < match.end() and match.start() < s.end for s in spans):
            tokens += _words_in(match.group(), match.start(), match.end())
    return Said(sorted(tokens, key=lambda t: t.start))
