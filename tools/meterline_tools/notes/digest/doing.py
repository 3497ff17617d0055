"""Who is to do what by when, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from meterline_tools.notes.digest.acts import Acts, Form, acts, is_dictated
from meterline_tools.notes.digest.cues import Cues, cues
from meterline_tools.notes.digest.due import Due, QuarterEnd, find_due
from meterline_tools.notes.digest.model import ACTION, ASK, OURS, THEIRS, Action, Extract
from meterline_tools.notes.digest.speakers import Speakers
from meterline_tools.notes.text import Span, fold, sentences

_BEFORE, _BEHIND = 15, 6
"""Characters around a form in which a word of doubt makes it no promise."""
_LONGEST_NAME = 3
"""Words in front of a colon that may be who acts whatever else the item says."""
_SHORT = 12
"""Words of a sentence that may say no more than a day."""
_LEAST_SAID = 6
"""Words that may say whose something is and not what."""
_NOBODY = frozenset(("", "somebody", "someone", "jemand", "någon"))
_FIRST_PERSON = frozenset(
    fold(word) for word in ("i", "me", "myself", "mine", "on me", "i do", "i will", "i can", "i have it", "ich", "jag", "私")
)
_POINTING = re.compile(r"\b(?:it|that|them|those|on it|will do|das|det)\b", re.IGNORECASE)
_FIELDS = re.compile(r"\s+[–—|-]+\s+|\s*,\s+|\s*\|\s*|\s*(?:-+>|→|=>|⇒)\s*|\s*[()]\s*")
_SUBJECTS = {
    **{"them": "they", "him": "he", "her": "she", "their": "they", "our": "we", "my": "I", "your": "you"},
    **{"uns": "wir", "mir": "ich", "ihnen": "sie", "oss": "vi", "mig": "jag", "dem": "de"},
}
"""Who acts, where the text says it in another case."""


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


class Doing:
    """Reads the clauses of one text."""

    def __init__(self, text: str, on: date, known: Known, day_first: bool, quarter_end: QuarterEnd | None) -> None:
        self.text, self.on, self.known = text, on, known
        self.day_first, self.quarter_end = day_first, quarter_end
        self.cues: Cues = cues()
        self.forms = known.forms()
        self.acts: Acts = acts(tuple(self.forms), dictated=is_dictated(text))
        self.strangers = {fold(m["name"] or m["late"]): m.group() for m in self.acts.introduced.finditer(text)}
        self.speakers = Speakers(text)
        self.to_do = _to_do(text, self.acts, self.cues)
        self._heard: dict[str, list[tuple[Form, re.Match[str]]]] = {}

    def action(self, span: Span, before: Span | None, behind: str) -> Action | None:
        """What somebody is to do by the clause, between the clauses before and behind. None when nobody is to do anything.

        What is answered with no more than "it" or "that's ours" begins with the question.
        """
        clause = self.text[span[0] : span[1]]
        listed = any(a <= span[0] and span[1] <= b for a, b in self.to_do)
        labelled = self.acts.labelled.match(clause) or (self.acts.listed.match(clause) if listed else None)
        start = labelled.start("rest") if labelled else 0
        what = clause[start:]
        if self.acts.denies(clause) or self.acts.taken_back.search(behind):
            return None
        due = find_due(self.text, span, self.on, day_first=self.day_first, quarter_end=self.quarter_end)
        asked = self._asks(self.text[slice(*before)]) if before else False
        if due is None and asked and before and len(clause.split()) <= _LEAST_SAID:
            due = find_due(self.text, (before[0], span[1]), self.on, day_first=self.day_first, quarter_end=self.quarter_end)
        found = next((pair for pair in self._found(what) if self._acts(*pair, what, due, asked=asked, listed=listed)), None)
        if found is None and (not (labelled or listed) or self.acts.no_item.match(clause)):
            return None
        named = (labelled.groupdict().get("who") or "").strip() if labelled else ""
        named = named or (self._in_fields(what) if labelled or listed else "")
        owner, side = self._whose(found, named, span[0])
        points_back = found is not None and (found[0].own or _POINTING.search(what))
        begin = before[0] if before and asked and points_back else span[0] + start
        due = due if due and due.span[0] >= min(begin, span[0]) else None
        said = self.text[due.span[0] : due.span[1]] if due else ""
        return Action(Extract((begin, span[1]), ACTION, self.text[begin : span[1]]), owner, side, said, due.day if due else None)

    def _found(self, clause: str) -> list[tuple[Form, re.Match[str]]]:
        if clause not in self._heard:
            self._heard[clause] = list(self.acts.found(clause))
        return self._heard[clause]

    def _asks(self, clause: str) -> bool:
        return clause.rstrip().endswith("?") or self.cues.kind_of(clause) == ASK

    def _in_fields(self, item: str) -> str:
        """Who is named in an item of a list that is parted by dashes or commas: "Tomas – invoice split – 31 Jul"."""
        fields = [field.strip(" .;") for field in _FIELDS.split(item)]
        people = self.acts.people
        return next((field for field in fields if len(fields) > 1 and (self._known(field) or people.fullmatch(field))), "")

    def is_deadline(self, span: Span) -> Due | None:
        """The day that the clause gives to what was said before, where it says no more than that."""
        clause = self.text[span[0] : span[1]]
        if len(clause.split()) > _SHORT or not self.acts.deadline.match(clause):
            return None
        return find_due(self.text, span, self.on, day_first=self.day_first, quarter_end=self.quarter_end)

    def told_again(self, action: Action, last: Action) -> bool:
        """Whether the action tells the last one again, and more of it: who does what was somebody's, or what that was whose."""
        if action.what.span[0] <= last.what.span[0]:
            return fold(last.owner) in _NOBODY
        gap = self.text[last.what.span[1] : action.what.span[0]]
        return self.only_whose(last.what.span) and not self.only_whose(action.what.span) and not gap.strip(" ,;.–-")

    def only_whose(self, span: Span) -> bool:
        """Whether the clause says no more than whose something is, in few words: "that one's on us"."""
        clause = self.text[span[0] : span[1]]
        return len(clause.split()) <= _LEAST_SAID and any(form.own and not form.dated for form, _ in self._found(clause))

    def dated(self, action: Action, due: Due) -> Action:
        """The action with a day that was said behind it."""
        return action if action.due_said else replace(action, due=due.day, due_said=self.text[due.span[0] : due.span[1]])

    def people(self, clause: str) -> list[Span]:
        """Where in the clause somebody acts by a name."""
        pronouns = {fold(w) for words in self.cues.pronouns.values() for w in words}
        matches = (m for _, m in self._found(clause) if m.groupdict().get("who"))
        return [m.span("who") for m in matches if m["who"][:1].isupper() and fold(m["who"]) not in pronouns]

    def _acts(self, form: Form, match: re.Match[str], clause: str, due: Due | None, *, asked: bool, listed: bool) -> bool:
        """Whether it is a promise to do something, neither denied nor in doubt nor a question."""
        verb = (match.groupdict().get("verb") or "").casefold()
        if (
            (clause.rstrip().endswith("?") and not form.mail)
            or (form.answers and not asked)
            or (verb in self.acts.stative and not form.mine)
        ):
            return False
        if not self._fits(form) or (verb == "have" and not form.mine and not self.acts.ready.match(clause, match.end())):
            return False
        if (form.dated or form.present) and self.acts.habit.search(clause):
            return False
        if self.acts.aside.search(clause, max(0, match.start() - _BEFORE), match.start()):
            return False
        dated = due is not None and not self.acts.vague.search(self.text[due.span[0] : due.span[1]])
        if form.dated and not (listed or dated or self.acts.waits.search(clause)):
            return False
        behind = clause[match.start() : match.end() + (0 if form.own else 4)]
        near = clause[max(0, match.start() - _BEFORE) : match.start()] + ("" if form.reported else behind + clause[match.end() + 4 :][:2])
        return not (self.cues.hedged.search(near) or self.cues.negated.search(behind))

    def _fits(self, form: Form) -> bool:
        """Whether the form may stand in this kind of text."""
        return not ((form.mail and not self.speakers.greeted) or (form.notes and self.speakers.several_or_greeted))

    def _whose(self, found: tuple[Form, re.Match[str]] | None, named: str, place: int) -> tuple[str, str]:
        """Owner and side: as named in front of a list's item, as the form has it, or who speaks."""
        form, match = found if found else (None, None)
        who = (match.groupdict().get("who") or "").strip() if match else ""
        if named and fold(who) not in self.forms and (not who or self._may_act(named)):
            who = named
        elif form is not None and form.mine:
            who = "I"
        elif form is not None and not who:
            who = form.who
        return self._owner(who, place) if who else ("", "")

    def _may_act(self, named: str) -> bool:
        return len(named.split()) <= _LONGEST_NAME or self.acts.people.fullmatch(named) is not None

    def _owner(self, who: str, place: int) -> tuple[str, str]:
        who = re.sub(r"['’]s$", "", who)
        who = _SUBJECTS.get(fold(who), who)
        said = fold(who)
        if said in _FIRST_PERSON and (voice := self.speakers.at(place)):
            writes = fold(voice.name) in (fold(self.known.author), *fold(self.known.author).split()[:1])
            return (self.known.author, OURS) if writes else self._known(voice.name) or (voice.name, voice.side)
        if said == "you":
            voice = self.speakers.spoken_to(place)
            return (self._known(voice.name) or (voice.name, voice.side)) if voice else (who, "")
        if said in _FIRST_PERSON and self.known.author:
            return self.known.author, OURS
        if known := self._known(who):
            return known
        if said in self.strangers:
            return who, THEIRS if self.acts.theirs.search(self.strangers[said]) else ""
        side = next((side for side, words in self.cues.pronouns.items() if said in {fold(w) for w in words}), "")
        if not side and (said.startswith(("their ", "the customer")) or " their " in said):
            side = THEIRS
        return {"on me": "me", "on us": "us"}.get(said, who), OURS if side == "ours" else THEIRS if side else ""

    def _known(self, who: str) -> tuple[str, str] | None:
        full = [name for name in self.forms.get(fold(who), []) if fold(who) not in self.strangers or self.known.people[name] != OURS]
        return (full[0], self.known.people[full[0]]) if len(full) == 1 else None


def _to_do(text: str, found: Acts, words: Cues) -> Sequence[Span]:
    """The lines of a list of things to do (the bullets and "Name: …" lines under its heading) and sentences that are labelled so."""
    spans: list[Span] = []
    listing, at = False, 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if found.heading.match(bare):
            listing = True
        elif found.heading_over.match(bare):
            listing = False
        elif listing and (words.labels.match(line.lstrip()) or found.listed.match(bare) or found.people.fullmatch(_FIELDS.split(bare)[0])):
            spans.append((at, at + len(line)))
        elif bare or spans:
            listing = False
        at += len(line)
    return spans + [span for span in sentences(text) if found.labelled.match(text, *span)]
