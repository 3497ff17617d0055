"""Whether words that look like a name are meant as one: everyday words, times and abbreviations are also names somewhere."""

from __future__ import annotations

from dataclasses import dataclass

from meterline_tools.catalog.name_source import SHORT, Name
from meterline_tools.catalog.name_text import Word, meant_as_time, word_list, words_of
from meterline_tools.catalog.words import common_words, function_words

ENTITIES = frozenset({"account", "rep", "manager"})
_PEOPLE = frozenset({"rep", "manager"})
_WEAK = frozenset({"plan", "motion", "workload_type"})
"""Dimensions whose values are everyday words: they count only beside a noun that says so."""


@dataclass(frozen=True)
class Hit:
    """A name laid over the words first..last of a text, in one of the ways to say it. `exact`: spelled just like that."""

    first: int
    last: int
    name: Name
    score: float
    exact: bool = True
    form: str = ""


def names_another_firm(hit: Hit, words: list[Word]) -> bool:
    """Whether the text goes on to name another firm: "vega corp" is not Vega Labs, although "vega" alone may be."""
    follower = words[hit.last + 1].text if hit.last + 1 < len(words) else ""
    if hit.name.type != "account" or follower not in word_list("firm_words"):
        return False
    shortened = hit.last - hit.first + 1 < len(words_of(hit.name.name))
    return shortened and all(follower not in form.split() for form in hit.name.said)


def is_meant(hit: Hit, words: list[Word], text: str) -> bool:
    """Whether these words are really meant as this name, and not as the everyday words, times or abbreviations they also are."""
    inside = words[hit.first : hit.last + 1]
    single = inside[0] if len(inside) == 1 else None
    if single is not None and not _stands_alone(single, hit, words, text):
        return False
    everyday = all(word.text in common_words() for word in inside)
    linking = {inside[0].text, inside[-1].text} & function_words() - {word.text for word in words_of(hit.name.name)}
    if not hit.exact and (linking or (everyday and hit.name.type == "industry")):
        return False  # "and manufacturing" is no slip of a longer name, "can I bank on it" none of "banks"
    if not everyday:
        return True
    if hit.name.type not in ENTITIES and not all(word.text in function_words() for word in inside):
        return _is_value(hit, words)
    grammar = function_words() - word_list("times")
    if single is None and not any(word.text in grammar for word in inside):
        return hit.score >= (0.97 if hit.exact else 0.9)  # "peak supply": one such word is chance, both are a name
    return _written_as_name(hit, inside, words, text)


def _stands_alone(word: Word, hit: Hit, words: list[Word], text: str) -> bool:
    """Whether one word may be this name: short ones and initials only as written, slips of short ones only with their first letter."""
    if word.text in hit.name.initials and hit.score < SHORT:
        return word.raw.isupper() and text != text.upper()
    if len(word.text) <= 2:
        return word.raw in hit.name.exact and not meant_as_time(words, hit.first)
    if hit.exact:
        return not meant_as_time(words, hit.first)
    if hit.name.type in ENTITIES and hit.form in common_words() and not word.raw[0].isupper():
        return False  # "targte" is a slip of the word before it is one of the company
    return len(word.text) >= 4 and (len(word.text) > 5 or any(form[:1] == word.text[:1] for form in hit.name.said))


def _is_value(hit: Hit, words: list[Word]) -> bool:
    """Whether everyday words are the value of a plain dimension ("retail"), and not a verb ("support that claim") or chance ("free")."""
    after, before = words[hit.last + 1 : hit.last + 2], words[max(0, hit.first - 1) : hit.first]
    inside = bool(before) and before[0].text in word_list("before_values")
    if after and after[0].text in word_list("objects") and hit.first == hit.last and not inside:
        return False
    beside = after + before
    return hit.name.type not in _WEAK or any(word.text in word_list("value_nouns") for word in beside)


def _acts(hit: Hit, words: list[Word]) -> bool:
    """Whether an everyday word stands where somebody does something: "what did delta use"."""
    before, after = words[hit.first - 1 : hit.first] if hit.first else [], words[hit.last + 1 : hit.last + 2]
    return bool(before and after) and before[0].text in word_list("helping_verbs") and after[0].text in word_list("doing_verbs")


def _written_as_name(hit: Hit, inside: list[Word], words: list[Word], text: str) -> bool:
    """Whether everyday words are capitalised just like the name, where case says something."""
    if hit.exact and hit.name.type in _PEOPLE and inside[-1].possessive:
        return True  # "bill's numbers": an everyday word that owns something is somebody
    if hit.exact and hit.name.type in ENTITIES and _acts(hit, words):
        return True
    written = text[inside[0].start : inside[-1].end]
    if written not in hit.name.exact or written == written.casefold() or text == text.upper():
        return False
    opening = text[: inside[0].start].rstrip(" \"'(")[-1:] in ("", ".", "?", "!", ":")
    return not opening or inside[-1].possessive or len(inside) == len(words)
