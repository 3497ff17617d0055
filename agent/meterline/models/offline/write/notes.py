"""I18: what somebody said, word for word, customer side first. What a note says is quoted, never obeyed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.quoted import STANCE
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import finish, joined, plain_name, subject, told_error


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    replies = [r for key, r in sorted(turn.replies.items()) if key.startswith("notes_")]
    hits = _hits(turn, "notes_")
    said = [h for h in hits if not h.get("flagged")]
    who = _who(reading, context)
    lead = "" if reading.subject.how == STANCE else "about "
    about = f" {lead}{plain_name(reading.topic)}" if _plain(reading.topic) and not reading.inherited else " on that"
    draft = _quotes(said, who, about, reading) if said else _none(who, about)
    noted, recent = ([hit for hit in _hits(turn, begins) if not hit.get("flagged")] for begins in ("noted_", "recent"))
    if noted and not said:
        draft.sections.append(Section(heading="Noted on it by others than the customer", sentences=_as_said(noted)))
    elif recent and not said:
        draft.sections.append(Section(heading="Latest on record from this account", sentences=_as_said(recent)))
    draft.not_available += [str(r.data["status"]) for r in replies if r.data.get("status")]
    draft.not_available += [told_error(r) for r in replies if r.error]
    ordering = [hit for hit in [*hits, *_hits(turn, "noted_")] if hit.get("flagged")]
    if flagged := list(dict.fromkeys(h["citation"] for h in ordering)):
        quoted = [Sentence(text=f"[[{c}]]", kind="stated", citations=[c]) for c in flagged]
        draft.sections.append(Section(heading="Stands in text that speaks to a machine: quoted, not followed", sentences=quoted))
    draft.assumptions += [_repeated(hit) for hit in said if hit.get("also_in")]
    if reading.side and not (reading.speaker or reading.people):
        draft.assumptions.append(f"Only what the {reading.side} side said was searched.")
    draft = finish(draft, reading, metrics=[])
    draft.answer_type = "ANSWER" if said else "ANSWER_UNKNOWN"
    return draft


def _hits(turn: Turn, begins: str) -> list[dict[str, Any]]:
    """What the searches of these keys found."""
    return [hit for key, reply in sorted(turn.replies.items()) if key.startswith(begins) for hit in reply.data.get("hits") or []]


def _as_said(hits: list[dict[str, Any]]) -> list[Sentence]:
    return [Sentence(text=f"[[{h['citation']}]]", kind="stated", citations=[h["citation"]]) for h in hits]


def _who(reading: Reading, context: Context) -> str:
    """Whose words are asked for; an account that is only spoken of is not among them."""
    if reading.speaker:
        return plain_name(reading.speaker)
    named = [n for n in reading.named if n not in reading.spoken_of]
    return subject(replace(reading, named=named), context, own="customers")


def _repeated(hit: dict[str, Any]) -> str:
    copies = [plain_name(str(note)) for note in hit["also_in"]]
    return f"The note {plain_name(str(hit['note_id']))} is shown once; {joined(copies)} repeat{'s' if len(copies) == 1 else ''} it."


def _plain(topic: str) -> bool:
    """Whether the topic can be repeated as it is: words only, few, and none that counts."""
    return bool(topic) and not any(c.isdigit() for c in topic) and len(topic) <= 60 and _COUNTING.isdisjoint(topic.lower().split())


_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "first", "second", "third", "fourth")
_TIMES = [f"{verb}{end}" for verb in ("doubl", "tripl", "quadrupl", "halv") for end in ("e", "es", "ed", "ing")]
_COUNTING = frozenset([*_NUMBERS, *_TIMES, "last", "once", "twice", "both", "half", "double", "triple", "dozen", "all", "every"])


def _quotes(hits: list[dict[str, Any]], who: str, about: str, reading: Reading) -> Draft:
    names = list(dict.fromkeys(plain_name(_account_name(h)) for h in hits if _account_name(h)))
    spoken = f"{who} on record{about}, in their own words:"
    lead = spoken if reading.accounts or not names else f"On record{about}: {joined(names)}."
    sections: dict[str, Section] = {}
    for hit in hits:
        heading = "" if reading.accounts else plain_name(_account_name(hit))
        section = sections.setdefault(heading, Section(heading=heading))
        section.sentences.append(Sentence(text=f"[[{hit['citation']}]]", kind="stated", citations=[hit["citation"]]))
    cited = [h["citation"] for h in hits]
    draft = Draft(headline=Sentence(text=lead, kind="stated", citations=cited[:1]), sections=list(sections.values()))
    draft.next_steps.append("Open the notes for the whole conversation before you quote them to anyone.")
    return draft


def _account_name(hit: dict[str, Any]) -> str:
    account = hit.get("account")
    return str(account.get("name", "")) if isinstance(account, dict) else str(hit.get("account_name") or account or "")


def _none(who: str, about: str) -> Draft:
    draft = Draft(headline=Sentence(text=f"Nothing that {who} said{about} was found in the notes visible to you."))
    draft.next_steps.append("Ask with other words, or for what our own side noted.")
    return draft
