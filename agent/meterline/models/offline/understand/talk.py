"""What a question about notes at large is after: the subject in the asker's words, whose words, and in which tone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from meterline.models.offline.understand.scoring import any_match
from meterline_tools.notes.pasted import keep_with, read_pasted
from meterline_tools.notes.themes import taxonomy

if TYPE_CHECKING:
    from meterline.models.offline.understand.context import Context
    from meterline.models.offline.understand.data import Lexicon
    from meterline.models.offline.understand.reading import Reading
    from meterline.models.offline.understand.words import Said

DIGEST = "digest"
TALKED = frozenset({"themes", "rivals"})
"""Intents about what is said across notes."""
_SHORT_ANSWER = 8


@dataclass(frozen=True)
class Talk:
    subject: str = ""
    side: str = ""
    tone: str = ""
    tickets: bool = False
    """Support tickets alone are asked about."""


def handed_over(question: str, context: Context) -> Talk | None:
    """Whether the message is a text to sum up or keep, or says where the one before is to be kept."""
    if read_pasted(question) is not None:
        return Talk()
    if context.thread.intent == DIGEST:
        if account := keep_with(question):
            return Talk(_bare(account))
        if context.thread.topic == "keep" and len(question.split()) <= _SHORT_ANSWER and not question.rstrip().endswith("?"):
            return Talk(_of_those(question.strip(" .!"), context))
    return None


def _of_those(answer: str, context: Context) -> str:
    """The account among those offered that the answer's words pick out; else the answer itself."""
    words = {word.casefold() for word in answer.split()}
    picked = [option for option in context.thread.listed if words <= {word.casefold() for word in option.name.split()}]
    return picked[0].id if len(picked) == 1 else answer


def _bare(account: str) -> str:
    """ "the Alder record" is Alder."""
    words = account.split()
    words = words[1:] if words[0].casefold() in _ARTICLES and len(words) > 1 else words
    return " ".join(words[:-1] if words[-1].casefold() in _FOLDERS and len(words) > 1 else words)


def settle_talk(reading: Reading) -> None:
    """A product that is spoken of is the subject, and so is a word nobody knows: neither narrows the notes looked at."""
    reading.named = [n for n in reading.named if n.type not in _SUBJECTS]
    reading.open = [m for m in reading.open if not {r.type for r in m.rivals} & _SUBJECTS]
    reading.unknown, reading.suggested = [], []
    kept = tuple(f"was read as {n.name} (the " for n in reading.named)
    reading.assumptions = [told for told in reading.assumptions if " was read as " not in told or any(k in told for k in kept)]
    if reading.intent == "rivals" and _is_everyday(reading.talk.subject):
        reading.talk = replace(reading.talk, subject="")


def _is_everyday(subject: str) -> bool:
    """Whether a subject is nobody's name: small letters, and words that everybody uses ("weak spots", "other vendors")."""
    from meterline.models.offline.understand.data import lexicon

    spelling = lexicon().spelling
    return subject == subject.lower() and all(spelling.knows(word) for word in subject.split())


def talk_of(tokens: Said, lex: Lexicon) -> Talk:
    """The subject of a question about themes or competitors, with the side and the tone it names."""
    cues = lex.followups
    tone = next((name for name, cue in _TONES.items() if any_match(cues[cue], tokens)), "")
    side = "vendor" if any_match(cues["vendor_side"], tokens) else "customer" if any_match(cues["customer_words"], tokens) else ""
    tickets = any_match(cues["in_tickets"], tokens)
    subject = _behind_a_trigger(tokens, lex) or (_wished_for(tokens, lex) if tone == "request" else _of_the_trade(tokens))
    if tickets:  # where it was said, and neither what it is about nor by whom
        subject, side = " ".join(word for word in subject.split() if word.casefold() not in _OF_ASKING), ""
    return Talk(subject, side, tone, tickets)


_TONES = {"complaint": "complaining", "praise": "praising", "request": "requesting"}


def _in_front_of(tokens: Said, at: int, lex: Lexicon) -> str:
    """ "Has latency been mentioned": what is spoken of stands before a passive verb, behind the verb that begins it."""
    if at == 0 or tokens[at - 1].norm not in _PASSIVE:
        return ""
    empty = frozenset(lex.concepts["talk_empty"]) | _PASSIVE | _ARTICLES | _ASKING_HOW
    start = max((i + 1 for i in range(at - 1) if tokens[i].norm in _BEGINNING), default=0)
    return " ".join(t.text for t in tokens[start : at - 1] if t.kind in _SUBJECTS or (t.kind == "word" and t.norm not in empty))


def _behind_a_trigger(tokens: Said, lex: Lexicon) -> str:
    """The words behind the last "mention", "about", "against" … that name something, up to where something else begins."""
    return _behind(tokens, frozenset(lex.concepts["talk_trigger"]), lex)


def _behind(tokens: Said, triggers: frozenset[str], lex: Lexicon) -> str:
    stops, empty = (frozenset(lex.concepts[name]) for name in ("talk_stop", "talk_empty"))
    for at in reversed(range(len(tokens))):
        if tokens[at].kind != "word" or tokens[at].norm not in triggers:
            continue
        if before := _in_front_of(tokens, at, lex):
            return before
        said: list[str] = []
        for place in range(at + 1, len(tokens)):
            token = tokens[place]
            if token.start - tokens[place - 1].end > 1 or token.norm in _PARTS:
                break  # another clause, or what it is to be counted by
            if token.kind in _SUBJECTS:
                said.append(token.text)
            elif token.kind != "word" or (token.norm in stops and said):
                break
            elif not (token.norm in _ARTICLES or token.norm in triggers or (token.norm in stops and not said)):
                said.append(token.text)
        said = [word for word in said if word.casefold() not in empty]
        if said:
            return " ".join(said)
    return ""


def _wished_for(tokens: Said, lex: Lexicon) -> str:
    """ "Which accounts asked for more training": what stands behind the wish; nothing for "what are they asking for"."""
    return _behind(tokens, frozenset(lex.concepts["talk_wish"]), lex)


def _of_the_trade(tokens: Said) -> str:
    """Words of the question that name a theme by themselves ("pricing themes")."""
    words = [t.text for t in tokens if t.kind in _SUBJECTS or (t.kind == "word" and t.norm not in _OF_ASKING and taxonomy().named(t.norm))]
    return " ".join(words)


_SUBJECTS = frozenset({"sku", "sku_family", "connector"})
"""What is spoken of; such names are no filter on notes."""
_PARTS = frozenset({"by", "per"})
_FOLDERS = frozenset({"record", "account", "file", "folder", "page", "notes", "please"})
_ARTICLES = frozenset(
    {"the", "a", "an", "any", "some", "their", "our", "to", "up", "are", "was", "were", "be", "being", "too", "der", "die", "das", "den"}
)
_PASSIVE = frozenset({"been", "being", "was", "were", "is", "are", "get", "gets", "got", "getting", "come", "comes", "came", "coming"})
_BEGINNING = frozenset({"has", "have", "had", "did", "does", "do", "was", "were", "is", "are", "often", "times", "that", "how", "where"})
_ASKING_HOW = frozenset({"how", "often", "many", "much", "more", "less", "times", "where", "when", "which", "who", "what", "has", "have"})
_OF_ASKING = frozenset(
    {
        "report",
        "reports",
        "reporting",
        "competitor",
        "competitors",
        "competition",
        "competitive",
        "rival",
        "rivals",
        "ticket",
        "tickets",
        "support",
        "contract",
        "bill",
    }
)
