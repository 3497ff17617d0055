"""Cue phrases as data: a small pattern language, matched on the words of a question.

A pattern is words with blanks between. `a/b` means either word, `@up` any word of that concept,
`<account>` a recognised span of that kind, `*` up to five words of anything, `word?` may be absent,
`^` at the front and `$` at the end tie the pattern to the ends of the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from meterline.models.offline.understand.words import Said, Token

MAX_GAP = 5
_CONTRACTIONS = {"whats": "what", "whos": "who", "hows": "how", "wheres": "where"}
SLICE_KINDS = frozenset({"industry", "region", "country", "segment", "motion", "plan", "territory", "sku", "sku_family", "connector"})


_KINDS = {"slice": SLICE_KINDS, "product": frozenset({"sku", "sku_family"}), "rep": frozenset({"rep", "manager"})}


@dataclass(frozen=True)
class Slot:
    """One place of a pattern: the words or span kinds that fill it."""

    words: frozenset[str]
    kinds: frozenset[str]
    optional: bool = False
    gap: bool = False

    def takes(self, token: Token) -> bool:
        return token.norm in self.words if token.kind == "word" else token.kind in self.kinds


@dataclass(frozen=True)
class Pattern:
    source: str
    slots: tuple[Slot, ...]
    at_start: bool
    at_end: bool
    required: tuple[frozenset[str], ...]
    """For each place that must be filled what may fill it; a question that lacks one is passed over at once."""

    def find(self, tokens: Said) -> tuple[int, int] | None:
        """The first span [from, to) of tokens that the pattern covers."""
        for need in self.required:
            if need.isdisjoint(tokens.present):
                return None
        for start in range(1 if self.at_start else len(tokens)):
            end = self._fit(tokens, start, 0)
            if end is not None:
                return start, end
        return None

    def spans(self, tokens: Said) -> Iterator[tuple[int, int]]:
        """Every span [from, to) that the pattern covers, one for each place it can begin at."""
        if any(need.isdisjoint(tokens.present) for need in self.required):
            return
        for start in range(1 if self.at_start else len(tokens)):
            end = self._fit(tokens, start, 0)
            if end is not None:
                yield start, end

    def _fit(self, tokens: Sequence[Token], at: int, slot_at: int) -> int | None:
        if slot_at == len(self.slots):
            return at if not self.at_end or at == len(tokens) else None
        slot = self.slots[slot_at]
        if slot.gap:
            ends = (self._fit(tokens, at + skip, slot_at + 1) for skip in range(min(MAX_GAP, len(tokens) - at) + 1))
            return next((e for e in ends if e is not None), None)
        if at < len(tokens) and slot.takes(tokens[at]):
            end = self._fit(tokens, at + 1, slot_at + 1)
            if end is not None:
                return end
        return self._fit(tokens, at, slot_at + 1) if slot.optional else None


def compile_pattern(source: str, concepts: Mapping[str, Sequence[str]]) -> Pattern:
    """Parses the pattern language above; unknown concepts are an error in the data."""
    body = source.strip()
    at_start, at_end = body.startswith("^"), body.endswith("$")
    slots = tuple(_slot(piece, concepts) for piece in _spelled_out(body.strip("^$ ").split()))
    return Pattern(source, slots, at_start, at_end, _required(slots))


def _spelled_out(pieces: list[str]) -> list[str]:
    """ "whats" stands for "what is" as the words of a question do: the verb is then optional in the pattern."""
    whole: list[str] = []
    for piece in pieces:
        words = piece.split("/")
        plain = [_CONTRACTIONS.get(w, w) for w in words]
        whole.append("/".join(dict.fromkeys(plain)))
        if plain != words:
            whole.append("is?")
    return whole


def _required(slots: Iterable[Slot]) -> tuple[frozenset[str], ...]:
    """The fewest words first: they rule out most."""
    return tuple(sorted((s.words | s.kinds for s in slots if not (s.gap or s.optional)), key=len))


def _slot(piece: str, concepts: Mapping[str, Sequence[str]]) -> Slot:
    if piece == "*":
        return Slot(frozenset(), frozenset(), gap=True)
    optional = len(piece) > 1 and piece.endswith("?")
    words: set[str] = set()
    kinds: set[str] = set()
    for choice in piece.removesuffix("?").split("/") if optional else piece.split("/"):
        if choice.startswith("@"):
            words |= set(concepts[choice[1:]])
        elif choice.startswith("<"):
            kind = choice.strip("<>")
            kinds |= _KINDS.get(kind, frozenset({kind}))
        else:
            words.add(choice)
    return Slot(frozenset(words), frozenset(kinds), optional)


def words_of(patterns: Iterable[Pattern]) -> set[str]:
    return {word for pattern in patterns for slot in pattern.slots for word in slot.words}


@lru_cache(maxsize=4096)
def plain_pattern(phrase: str) -> Pattern:
    """A pattern of exact words, for catalogue vocabulary ("run rate", "$ per day")."""
    from meterline.models.offline.understand.words import tokenize

    slots = tuple(Slot(frozenset({t.norm, *_variants(t.norm)}), frozenset()) for t in tokenize(phrase))
    return Pattern(phrase, slots, at_start=False, at_end=False, required=_required(slots))


def _variants(word: str) -> set[str]:
    """Singular and plural of a noun, as far as spelling tells."""
    if len(word) < 3 or not word.isalpha():
        return set()
    if word.endswith("ies"):
        return {word[:-3] + "y"}
    if word.endswith("y") and word[-2] not in "aeiou":
        return {word[:-1] + "ies"}
    return {word[:-1]} if word.endswith("s") and not word.endswith("ss") else {word + "s"}
