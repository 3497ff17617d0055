"""Themes across notes: those of the taxonomy, one the asker names, and those that the notes themselves keep coming back to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

from meterline_tools.notes.asking import question_terms, stands_for
from meterline_tools.notes.sayings import Saying, foreign
from meterline_tools.notes.text import cjk, fold, search_copy, skeleton, stem
from meterline_tools.notes.wording import LANGUAGES, Wording, said_words


@dataclass
class Theme:
    """A theme and the sentences that are about it; what speaks to a machine may be quoted, but is not counted.

    `named_by` is "taxonomy", "company", "asker" or "notes" (found in them).
    """

    id: str
    label: str
    named_by: str
    sayings: list[Saying] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    """Words by which it was found, for the choice of what to quote of a long sentence."""

    @property
    def counted(self) -> list[Saying]:
        return [s for s in self.sayings if not s.flagged]

    @property
    def accounts(self) -> set[str]:
        return {s.account_id for s in self.counted if s.account_id}

    @property
    def notes(self) -> set[str]:
        return {s.note.note_id for s in self.counted}

    @property
    def speakers(self) -> set[tuple[str | None, str]]:
        """Distinct people of the customers', each by account and name."""
        return {(s.account_id, fold(s.speaker)) for s in self.counted if s.side == "customer" and s.speaker}


class Taxonomy:
    """Themes by their words: the built-in ones, with what a company adds."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        merged: dict[str, dict[str, Any]] = {}
        for entry in entries:
            known = merged.setdefault(str(entry["id"]), {"label": entry.get("label") or str(entry["id"]).replace("_", " ").capitalize()})
            for language in LANGUAGES:
                known.setdefault(language, []).extend([str(entry[language])] if entry.get(language) else [])
            known["label"] = entry.get("label") or known["label"]
            known["service"] = entry.get("service") or known.get("service", False)
        self.service = frozenset(ident for ident, entry in merged.items() if entry["service"])
        """Themes of what customers hold against whoever serves them."""
        self.labels = {ident: str(entry["label"]) for ident, entry in merged.items()}
        self._english = Wording({ident: entry["en"] for ident, entry in merged.items()})
        self._abroad = Wording({ident: [t for lang in LANGUAGES[1:] for t in entry[lang]] for ident, entry in merged.items()})

    def of(self, saying: Saying) -> list[tuple[str, tuple[str, ...]]]:
        """(theme id, the words that say so) of a sentence."""
        return (self._abroad if foreign(saying) else self._english).spoken(said_words(saying.text))

    def named(self, words: str) -> list[str]:
        """Ids of the themes that an asker's words name, in any language; the label's own words count too, as they are written."""
        said = said_words(words)
        found = self._english.names(said) | self._abroad.names(said)
        by_label = {i for i, label in self.labels.items() if set(said) & set(said_words(label)) - _LINKS}
        return [ident for ident in self.labels if ident in found | by_label]

    def unnamed(self, words: str) -> str:
        """The words of an asker that carry meaning and name no theme."""
        said = said_words(words)
        covered = {
            w for phrase in (said[a : a + n] for n in (2, 1) for a in range(len(said))) for w in phrase if self.named(" ".join(phrase))
        }
        return " ".join(w for w in said if w not in covered and w not in stop_words() and w not in _LINKS)


_LINKS = frozenset(("and", "or", "of", "who", "for", "the"))


def stop_words() -> frozenset[str]:
    """Words of every sentence, in any language."""
    from meterline_tools.notes.text import words

    return words().stop


def read_yaml(name: str) -> Any:
    from meterline_tools.yamls import parse_yaml

    return parse_yaml(resources.files(__package__).joinpath(name).read_text("utf-8"))


@lru_cache(maxsize=8)
def taxonomy(own: tuple[tuple[tuple[str, str], ...], ...] = ()) -> Taxonomy:
    """The themes of themes.yaml and the company's `own`, each as pairs of key and text."""
    return Taxonomy([*read_yaml("themes.yaml"), *(dict(entry) for entry in own)])


class Tones:
    """How sentences speak, by tones.yaml."""

    def __init__(self) -> None:
        given = read_yaml("tones.yaml")
        lists = {name: entry for name, entry in given.items() if "en" in entry}
        self._english = Wording({name: [entry["en"]] for name, entry in lists.items()})
        self._abroad = Wording({name: [entry[lang] for lang in LANGUAGES[1:] if lang in entry] for name, entry in lists.items()})
        self.plain = frozenset(fold(word) for word in given["plain"]["words"].split())
        rules = ("denial", "calm", "idle", "stays", "weak_there", "switched")
        self._denied, self._calm, self._idle, self._stays, self._weak_there, self._switched = (
            [re.compile(pattern) for pattern in given[name]["patterns"]] for name in rules
        )

    def of(self, saying: Saying) -> set[str]:
        """The tones of a sentence. One that says that all is well complains of nothing, whatever words it says it in."""
        found = (self._abroad if foreign(saying) else self._english).names(said_words(saying.text))
        copy = search_copy(saying.text).casefold()
        if any(pattern.search(copy) for pattern in self._calm):
            found -= {"complaint"}
        if any(pattern.search(copy) for pattern in self._stays):
            found = found - {"lose"} | {"win"}
        if saying.side == "customer" and any(pattern.search(copy) for pattern in self._weak_there):
            found = found - {"complaint"} | {"win"}
        return found - {"lose"} if any(pattern.search(copy) for pattern in self._switched) else found

    def denies(self, text: str) -> bool:
        """Whether a sentence says that its subject did not come up."""
        copy = search_copy(text).casefold()
        return any(pattern.search(copy) for pattern in self._denied)

    def idles(self, text: str) -> bool:
        """Whether a sentence talks of the room and the day rather than of business."""
        copy = search_copy(text).casefold()
        return any(pattern.search(copy) for pattern in self._idle)


@lru_cache(maxsize=1)
def tones() -> Tones:
    return Tones()


def known_themes(said: Iterable[Saying], themes: Taxonomy) -> dict[str, Theme]:
    """The taxonomy's themes with the sentences about each; one that denies its subject, or is idle talk, is about none."""
    found: dict[str, Theme] = {}
    for saying in said:
        spoken = themes.of(saying)
        if not spoken or tones().denies(saying.text) or tones().idles(saying.text):
            continue
        for ident in dict.fromkeys(name for name, _ in spoken):
            theme = found.setdefault(ident, Theme(ident, themes.labels[ident], "taxonomy"))
            theme.sayings.append(saying)
            theme.words |= {word for name, words in spoken if name == ident for word in words}
    return found


def free_theme(said: Iterable[Saying], words: str) -> Theme:
    """The sentences that hold all the words an asker named, or near spellings of them, or their counterparts in other languages."""
    asked = Asked(words)
    about = [s for s in said if asked.stands_in(s) and not tones().denies(s.text)]
    return Theme("asked", words.strip(), "asker", about, frozenset(asked.words))


class Asked:
    """Words of an asker, as sentences may have them."""

    LIKE = 88
    """Similarity (0 to 100) from which a longer word is taken for a slip of another."""
    _SHORT = 5

    def __init__(self, words: str) -> None:
        said = [w for w in said_words(words) if w not in _LINKS]
        self.words = [w for w in said if w not in stop_words()] or said
        self.stems = {stem(w) for w in self.words}
        terms = question_terms(words)
        self._abroad = frozenset(t.removeprefix("~") for t in terms if t.startswith("~")) - self.stems
        self._near: dict[str, str | None] = {}

    @cached_property
    def several(self) -> bool:
        return len(self.stems) > 1

    def stands_in(self, saying: Saying) -> bool:
        said = said_words(saying.text)
        if self.stems and self.stems <= {self._meant(word) for word in said}:
            return True
        return bool(self._abroad) and not self.several and foreign(saying) and any(_begins(w, t) for t in self._abroad for w in said)

    def _meant(self, word: str) -> str | None:
        """The asked stem that a word of a sentence stands for."""
        if word not in self._near:
            self._near[word] = self._nearest(word)
        return self._near[word]

    def _nearest(self, word: str) -> str | None:
        from rapidfuzz import fuzz

        own = stem(word)
        if own in self.stems:
            return own
        if cjk(word):
            return next((s for s in self.stems if s in word), None)
        if len(word) < self._SHORT:
            return None
        near = [w for w in self.words if len(w) >= self._SHORT and w[0] == word[0] and fuzz.ratio(w, word) >= self.LIKE]
        return stem(near[0]) if near else None


def _begins(word: str, term: str) -> bool:
    return term in word if cjk(term) else stands_for(term, skeleton(word))


def in_order(themes: Iterable[Theme]) -> list[Theme]:
    """Most accounts first, then most notes."""
    return sorted(themes, key=lambda t: (-len(t.accounts), -len(t.notes), t.label))


def worth_quoting(sayings: Sequence[Saying], most: int, *, again: bool = False) -> list[Saying]:
    """Customers' own words first, then the newest; one a note, none in the same words, and while there are others one an account.

    With `again`, what places are left go to further sentences of the same notes.
    """
    ranked = sorted(sayings, key=lambda s: (s.flagged, s.side != "customer", -s.date.toordinal(), s.note.note_id, s.start))
    by_note: dict[str, Saying] = {}
    words: set[str] = set()
    for saying in ranked:
        if (text := fold(saying.text)) not in words and saying.note.note_id not in by_note:
            by_note[saying.note.note_id] = saying
            words.add(text)
    seen: set[str | None] = set()
    first: list[Saying] = []
    later: list[Saying] = []
    for saying in by_note.values():
        (later if saying.account_id in seen else first).append(saying)
        seen.add(saying.account_id)
    chosen = [*first, *later]
    if again:
        placed = {id(s) for s in chosen}
        chosen += [s for s in ranked if id(s) not in placed and fold(s.text) not in words]
    return chosen[:most]
