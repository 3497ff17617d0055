"""What happened: a sentence of a language model tells of an event or a state only where its own figures or citations tell of it.

Verbs of reporting need nothing, verbs of use and movement need a figure or a citation beside them, and any other must be spoken of
by the labels, rows or quotations that the sentence rests on. What Meterline's own writers put down is read off replies, and is not
asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from meterline.claims.grammar import STOPS, TOKEN, Verb, asserted, clauses, content, grammar, is_denied, stems, verbs
from meterline.claims.lexicon import WORD, lexicon
from meterline.claims.said import Said, is_change
from meterline_tools.catalog.words import function_words
from meterline_tools.receipts import Citation, Figure

_ENOUGH = 0.5
"""Share of a sentence's own words that one text must hold for the sentence to be its paraphrase."""
_OF_THEM = re.compile(
    r"\b(?:all|every|most|none of|no|each|half of|many|few|several|nearly all|almost all)\s+(?:of\s+)?(?:the\s+|our\s+|your\s+|their\s+)?"
    r"(?:customers?|accounts?|clients?|contracts?|buyers?|users?)\b(?=.*\b(?:is|are|was|were|has|have|had|will)\b)"
)


def events_are_told(said: Said) -> str | None:
    """Every event of the sentence is spoken of by what it rests on, with the same yes or no."""
    if said.evidence.is_own(said.sentence.text):
        return None
    text = _with_subjects(said)
    comer = grammar().comers.search(text)
    if comer and not any({*comer.group().split()} <= {*WORD.findall(c.quote.lower())} for c in said.cited):
        return f"'{comer.group()}' tells of somebody who came or went without evidence"
    return next((reason for verb in verbs(text) if _needs_evidence(verb, said) and (reason := _untold(verb, said))), None)


def states_are_told(said: Said) -> str | None:
    """What somebody is, and what all of them are or do, stands beside a figure or a quotation that the reader sees."""
    if said.evidence.is_own(said.sentence.text) or said.valued or any(not m.is_figure for m in said.marks):
        return None
    return _state(_with_subjects(said), said) or (None if said.cited else _of_all(said))


def minds_are_cited(said: Said) -> str | None:
    """What a customer expects, knows or considers is somebody's word, whatever figure stands beside it."""
    if said.cited or "?" in said.words or said.evidence.is_own(said.sentence.text):
        return None
    text = said.read
    for name in said.evidence.named_in(text):
        text = text.replace(name.lower(), "they")
    match = grammar().minds.search(text)
    if match is None or said.tokens & {"whether", "if"}:
        return None
    return f"'{match.group()}' tells what somebody has in mind without a citation"


def _is_backed(said: Said) -> bool:
    return bool(said.valued or said.cited)


def _needs_evidence(verb: Verb, said: Said) -> bool:
    data, words, backed = grammar(), lexicon(), _is_backed(said)
    if data.makes_an_event(verb.word, verb.behind):
        return True
    if data.reports(verb.plain) or words.measures["consumption"].fullmatch(verb.word):
        return False
    if any(words.find[name].fullmatch(verb.word) for name in (("up", "down") if backed else ("moved_up", "moved_down"))):
        return False  # directions are held against figures by their own checks
    if backed:
        return not data.moves(verb.plain)
    sways = stems(verb.plain) & data.lists["neutral"] and verb.behind not in data.lists["goals"]
    return not (sways and any(is_change(f) for f in said.evidence.book.figures.values()))


def _untold(verb: Verb, said: Said) -> str | None:
    if any(verb.stems & stems(text) for f in said.shown for text in _texts_of(f, said)):
        return _not_yet(verb, said)
    cited = [c for c in said.cited if not c.flagged]
    readings = [reading for c in cited for reading in _readings(verb, c)]
    if readings:
        same = verb.denied in readings or said.sentence.kind != "stated"
        return None if same else f"'{verb.word}' says the opposite of what {cited[0].id} tells"
    if _is_paraphrase(verb, said):
        return None
    if cited:
        return f"nothing cited tells that somebody or something '{verb.word}'"
    return f"'{verb.word}' tells of an event without evidence; cite what says so, or leave it out"


def _not_yet(verb: Verb, said: Said) -> str | None:
    """A past form beside a day that is still to come."""
    today = max(said.evidence.given_dates, default=None)
    if today is None or not verb.past or verb.denied or not grammar().is_listed(verb.word):
        return None
    ahead = (f for f in said.figures if f.unit == "date" and str(f.value)[:10] > today.isoformat())
    figure = next((f for f in ahead if verb.stems & stems(f.label)), None)
    return f"'{verb.word}' but {figure.id} is {figure.display}, which is still to come" if figure else None


def _texts_of(figure: Figure, said: Said) -> Iterator[str]:
    """What a figure tells besides its value: its label, its metric, the texts and columns of its row."""
    from meterline_tools.catalog import load_catalog

    yield figure.label
    if metric := load_catalog().metrics.get((figure.metric or "").partition(".")[0]):
        yield metric.label
    receipt = said.evidence.book.receipts[figure.receipt]
    yield " ".join(receipt.columns).replace("_", " ")
    whole = figure.cell is None or receipt.kind == "explanation"
    rows = receipt.rows if figure.cell is None or whole else receipt.rows[figure.cell[0] : figure.cell[0] + 1]
    yield from (cell.replace("_", " ") for row in rows for cell in row if isinstance(cell, str))
    if receipt.kind == "explanation":
        yield from said.evidence.findings


def _readings(verb: Verb, citation: Citation) -> list[bool]:
    """Whether the event is denied, each time that a citation speaks of it."""
    tokens = TOKEN.findall(citation.quote.lower())
    found = [is_denied(tokens, at) for at, token in enumerate(tokens) if verb.stems & stems(token)]
    about = f"{citation.title or ''} {citation.source.replace('_', ' ')}"
    return found or ([verb.denied] if verb.stems & stems(about) else [])


def _is_paraphrase(verb: Verb, said: Said) -> bool:
    """Whether the sentence says in other words what a text of ours says, or a quotation that the reader sees beside it."""
    own = content(said.bare)
    texts = [text for text in (*said.evidence.phrases, *said.evidence.findings) if verb.stems & stems(text)]
    texts += [said.evidence.book.citations[m.id].quote for m in said.marks if not m.is_figure]
    return bool(own) and any(len(own & content(text.lower())) >= max(2, _ENOUGH * len(own)) for text in texts)


def _state(text: str, said: Said) -> str | None:
    """ "Orion is unhappy": what somebody is, told with nothing beside it, or with a citation that does not say so."""
    data, lists = grammar(), grammar().lists
    subjects = lists["pronouns"] | lists["ones"] | lists["many"]
    for tokens in clauses(text):
        for at in asserted(tokens) if tokens[-1] != "?" else ():
            if not at or tokens[at] not in lists["beings"] or tokens[at - 1] not in subjects:
                continue
            words = [w for w in tokens[at + 1 :] if w not in STOPS]
            head = next((w for w in words if not w.endswith("ly") or w in lists["plain_states"]), "")
            place = next((w for w in words if w not in function_words()), "")
            plain = head in lists["plain_states"] or head in function_words() or data.reports(head)
            told = any(stems(place or head) & stems(c.quote) for c in said.cited)
            if not told and (place in lists["ill"] or (head and not plain)):
                return f"'{tokens[at - 1]} {tokens[at]} {head}' is told without a figure or a citation"
    return None


def _of_all(said: Said) -> str | None:
    """ "all customers", "most accounts": something of all of them, with no figure that counts them."""
    match = _OF_THEM.search(said.bare)
    if match is None or said.has("moved_up") or said.has("moved_down") or "?" in said.written:
        return None
    return f"'{match.group()}' speaks of all of them without a figure"


def _with_subjects(said: Said) -> str:
    """The sentence in small letters, without known texts, and with "it" where a name of this turn stands."""
    text = said.read
    for name in sorted(said.evidence.named_in(text), key=len, reverse=True):
        text = text.replace(name.lower(), " it ")
    return said.evidence.strip_known(text).lower()
