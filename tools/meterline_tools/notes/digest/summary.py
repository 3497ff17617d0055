"""From a note to its digest: each clause is told apart by its words, who acts and by when is read, and the rest is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from meterline_tools.notes.digest.cues import Cues, clauses, cues
from meterline_tools.notes.digest.due import QuarterEnd, find_due
from meterline_tools.notes.digest.model import ACTION, ASK, DECISION, OPEN, OURS, RISK, SAID, THEIRS, Action, Digest, Extract
from meterline_tools.notes.flags import instruction_like
from meterline_tools.notes.text import Span, fold, is_foreign, trim, word_count

MOST_WORDS = 150
"""A summary's extracts together (5.2, I19)."""
_MOST_ACTIONS = 25
_LEAST_WORDS = 3


@dataclass(frozen=True)
class Known:
    """People who may be named in a note: full name -> side."""

    people: dict[str, str] = field(default_factory=dict)
    author: str = ""
    """Who wrote or dictated it: "I"."""

    def forms(self) -> dict[str, list[str]]:
        """Every way to name them, folded -> full names; a first or last name may belong to several."""
        found: dict[str, list[str]] = {}
        for name in self.people:
            for form in dict.fromkeys((name, *name.split())):
                if len(form) > 2:
                    found.setdefault(fold(form), []).append(name)
        return found


def summarise(
    text: str, on: date, *, known: Known | None = None, day_first: bool = True, quarter_end: QuarterEnd | None = None, language: str = ""
) -> Digest:
    """The digest of a note that was written on the day `on`."""
    return _Reader(text, on, known or Known(), day_first, quarter_end).read(language)


class _Reader:
    def __init__(self, text: str, on: date, known: Known, day_first: bool, quarter_end: QuarterEnd | None) -> None:
        self.text, self.on, self.known = text, on, known
        self.day_first, self.quarter_end = day_first, quarter_end
        self.cues: Cues = cues()
        self.forms = known.forms()
        self.to_do = _to_do(text, self.cues)
        self.acting = self.cues.action_patterns(list(self.forms))

    def read(self, language: str) -> Digest:
        digest = Digest(language or _language(self.text))
        spans = [span for span in clauses(self.text) if not self.cues.action_heading.match(self.text[slice(*span)])]
        orders = self._orders(spans)
        kept: list[Extract] = []
        for span in spans:
            clause = self.text[span[0] : span[1]]
            if span in orders:
                digest.flagged.append(Extract(span, "flagged", clause))
                continue
            action = self._action(span) if len(digest.actions) < _MOST_ACTIONS else None
            if action is not None:
                digest.actions.append(action)
            kind = self.cues.kind_of(clause)
            if action is not None and kind in ("", ASK):
                continue  # what is in the list of actions is not told twice
            if kind == DECISION and (self.cues.negated.search(clause) or clause.rstrip().endswith("?")):
                kind = OPEN
            kept.append(Extract(span, kind or SAID, clause))
        self._choose(digest, kept)
        told = [span for span in spans if span not in orders]
        digest.numbers = self._numbers(told)
        digest.people = self._people(told)
        return digest

    def _orders(self, spans: Sequence[Span]) -> set[Span]:
        """Clauses that speak to a machine, by themselves or together with the ones beside them in the same line."""
        found = {span for span in spans if instruction_like(self.text[span[0] : span[1]])}
        for one, other in pairwise(spans):
            if not {one, other} & found and instruction_like(self.text[one[0] : other[1]]):
                found |= {one, other}
        for start, end in _lines(self.text):
            if instruction_like(self.text[start:end]) and not any(start <= a and b <= end for a, b in found):
                found |= {span for span in spans if start <= span[0] and span[1] <= end}
        return found

    def _choose(self, digest: Digest, kept: Sequence[Extract]) -> None:
        """What goes into the summary: decisions first, then risks, asks and open points, then the rest while there is room."""
        order = {DECISION: 0, RISK: 1, ASK: 2, OPEN: 3, SAID: 4}
        room = MOST_WORDS
        chosen: list[Extract] = []
        for extract in sorted(kept, key=lambda e: (order[e.kind], e.span)):
            size = word_count(extract.text)
            plain = extract.kind == SAID and (self.cues.is_small_talk(extract.text) or size < _LEAST_WORDS)
            if plain or size > room:
                continue
            chosen.append(extract)
            room -= size
        digest.extracts = sorted(chosen, key=lambda e: e.span)
        digest.left_out = len(kept) - len(chosen)

    def _action(self, span: Span) -> Action | None:
        clause = self.text[span[0] : span[1]]
        listed = any(a <= span[0] and span[1] <= b for a, b in self.to_do)
        labelled = self.cues.labelled_action.match(clause) or (self.cues.named_action.match(clause) if listed else None)
        start = labelled.start("rest") if labelled else 0
        match = next((m for p in self.acting if (m := p.search(clause, start)) and self._acts(m, clause)), None)
        if match is None and not labelled and not listed:
            return None
        what = Extract((span[0] + start, span[1]), ACTION, clause[start:])
        due = find_due(self.text, span, self.on, day_first=self.day_first, quarter_end=self.quarter_end)
        who = match["who"] if match is not None else (labelled.groupdict().get("who") or "") if labelled else ""
        owner, side = self._owner(who.strip()) if who else ("", "")
        said = self.text[due.span[0] : due.span[1]] if due else ""
        return Action(what, owner, side, said, due.day if due else None)

    def _acts(self, match: re.Match[str], clause: str) -> bool:
        """Whether it is a promise to do something, neither denied nor in doubt nor a question."""
        verb = match["verb"].casefold()
        near = clause[max(0, match.start() - 15) : match.end() + 6]
        doubtful = self.cues.hedged.search(near) or self.cues.negated.search(clause[match.start() : match.end() + 4])
        return verb not in self.cues.stative and not doubtful and not clause.rstrip().endswith("?")

    def _owner(self, who: str) -> tuple[str, str]:
        said = fold(who)
        full = self.forms.get(said, [])
        if len(full) == 1:
            return full[0], self.known.people[full[0]]
        if said in ("i", "ich", "jag", "私") and self.known.author:
            return self.known.author, OURS
        side = next((side for side, words in self.cues.pronouns.items() if said in {fold(w) for w in words}), "")
        if not side and said.startswith(("their ", "the customer")):
            side = THEIRS
        return who, OURS if side == "ours" else THEIRS if side else ""

    def _numbers(self, spans: Sequence[Span]) -> list[Extract]:
        """Amounts as they are said; days of a date are none."""
        found: list[Extract] = []
        for span in spans:
            due = find_due(self.text, span, self.on, day_first=self.day_first)
            for pattern in self.cues.numbers:
                for match in pattern.finditer(self.text, *span):
                    start, end = trim(self.text, match.span())
                    end = end - 1 if self.text[end - 1 : end] in ".," else end
                    dated = due is not None and start < due.span[1] and due.span[0] < end
                    inside = any(a.span[0] <= start and end <= a.span[1] for a in found)
                    if not dated and not inside and start < end:
                        found.append(Extract((start, end), "number", self.text[start:end]))
        return sorted(found, key=lambda e: e.span)

    def _people(self, spans: Sequence[Span]) -> list[Extract]:
        """Known people and roles that are named, each once, and those who act although nobody knows them."""
        found: dict[str, Extract] = {}
        named = (
            re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(f) for f in sorted(self.forms, key=len, reverse=True))})(?!\w)")
            if self.forms
            else None
        )
        for a, b in spans:
            clause = self.text[a:b]
            if named is not None and len(fold(clause)) == len(clause):
                for match in named.finditer(fold(clause)):
                    self._person(found, (a + match.start(), a + match.end()))
            for match in self.cues.roles.finditer(clause):
                self._person(found, trim(self.text, (a + match.start(), a + match.end())))
            for pattern in self.acting:
                if (m := pattern.search(clause)) and m["who"][:1].isupper() and fold(m["who"]) not in self._pronouns():
                    self._person(found, (a + m.start("who"), a + m.end("who")))
        return list(found.values())

    def _pronouns(self) -> set[str]:
        return {fold(w) for words in self.cues.pronouns.values() for w in words}

    def _person(self, found: dict[str, Extract], span: Span) -> None:
        said = self.text[span[0] : span[1]]
        if not any(fold(said) in key for key in found):
            found[fold(said)] = Extract(span, "person", said)


def _to_do(text: str, found: Cues) -> list[Span]:
    """The lines of a list of things to do: the bullets and "Name: …" lines under its heading."""
    spans: list[Span] = []
    listing = False
    for start, end in _lines(text):
        line = text[start:end]
        if found.action_heading.match(line.strip()):
            listing = True
        elif listing and (found.labels.match(line.lstrip()) or found.named_action.match(line.strip())):
            spans.append((start, end))
        else:
            listing = False
    return spans


def _lines(text: str) -> list[Span]:
    spans, at = [], 0
    for line in text.splitlines(keepends=True):
        spans.append((at, at + len(line)))
        at += len(line)
    return spans


def _language(text: str) -> str:
    """The language of the text: what its own words tell."""
    from meterline_tools.notes.text import cjk, tokens, words_by_language

    said = tokens(fold(text))
    if any(cjk(word) for word in said):
        return "ja"
    if not is_foreign(text):
        return "en"
    counts = {language: sum(word in own for word in said) for language, own in words_by_language().items()}
    return max(counts, key=lambda language: counts[language])
