"""From a note to its digest: each clause is told apart by its words, who acts and by when is read, and the rest is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from meterline_tools.notes.digest.cues import Cues, clauses, cues
from meterline_tools.notes.digest.doing import Doing, Known
from meterline_tools.notes.digest.due import Due, QuarterEnd, find_due
from meterline_tools.notes.digest.model import ASK, DECISION, OPEN, RISK, SAID, Action, Digest, Extract
from meterline_tools.notes.flags import instruction_like
from meterline_tools.notes.text import Span, fold, is_foreign, sentences, trim, word_count

MOST_WORDS = 150
"""A summary's extracts together (5.2, I19)."""
_MOST_ACTIONS = 25
_LEAST_WORDS = 3


def summarise(
    text: str, on: date, *, known: Known | None = None, day_first: bool = True, quarter_end: QuarterEnd | None = None, language: str = ""
) -> Digest:
    """The digest of a note that was written on the day `on`."""
    return _Reader(text, on, known or Known(), day_first, quarter_end).read(language)


class _Reader:
    def __init__(self, text: str, on: date, known: Known, day_first: bool, quarter_end: QuarterEnd | None) -> None:
        self.text, self.on, self.day_first = text, on, day_first
        self.cues: Cues = cues()
        self.doing = Doing(text, on, known, day_first, quarter_end)

    def read(self, language: str) -> Digest:
        digest = Digest(language or _language(self.text))
        told = (self.doing.speakers.without_label(span) for span in clauses(self.text))
        spans = [span for span in told if span[0] < span[1] and not self.doing.acts.heading.match(self.text[slice(*span)])]
        orders = self._orders(spans)
        kept: list[Extract] = []
        for place, span in enumerate(spans):
            clause = self.text[span[0] : span[1]]
            if span in orders:
                digest.flagged.append(Extract(span, "flagged", clause))
                continue
            behind = self.text[slice(*spans[place + 1])] if place + 1 < len(spans) else ""
            before = next((s for s in reversed(spans[:place]) if word_count(self.text[slice(*s)]) >= _LEAST_WORDS), None)
            action = self.doing.action(span, before, behind) if len(digest.actions) < _MOST_ACTIONS else None
            if action is not None and place and self._says_when(digest, spans[max(0, place - 2) : place], action):
                continue
            if action is not None:
                if digest.actions and self.doing.told_again(action, digest.actions[-1]):
                    digest.actions.pop()
                digest.actions.append(action)
            elif due := self.doing.is_deadline(span):
                self._dated(digest, span, due)
            kind = self.cues.kind_of(clause)
            if action is not None and kind in ("", ASK):
                continue  # what is in the list of actions is not told twice
            if kind == DECISION and (self.cues.negated.search(clause) or clause.rstrip().endswith("?")):
                kind = OPEN
            kept.append(Extract(span, kind or SAID, clause))
        self._choose(digest, kept)
        told_of = [span for span in spans if span not in orders]
        digest.numbers = self._numbers(told_of)
        digest.people = self._people(told_of)
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

    def _says_when(self, digest: Digest, before: Sequence[Span], action: Action) -> bool:
        """Whether an action only says by when the last one is done ("I'll do that today"); that one then has the day."""
        last = digest.actions[-1] if digest.actions else None
        if last is None or not self.doing.acts.again.search(action.what.text):
            return False
        if not any(start < last.what.span[1] <= end for start, end in before) or action.what.span[0] < last.what.span[1]:
            return False
        if not last.due_said:
            digest.actions[-1] = replace(last, due=action.due, due_said=action.due_said)
        return True

    def _dated(self, digest: Digest, span: Span, due: Due) -> None:
        """Gives the day to the actions of the sentence before."""
        before = sentences(self.text, 0, span[0])[-1:]
        for place, action in enumerate(digest.actions):
            if any(start < action.what.span[1] <= end for start, end in before):
                digest.actions[place] = self.doing.dated(action, due)

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
        forms = sorted(self.doing.forms, key=len, reverse=True)
        named = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(form) for form in forms)})(?!\w)") if forms else None
        for a, b in spans:
            clause = self.text[a:b]
            if named is not None and len(fold(clause)) == len(clause):
                for match in named.finditer(fold(clause)):
                    self._person(found, (a + match.start(), a + match.end()))
            for match in self.cues.roles.finditer(clause):
                self._person(found, trim(self.text, (a + match.start(), a + match.end())))
            for start, end in self.doing.people(clause):
                self._person(found, (a + start, a + end))
        return list(found.values())

    def _person(self, found: dict[str, Extract], span: Span) -> None:
        said = self.text[span[0] : span[1]]
        if not any(fold(said) in key for key in found):
            found[fold(said)] = Extract(span, "person", said)


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
