"""A message that holds a text to be summed up or kept: the asker's own words apart from the text they hand over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from meterline_tools.notes.text import word_count
from meterline_tools.notes.themes import read_yaml

_LEAD_WORDS = 22
"""The most words an asker needs to say what is to be done with a text."""
_LEAST_WORDS = 4
_LEAST_UNPOINTED = 8
"""Words of a text that is to be summed up although nothing in front of it points at it ("this", "the following")."""
_POINTING = re.compile(r"\b(?:this|these|that|following|below|here|das|dies\w*|folgende\w*|det här|detta|följande)\b", re.IGNORECASE)
_QUESTION_WORDS = 14
"""A text this short that ends in a question mark is the question itself."""
_TAIL_LEAST = 15
"""Words of a text that comes before what is to be done with it."""
_CUT = re.compile(r"\s*(?::|\n|(?<=\?)\s|\s(?:--?-?|[–—])\s|(?=[\"“„«「]))\s*")
_LOOSE_CUT = re.compile(r"\s*(?::|\n|(?<=[?.!])\s|\s(?:--?-?|[–—])\s|(?=[\"“„«「]))\s*")
_STORY = 12
"""The least words of a text that is told to be summed up in words of the asker's own."""
_NOTE = 25
"""The least words of a note that comes without a word about it."""
_SENTENCES = re.compile(r"[.!?;\n](?:\s|$)")
_MANY_SENTENCES = 3
_QUOTES = "\"“”„«»「」'"


@dataclass(frozen=True)
class Pasted:
    """`lead` is what the asker says about the text; `keep` whether it is to be saved; `start` where it stands in the message."""

    text: str
    lead: str
    keep: bool


@dataclass(frozen=True)
class _Patterns:
    keep: tuple[re.Pattern[str], ...]
    sum_up: tuple[re.Pattern[str], ...]
    then_keep: re.Pattern[str]
    told: re.Pattern[str]
    acts: re.Pattern[str]
    and_keep: re.Pattern[str]
    telling: re.Pattern[str]
    asking: re.Pattern[str]
    narrowing: re.Pattern[str]


def read_pasted(message: str) -> Pasted | None:
    """The text in a message that asks for it to be summed up or kept; None for any other message."""
    text = message.strip()
    return _behind(text) or _before(text) or _loosely(text) or _as_told(text) or _unasked(text)


def keep_with(message: str) -> str:
    """The account named by "save that to …"; empty for any other message."""
    found = _patterns().then_keep.match(message.strip())
    return found["account"].strip(" .!?") if found and word_count(message) <= _LEAD_WORDS and read_pasted(message) is None else ""


def _behind(message: str) -> Pasted | None:
    """ "Log this call with Alder: …" """
    for cut in _CUT.finditer(message):
        lead, text = message[: cut.start()].strip(), message[cut.end() :].strip().strip(_QUOTES).strip()
        if word_count(lead) > _LEAD_WORDS:
            return None
        if not lead or not text or word_count(text) < _LEAST_WORDS:
            continue
        if text.endswith("?") and word_count(text) < _QUESTION_WORDS:
            return None
        told = "keep" if _patterns().and_keep.search(lead) and _told(lead) else _told(lead)
        if told == "keep" or (told and (word_count(text) >= _LEAST_UNPOINTED or _POINTING.search(lead))):
            return Pasted(text, lead, told == "keep")
    return None


def _before(message: str) -> Pasted | None:
    """A text, and then "Summarize that for the team with action items"."""
    cut = max(message.rfind("\n"), *(m.start() + 1 for m in re.finditer(r"[.!?\]\"”]\s", message)), -1)
    lead, text = message[cut:].strip() if cut > 0 else "", message[:cut].strip().strip("[]" + _QUOTES).strip()
    if not lead or word_count(lead) > _LEAD_WORDS or word_count(text) < _TAIL_LEAST:
        return None
    return Pasted(text, lead, told == "keep") if (told := _told(lead)) else None


def _loosely(message: str) -> Pasted | None:
    """A few words that speak of summing up, before or behind a story: "I got a memo here, can you boil it down? So today …"."""
    for cut in _LOOSE_CUT.finditer(message):
        lead, text = message[: cut.start()].strip(), message[cut.end() :].strip().strip(_QUOTES).strip()
        if word_count(lead) > _LEAD_WORDS:
            break
        if _asked_loosely(lead) and _is_story(text):
            return Pasted(text, lead, bool(_patterns().and_keep.search(lead)))
    for cut in reversed(list(_LOOSE_CUT.finditer(message.rstrip()))):
        lead, text = message[cut.end() :].strip(), message[: cut.start()].strip().strip("[]" + _QUOTES).strip()
        if word_count(lead) > _LEAD_WORDS:
            break
        if lead and _asked_loosely(lead) and not _is_story(lead, _LEAST_UNPOINTED, 2) and _is_story(text):
            return Pasted(text, lead, bool(_patterns().and_keep.search(lead)))
    return None


def _asked_loosely(lead: str) -> bool:
    return _patterns().acts.search(lead) is not None


def _is_story(text: str, least: int = _STORY, signs: int = 1) -> bool:
    """Whether a text tells of people and what they did or will do, rather than ask for anything."""
    if word_count(text) < least or text.rstrip(_QUOTES + " ").endswith("?") or _patterns().narrowing.match(text):
        return False
    told, sentences = len(_patterns().telling.findall(text)), len(_SENTENCES.findall(text))
    return told >= signs or sentences >= _MANY_SENTENCES


def _unasked(message: str) -> Pasted | None:
    """Several sentences that tell of a talk and ask for nothing."""
    if "?" in message or _patterns().asking.match(message) or len(_SENTENCES.findall(message)) < _MANY_SENTENCES:
        return None
    signs = len(_patterns().telling.findall(message))
    return Pasted(message, "", False) if word_count(message) >= _NOTE and signs >= _MANY_SENTENCES else None


def _as_told(message: str) -> Pasted | None:
    """ "Just got off the phone with Alder, they …": a talk told as it was, with no question in it."""
    if word_count(message) < _TAIL_LEAST or message.rstrip(_QUOTES + " ").endswith("?"):
        return None
    return Pasted(message, "", False) if _patterns().told.match(message) else None


def _told(lead: str) -> str:
    """ "keep", "sum_up", or nothing when the words in front ask for neither."""
    said = lead.strip(" .,!>*#-[](" + _QUOTES)
    patterns = _patterns()
    if any(p.match(said) for p in patterns.keep):
        return "keep"
    return "sum_up" if any(p.match(said) for p in patterns.sum_up) else ""


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    given = read_yaml("pasted.yaml")
    keep, sum_up = (tuple(re.compile(p, re.IGNORECASE) for p in given[name]) for name in ("keep", "sum_up"))
    single = (
        re.compile(given[name], re.IGNORECASE) for name in ("then_keep", "told", "acts", "and_keep", "telling", "asking", "narrowing")
    )
    return _Patterns(keep, sum_up, *single)
