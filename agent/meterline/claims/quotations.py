"""What somebody said: verbatim, by that person, on that side, about that account; and never an instruction taken up."""

from __future__ import annotations

import re

from meterline.claims.lexicon import lexicon, phrase_pattern
from meterline.claims.said import Said
from meterline_tools.receipts import Citation

_NEAR = 40
"""Characters between a speaker and the speech verb."""
_ASKED_FOR = re.compile(r"\b(?:what|whether|if|how|when|why|who|until|once)\s+(?:the\s+|their\s+)?$")
_NOTHING = re.compile(r"\s+(?:us\s+)?(?:no|nothing|neither|none)\b")
_NOT_THEIRS = re.compile(r"[,;.:]|\b(?:what|whether|how|why)\b|\b(?:is|are|was|were|be|been|being)\s+$")
"""Between them, where the verb is another clause's, or done to them: "they were asked"."""


def quotations_are_verbatim(said: Said) -> str | None:
    quoted = said.evidence.quotations(without_values(said))
    wrong = next((q for q in quoted if not said.evidence.is_quotable(q)), None)
    return f"the quotation “{wrong.strip()[:60]}” is not a verbatim span retrieved in this turn; mark a citation instead" if wrong else None


def speakers_agree(said: Said) -> str | None:
    """Who is said to have said it is the citation's speaker, side and account."""
    sources = _sources(said)
    words = lexicon()
    if not sources or not said.has("speech"):
        return None
    people = {c.speaker for c in said.evidence.book.citations.values() if c.speaker}
    named = {p for p in people if phrase_pattern([p.lower()]).search(said.read)}
    if named and not any(c.speaker in named for c in sources):
        return f"the sentence has {sorted(named)[0]} say it, but {sources[0].id} is by {sources[0].speaker or sources[0].side}"
    sides = {side for side in words.sides if _speaks(side, said.words)}
    if sides and not named and not any(c.side in sides for c in sources):
        return f"the sentence has the {sorted(sides)[0]} say it, but {sources[0].id} is the {sources[0].side}'s"
    return None


def accounts_of_quotations_agree(said: Said) -> str | None:
    """A quotation from one account's notes stands in no sentence about another one."""
    if not said.cited or not (names := said.evidence.accounts):
        return None
    named = said.evidence.named_in(said.read) & set(names.values())  # whose id is not known may be the source's own account
    owners = [names.get(c.account_id or "") for c in said.cited]
    if not named or any(owner in named or not c.account_id for owner, c in zip(owners, said.cited, strict=True)):
        return None
    foreign = next((c for owner, c in zip(owners, said.cited, strict=True) if owner or len(names) > 1), None)
    return f"the sentence names {sorted(named)[0]}, but {foreign.id} is from another account" if foreign else None


def stated_is_cited(said: Said) -> str | None:
    if said.cited:
        return None
    if said.sentence.kind == "stated":
        return "a stated claim without a citation"
    if said.has("speech") and not (said.has("negations") or said.has("none_of") or "?" in said.written) and _somebody_speaks(said.bare):
        return "it tells what somebody said without a citation; mark the quotation"
    return None


def _somebody_speaks(text: str) -> bool:
    """Whether somebody on the customer's side, or with a title, is the subject of a speech verb, and the sentence does not ask for it."""
    words = lexicon()
    people = [*words.find["speakers"].finditer(text), *words.sides["customer"].finditer(text)]
    return any(_speaks_behind(m.end(), text) and not _ASKED_FOR.search(text[: m.start()]) for m in people)


def inferences_say_so(said: Said) -> str | None:
    """An inference that cites nothing, or that names a cause, is told as one: the reader sees no kind."""
    if said.sentence.kind != "inferred" or said.has("hedges"):
        return None
    if said.cited and not (said.has("causal") or said.has("causing")):
        return None
    return "an inferred claim that reads like a fact; write 'likely', 'suggests' or 'may'"


def without_values(said: Said) -> str:
    """The sentence with its quotations, and nothing where marks stand."""
    pieces, at = [], 0
    for mark in said.marks:
        pieces.append(said.sentence.text[at : mark.start])
        at = mark.end
    return " ".join([*pieces, said.sentence.text[at:]])


def _sources(said: Said) -> list[Citation]:
    """The citations whose words the sentence repeats: those it marks, and those that hold its quoted spans."""
    marked = [said.evidence.book.citations[m.id] for m in said.marks if not m.is_figure]
    spans = said.evidence.quotations(without_values(said))
    return marked + [c for span in spans for c in said.evidence.quoted_from(span)]


def _speaks(side: str, text: str) -> bool:
    """Whether that side is the subject of a speech verb, or stands behind "according to"."""
    words = lexicon()
    for match in words.sides[side].finditer(text):
        if _speaks_behind(match.end(), text):
            return True
        if re.search(r"(?:according to|told by|in the words of)\s+$", text[: match.start()]):
            return True
    return False


def _speaks_behind(at: int, text: str) -> bool:
    behind = text[at : at + _NEAR]
    verb = lexicon().find["speech"].search(behind)
    return bool(verb and not _NOT_THEIRS.search(behind[: verb.start()]) and not _NOTHING.match(behind[verb.end() :]))
