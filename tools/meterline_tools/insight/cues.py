"""Reading one sentence: which causes it names, and whether it denies, doubts or asks.

Cues are general words from causes.yaml and words.yaml, in several languages. Nothing here knows a company.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from meterline_tools.insight.causes import Cause, load_causes, load_words

Span = tuple[int, int]
_TOKEN = re.compile(r"[\w'’-]+")
_GAP = r"(?:\W+[\w'’-]+){0,2}?\W+"
_CLAUSE = re.compile(
    r"[,;:.!?()–—]|\b(?:but|because|since|after|until|till|while|aber|sondern|bis|während|men|utan att|tills|medan|mais|pero|hasta que)\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"\b(?:nicht|inte|niet|ikke)(?:\s+\w+)?\s*$", re.IGNORECASE)
"""A clause that ends in its negation, or in it and a parted verb: "ein Neuladen war das nicht", "… schaltet sich nicht ab"."""
_FOLLOWING = re.compile(
    r"^\W*(?:(?!(?:and|or)\b)\w+\W+)?(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could)(?:n['’]t|\W+not)\b"
    r"(?!\W+(?:\w+\W+){0,2}(?:over|done|through|ready|finish\w*|end\w*|complet\w*|stop\w*)\b)",
    re.IGNORECASE,
)
"""A negation right behind: "the freeze does not touch it". What has not ended is going on, and "is given up and is not carried on"
says two things."""
_REACH = 7
"""How many words a negation reaches ahead in its clause: "I doubt it has to do with a …"."""
_NOT_JUST = re.compile(r"\b(?:not (?:only|just)|nicht nur|inte bara|no s[oó]lo|pas seulement)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What one sentence says about causes. `names` and `denies` are cause ids with the number of distinct cues."""

    names: Mapping[str, int]
    denies: frozenset[str]
    hedged: bool
    asking: bool
    undecided: bool
    """It tells of something that may or may not come."""
    about_usage: bool
    """It speaks of usage or of its rise and fall, or puts something down to something: a cause in it is a claim about a change."""
    lean: str | None
    """"one_time" or "durable" when the sentence says how long something lasts."""


@lru_cache(maxsize=4096)
def _pattern(cue: str) -> re.Pattern[str]:
    """A cue as a pattern: `*` ends a word freely (alone: any word), a space lets two words between, `-` is optional."""
    if not cue.isascii() and re.search(r"[぀-ヿ㐀-鿿]", cue):
        return re.compile(re.escape(cue))
    words = []
    for word in cue.lower().split():
        body = r"\w+" if word == "*" else re.escape(word.rstrip("*")).replace(r"\-", r"[-\s]?")
        words.append(body + (r"[\w-]*" if word.endswith("*") and word != "*" else ""))
    return re.compile(rf"(?<!\w){_GAP.join(words)}(?!\w)", re.IGNORECASE)


def _key(word: str) -> str:
    return word.replace("-", "").replace("'", "")[:3].lower()


class CueBook:
    """All cues of all causes, found through the first letters of the words of a sentence."""

    def __init__(self, cues: Mapping[str, Iterable[str]]) -> None:
        self._by_key: dict[str, list[tuple[str, str]]] = {}
        self._wide: list[tuple[str, str]] = []
        for owner, texts in cues.items():
            for text in texts:
                first = next((w for w in text.lower().split() if w != "*"), "")
                if not first.isascii() and not first[:1].isascii():
                    self._wide.append((owner, text))
                else:
                    head = first.split("-")[0]  # "if-we" is found by "if", as two letters are keys of their own
                    self._by_key.setdefault(_key(head if len(head) == 2 else first.rstrip("*")), []).append((owner, text))

    def find(self, text: str) -> list[tuple[str, re.Match[str]]]:
        """(owner, match) for each cue that occurs, once per cue."""
        words = {word for token in _TOKEN.findall(text) for word in (token, *token.split("-"))}
        keys = {k for word in words for k in (_key(word), _key(word)[:2])}
        entries = [entry for key in keys for entry in self._by_key.get(key, ())]
        if not text.isascii():
            entries += self._wide
        return [(owner, match) for owner, cue in entries if (match := _pattern(cue).search(text))]


@lru_cache(maxsize=1)
def _books() -> tuple[CueBook, CueBook, CueBook, CueBook]:
    words = load_words()
    lean = CueBook({"one_time": words.one_time, "durable": words.durable})
    doubt = CueBook({"hedge": words.hedges, "future": words.future, "elsewhere": words.elsewhere, "undecided": words.undecided})
    negation = CueBook({"before": words.negation["before"], "after": words.negation["after"]})
    return lean, doubt, negation, CueBook({"usage": [*words.usage_words, *words.attribution]})


@lru_cache(maxsize=1)
def shipped_cues() -> CueBook:
    """The cues of the causes that ship with the package."""
    return cue_book(load_causes())


def cue_book(causes: Mapping[str, Cause]) -> CueBook:
    return CueBook({cause.id: [cue for cues in cause.cues.values() for cue in cues] for cause in causes.values()})


def read_sentence(text: str, book: CueBook, called: Callable[[str], list[Span]] | None = None) -> Reading:
    """What a sentence says. A negated cue denies its cause, a question names none.

    `called` finds the names of things in a text: a "harvest lots feed" says nothing about a harvest.
    """
    lean, doubt, _, usage = _books()
    things = called(text) if called is not None else []
    found = [(owner, match) for owner, match in book.find(text) if not any(_within(match.span(), thing) for thing in things)]
    stated = [(owner, match) for owner, match in found if not negated(text, *match.span())]
    names = Counter(owner for owner, _ in stated)
    # "No successor" is a cue of its own, and no denial of a successor.
    denies = {owner for owner, match in found if not any(o == owner and _within(match.span(), m.span()) for o, m in stated)}
    doubts = {owner for owner, _ in doubt.find(text)}
    leans = {owner for owner, match in lean.find(text) if not negated(text, match.start(), match.end())}
    asking = bool(text.rstrip(' "”’»)').endswith(("?", "？")) or doubts & {"future", "elsewhere"})
    lean_to = leans.pop() if len(leans) == 1 else None
    return Reading(names, frozenset(denies), "hedge" in doubts, asking, "undecided" in doubts, bool(usage.find(text)), lean_to)


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


@lru_cache(maxsize=1)
def _opinions() -> re.Pattern[str]:
    phrases = sorted((p for line in load_words().opinions for p in line), key=len, reverse=True)
    bodies = [re.escape(p).replace("'", "['’]?") for p in phrases]
    latin = [body for body, p in zip(bodies, phrases, strict=True) if not re.search(r"[぀-ヿ㐀-鿿]", p)]
    other = [body for body in bodies if body not in latin]
    return re.compile(rf"(?<![\w'’])(?:{'|'.join(latin)})(?![\w'’])(?:\s+that\b)?,?|{'|'.join(other)}", re.IGNORECASE)


def without_opinion(text: str) -> str:
    """A sentence without "I would say", "my guess is", "it may be assumed that": what it tells, whoever thinks so."""
    told = _opinions().sub(" ", text)
    told = re.sub(r"\s+([,.;:?!])", r"\1", " ".join(told.split())).strip(" ,;–-")
    return told if len(_TOKEN.findall(told)) >= _LEAST_TOLD else text


def gives_an_opinion(text: str) -> bool:
    """Whether somebody says what they think of something."""
    return bool(_opinions().search(text))


_ASKED = re.compile(r"[,;:–—。、]\s*(?!.*[,;:–—。、]).*[?？]\W*$")
_OPENS_A_QUESTION = re.compile(
    r"^\W*(?:if|is|are|was|were|do|does|did|can|could|should|shall|may|will|would|what|which|who|when|where|why|how|wenn|ist|kann|können|was|wie"
    r"|wann|warum|om|är|kan|vad|hur|när|varför|si|est-ce|qu\w*|es|puede\w*|por qué)\b",
    re.IGNORECASE,
)
_LEAST_TOLD = 4
"""Words of a clause that tells something."""


def told_part(text: str) -> str:
    """What a sentence tells before it asks: "half the office uses it now, can we pay by invoice?"; all of it when it only asks."""
    match = _ASKED.search(text)
    told = text[: match.start()] if match else text
    return told if len(_TOKEN.findall(told)) >= _LEAST_TOLD and not _OPENS_A_QUESTION.match(told) else text


def speaks_of_usage(text: str) -> bool:
    """Whether a text speaks of usage or of its rise and fall."""
    return bool(_books()[3].find(text))


def negated(text: str, start: int, end: int) -> bool:
    """Whether a negation stands within a few words before [start, end) in its clause, or says so right after it."""
    if _CLAUSE.match(text, start):  # "since she left" opens a clause of its own
        return False
    _, _, negation, _ = _books()
    before = text[:start]
    breaks = [m.end() for m in _CLAUSE.finditer(before)]
    clause = _NOT_JUST.sub(" ", before[breaks[-1] if breaks else 0 :])
    words = _TOKEN.findall(clause)
    near = " ".join(words[-_REACH:])
    if near and any(owner == "before" for owner, _ in negation.find(near)):
        return True
    following = text[end : end + 60]
    rest = _CLAUSE.split(following, maxsplit=1)[0]
    if _FOLLOWING.match(rest) or (_CLOSING.search(rest) and (len(following) < 60 or rest != following)):
        return True
    return any(owner == "after" and match.start() < 40 for owner, match in negation.find(following))
