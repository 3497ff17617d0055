"""How a quotation is cut and dated: no "not" left outside it, no two fragments as one sentence, nobody else's words, no other day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from meterline.claims.lexicon import lexicon, phrase_pattern
from meterline.claims.quotations import without_values
from meterline.claims.said import Said
from meterline.dates import MONTHS, find_days
from meterline.evidence import QUOTED
from meterline_tools.receipts import Citation

_REACH = 5
"""Words before a span in which a negation turns it round."""
_SENTENCE = re.compile(r"[.!?;]\s")
_TURNS = re.compile(r"^[\s,]*(?:only\s+)?(?:unless|if|except|provided|but\s+not)\b", re.IGNORECASE)
"""Behind a span: the condition on which it was said."""
_BETWEEN = re.compile(r"^[\s.…,–—-]*$")


def excerpts_keep_their_sense(said: Said) -> str | None:
    """A span is not cut out of a negation or off its condition, unless the sentence around it says so itself."""
    text = without_values(said)
    for match in QUOTED.finditer(text):
        span = match.group(1) or match.group(2)
        sources = said.evidence.quoted_from(span)
        if sources and all(_is_cut(span, source, text[: match.start()], text[match.end() :]) for source in sources):
            return f"the quotation “{span.strip()[:60]}” leaves out a 'not' or an 'unless' of {sources[0].id}; quote it whole"
    return None


def fragments_stand_apart(said: Said) -> str | None:
    """Two spans side by side read as one: they must follow one another in one source."""
    text = without_values(said)
    quoted = list(QUOTED.finditer(text))
    for one, two in pairwise(quoted):
        if not _BETWEEN.match(text[one.end() : two.start()]):
            continue
        first, second = (m.group(1) or m.group(2) for m in (one, two))
        if not any(0 <= c.quote.find(first) < c.quote.find(second) for c in said.evidence.quoted_from(first)):
            return f"“{first.strip()[:40]}” and “{second.strip()[:40]}” are not said in one go; keep them apart, each with its source"
    return None


def quotations_are_dated(said: Said) -> str | None:
    """A day or month beside a quotation is its own, or one that its words, its title or a figure name."""
    days = {c.date for c in said.cited if c.date}
    if not days or any(f.window for f in said.shown):
        return None
    told = " ".join(f"{c.quote} {c.title or ''}" for c in said.cited).lower()
    for day in find_days(said.written):
        if not any(day.fits(known) for known in days) and MONTHS[day.month - 1][:3] not in told and not _of_a_figure(day.month, said):
            return f"'{said.written[day.start : day.end]}' is not the day of what it cites"
    for match in lexicon().find["months"].finditer(said.words) if said.has("months") else ():
        name, month = match.group(), MONTHS.index(match.group()) + 1
        if name == "may" and "May" not in said.written:
            continue
        if not any(known.month == month for known in days) and name[:3] not in told and not _of_a_figure(month, said):
            return f"'{name.title()}' is not the month of what it cites"
    return None


def people_are_those_cited(said: Said) -> str | None:
    """What a citation tells is told of nobody else who is quoted in this turn, and of nobody as another account's."""
    people = {c.speaker: c for c in said.evidence.book.citations.values() if c.speaker}
    named = {p for p in people if phrase_pattern([p.lower()]).search(said.read)}
    for person in sorted(named):
        for name, ident in ((n, i) for i, n in said.evidence.accounts.items()):
            own = {c.account_id for c in said.evidence.book.citations.values() if c.speaker == person}
            if ident not in own and re.search(rf"{re.escape(person.lower())}\s*(?:of|at|from|,|\()\s*{re.escape(name.lower())}", said.read):
                return f"{person} is quoted in this turn, but not as somebody of {name}"
    if said.sentence.kind != "stated" or not named or not said.cited:
        return None
    told = " ".join(f"{c.quote} {c.speaker or ''} {c.title or ''}" for c in said.cited)
    strangers = sorted(p for p in named if p not in told)
    if strangers and not any(c.speaker in named for c in said.cited):
        return f"the sentence tells it of {strangers[0]}, but {said.cited[0].id} is by {said.cited[0].speaker or said.cited[0].side}"
    return None


def _is_cut(span: str, source: Citation, before: str, behind: str) -> bool:
    quote = " ".join(source.quote.split())
    at = quote.lower().find(" ".join(span.split()).lower())
    if at < 0:
        return False
    rest = quote[at + len(" ".join(span.split())) :]
    turned = _denies(_SENTENCE.split(quote[:at])[-1]) and not _denies(before)
    return turned or bool(_TURNS.match(rest) and not _TURNS.match(behind.lstrip("”’\"' ")))


def _denies(text: str) -> bool:
    words = text.lower().split()[-_REACH:]
    return lexicon().has("negations", " ".join(words)) or any(w.endswith(("n't", "n’t", "cannot")) or w in ("no", "none") for w in words)


def _of_a_figure(month: int, said: Said) -> bool:
    return any(month == int(day[5:7]) for day in _days_of(said))


def _days_of(said: Said) -> Iterator[str]:
    yield from (str(f.value) for f in said.shown if f.unit == "date")
