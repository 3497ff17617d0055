"""The words by which people may call a slice, and those that mean another part of the account or another company."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from meterline_tools.insight.causes import load_words
from meterline_tools.insight.cues import Span
from meterline_tools.insight.frames import Frame
from meterline_tools.insight.slices import Slice
from meterline_tools.yamls import parse_yaml


@dataclass(frozen=True)
class SliceWords:
    """Words by which people may call the slice, and words that mean another part of the account."""

    own: frozenset[str]
    other: frozenset[str]
    ids: frozenset[str]
    other_ids: frozenset[str]
    shared: frozenset[str] = frozenset()
    """Words of the slice that other parts bear as well."""
    whole_account: bool = False
    names: frozenset[str] = frozenset()
    """Full names of workloads of the slice, and of others, in lower case."""
    other_names: frozenset[str] = frozenset()
    rivals: tuple[str, ...] = ()
    """Names of known competitors."""

    def without_rivals(self, text: str) -> str:
        """The text with competitors called so: whose trial it is says nothing about why."""
        return _rivals(self.rivals).sub("a competitor", text) if self.rivals else text

    def called(self, text: str) -> list[Span]:
        """Where names of two or more words stand in a text: runs of words that names in this account are made of."""
        generic = _generic_tokens() - _LITTLE
        named = self.own | self.other | self.shared
        runs: list[list[re.Match[str]]] = [[]]
        for match in _TOKEN.finditer(text):
            word = _singular(match[0].lower())
            follows = bool(runs[-1]) and len(text[runs[-1][-1].end() : match.start()].strip("-_. ")) == 0
            if word not in named and word not in generic:
                runs.append([])
            elif follows or not runs[-1]:
                runs[-1].append(match)
            else:
                runs.append([match])
        return [(run[0].start(), run[-1].end()) for run in runs if len(run) > 1 and any(_singular(m[0].lower()) in named for m in run)]


@lru_cache(maxsize=64)
def _rivals(names: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?:['’]s)?(?!\w)", re.IGNORECASE)


_TOKEN = re.compile(r"[^\W_]+")


_LEAST_LETTERS = 3
"""Of a name that is looked for in what people say."""
_LITTLE = frozenset({"the", "and", "for", "new"})
"""Words of names that stand before anything else as well."""


def tokens(text: str) -> set[str]:
    """Lower-case words, without a plural s."""
    return {_singular(w) for w in _TOKEN.findall(text.lower())}


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=1)
def _generic_tokens() -> frozenset[str]:
    """Words that names of many things bear ("sync", "daily")."""
    return frozenset(w for word in load_words().generic_slice_words for w in tokens(word))


def slice_words(
    frame: Frame, part: Slice | None, extra: Mapping[str, str] | None = None, namesakes: Iterable[str] = (), rivals: Iterable[str] = ()
) -> SliceWords:
    """Words for the slice, from the names of its values; `extra` maps a workload to further words (its use case).

    `namesakes` are other accounts with a like name: what is said of them is said of another part. `rivals` are known competitors.
    """
    generic = _generic_tokens()
    inside: set[str] = set()
    outside: set[str] = set()
    ids: set[str] = set()
    other_ids: set[str] = set()
    full: tuple[set[str], set[str]] = set(), set()
    mask = part.mask if part is not None else None
    by_region = part is not None and "region" in {part.attribute, *(name for name, _ in part.also)}
    for row, leaf in enumerate(frame.leaves):
        mine = mask is None or bool(mask[row])
        for attribute in {*_THINGS, part.attribute} if part is not None else _THINGS:
            value = leaf.get(attribute)
            if value:
                words = tokens(f"{frame.name(value)} {value} {(extra or {}).get(value, '')}")
                words |= set(_aliases()["regions"].get(value.lower(), ()) if attribute == "region" and by_region else ())
                if mine or attribute in _PARTS:
                    (inside if mine else outside).update(w for w in words if not w.isdigit() and len(w) > 1)
                (ids if mine else other_ids).add(value)
                if attribute == "workload" and _plain(frame.name(value)) not in generic:
                    full[0 if mine else 1].add(_plain(frame.name(value)))
    own = inside - outside - generic
    return SliceWords(
        own=frozenset(_with_aliases(own)),
        other=frozenset(outside - inside - generic),
        ids=frozenset(ids - other_ids),
        other_ids=frozenset(other_ids - ids),
        shared=frozenset((inside & outside) - generic),
        whole_account=part is None,
        names=frozenset(full[0]),
        other_names=frozenset((full[1] - full[0]) | {_plain(name) for name in namesakes}),
        rivals=tuple(sorted({name for name in rivals if len(name) >= _LEAST_LETTERS})),
    )


_THINGS = ("workload", "connector", "workspace", "region", "sku", "sku_family")
"""Attributes whose names people use for usage. A team is who works with it: "so that finance can compare" names no slice."""
_PARTS = ("workload", "workspace", "region", "connector")
"""Those that tell one part of an account from another."""


@lru_cache(maxsize=1)
def _aliases() -> Mapping[str, Mapping[str, Sequence[str]]]:
    lists = parse_yaml(Path(__file__).with_name("aliases.yaml").read_text(encoding="utf-8"))
    return {kind: {name: str(words).split() for name, words in named.items()} for kind, named in lists.items()}


def _with_aliases(words: Iterable[str]) -> set[str]:
    parts = _aliases()["parts"]
    return {w for word in words for w in (word, *parts.get(word, ()))}


def mentions(words: frozenset[str], text_tokens: set[str]) -> bool:
    """Whether any word is in the text; long words also as part of a compound ("Bestelldaten" holds no "orders", but "reloads" does)."""
    if words & text_tokens:
        return True
    long = [w for w in words if len(w) >= 5]
    return any(t.startswith(w) or (len(t) >= 6 and w.startswith(t)) for w in long for t in text_tokens)


def named_in(text: str, words: SliceWords) -> str:
    """Whose full name stands in the text, the longest counts: "orders sync 2" is not the orders sync."""
    plain = f" {_plain(text)} "
    found = [(len(n), place) for place, names in (("other", words.other_names), ("slice", words.names)) for n in names if f" {n} " in plain]
    return max(found)[1] if found else ""


def _plain(text: str) -> str:
    return " ".join(_TOKEN.findall(text.lower()))
