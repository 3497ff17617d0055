"""What a question is looked for by: its own words, their counterparts in other languages, and words spelled like them.

The embedding model reads English only. So a question also names what the reviewed glossary (glossary.yaml) has for its words
in the languages that notes come in. A term that ends in * is open-ended (see `stands_for`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from importlib import resources

from meterline_tools.notes.text import FOREIGN, cjk, fold, is_foreign, pairs, search_copy, skeleton, skeletons, terms, tokens, words

Concept = Mapping[str, frozenset[str]]
"""Language -> the terms for one thing."""
LANGUAGES = ("en", "de", "sv", "ja", "fr", "es")
"""That the glossary has words of."""
_COMPOUNDING = ("de", "sv")
_INSIDE = 5
"""Letters from which an entry is looked for inside compounds."""
_FIRST_PART = 3
"""Letters that the first part of a compound has at least."""
_COGNATE = 5
"""Letters that words of two languages must share from the start, or three fifths of a longer one."""


def question_terms(question: str) -> list[str]:
    """Terms of a question as notes may have them: in English, in other languages as they stand, and as counterparts.

    The words of asking ("what did … say about") are left out, unless nothing else is left.
    """
    kept = _asked_words(question)
    asked = terms(" ".join(kept))
    as_said = skeletons(kept)
    in_english = question.isascii() and not is_foreign(question)
    meant = _concepts(asked, as_said, ("en",) if in_english else LANGUAGES)
    abroad = {term for concept in meant for language, entries in concept.items() if language != "en" for term in entries}
    at_home = set() if in_english else {term for concept in meant for term in concept["en"]} - set(asked)
    at_home |= {term for named, said in _umbrellas() if not named.isdisjoint(asked) for term in said} - set(asked)
    return [*asked, *sorted(at_home), *(FOREIGN + term for term in dict.fromkeys([*as_said, *sorted(abroad)]))]


def cognates(question: str) -> list[str]:
    """How words of other languages begin that are spelled nearly as those of a question: open-ended terms, as question_terms."""
    long = [sound for word in _asked_words(question) if not cjk(word) and len(sound := skeleton(word)) >= _COGNATE]
    return list(dict.fromkeys(f"{FOREIGN}{sound[: max(_COGNATE, 3 * len(sound) // 5)]}*" for sound in long))


def _asked_words(question: str) -> list[str]:
    """The folded words of a question that carry meaning; all of them where none would be left."""
    found = tokens(fold(search_copy(question)))
    known = words()
    kept = [w for w in found if w not in known.asking and w not in known.stop]
    return kept or [w for w in found if w not in known.stop] or found


@lru_cache(maxsize=1)
def glossary() -> list[Concept]:
    """The concepts of glossary.yaml: language -> terms; one that ends in * stands for any ending."""
    from meterline_tools.yamls import parse_yaml

    concepts = parse_yaml(resources.files(__package__).joinpath("glossary.yaml").read_text("utf-8"))
    return [{language: frozenset(_counterparts(language, listed)) for language, listed in concept.items()} for concept in concepts]


def _counterparts(language: str, listed: str) -> Iterator[str]:
    """The terms that a line of the glossary has for a language, as texts in it are searched for them."""
    for word in _entries(listed) if language == "en" else fold(listed).split():
        if language == "en":
            yield word
        elif cjk(word):
            yield from pairs(word)
        else:
            sound = skeleton(word.removesuffix("*"))
            inside = language in _COMPOUNDING and len(sound) >= _INSIDE and word.endswith("*")
            yield f"{'*' if inside else ''}{sound}{'*' if word.endswith('*') else ''}"


@lru_cache(maxsize=1)
def _umbrellas() -> list[tuple[frozenset[str], frozenset[str]]]:
    """Umbrella words, and what is said in their place (umbrellas.yaml)."""
    from meterline_tools.yamls import parse_yaml

    listed = parse_yaml(resources.files(__package__).joinpath("umbrellas.yaml").read_text("utf-8"))
    return [(frozenset(_entries(each["named"])), frozenset(_entries(each["said"]))) for each in listed]


def _entries(listed: str) -> list[str]:
    return [term for word in listed.split() for term in ([fold(word)] if word.endswith("*") else terms(word))]


def _concepts(asked: Sequence[str], as_said: Sequence[str], languages: Collection[str]) -> list[Concept]:
    """The concepts that a question names in one of the languages: in terms, or in English by stems."""
    found: set[int] = set()
    for language in languages:
        said = set(asked if language == "en" else as_said)
        whole, open_ended = _named_by(language)
        found.update(n for word in said for n in whole.get(word, ()))
        found.update(n for term, n in open_ended if any(stands_for(term, word) for word in said))
    return [glossary()[n] for n in sorted(found)]


@lru_cache(maxsize=len(LANGUAGES))
def _named_by(language: str) -> tuple[dict[str, list[int]], list[tuple[str, int]]]:
    """What names the concepts of the glossary in a language, with their places there: whole terms, and open-ended ones."""
    whole: dict[str, list[int]] = {}
    open_ended: list[tuple[str, int]] = []
    for n, concept in enumerate(glossary()):
        for term in concept.get(language, ()):
            if term.endswith("*"):
                open_ended.append((term, n))
            else:
                whole.setdefault(term, []).append(n)
    return whole, open_ended


def overlap(asked: Set[str], said: Set[str]) -> set[str]:
    """The asked terms that are said, by whatever word an open-ended one stands for."""
    abroad = [word for word in said if word.startswith(FOREIGN)]
    at_home = said - set(abroad)
    open_ended = (term for term in asked if term.endswith("*"))
    meant = {term for term in open_ended if any(stands_for(term, word) for word in (abroad if term.startswith(FOREIGN) else at_home))}
    return set(asked & said) | meant


def stands_for(term: str, word: str) -> bool:
    """Whether a word is meant by a term: one that ends in * means any ending, `a*b*` what begins with a and goes on with b.

    That b stands there at once, or after the first part of a compound, which has some letters of its own.
    """
    if not term.endswith("*"):
        return term == word
    begin, _, inside = term[:-1].partition("*")
    at = len(begin)
    return word.startswith(begin) and (word.startswith(inside, at) or word.find(inside, at + _FIRST_PART) >= 0)
