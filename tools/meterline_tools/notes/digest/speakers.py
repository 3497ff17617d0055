"""Who says what in a text that holds several voices: the turns of a transcript, the messages of a chat, the writer of a mail."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

from meterline_tools.notes.text import Span

_CLOCK = r"[\[(]?(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?[ \t]+)?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?\)?\]?"
_TURN = re.compile(
    rf"^[ \t>]*(?P<clock>{_CLOCK}(?:[ \t]*[-–])?[ \t]*)?(?P<who>[^\W\d_][\w.'’-]*(?: [\w.'’-]+){{0,3}}?)"
    rf"(?P<clock_behind>[ \t]+{_CLOCK})?(?P<role>[ \t]*[(\[][^)\]\n]{{1,60}}[)\]])?[ \t]*[:：][ \t]+(?=\S)",
    re.MULTILINE,
)
_NUMBERED = re.compile(r"^[ \t]*(?P<who>(?:speaker|participant|sprecher|talare) ?\d+)\b[ \t:]*", re.IGNORECASE | re.MULTILINE)
_HEADED = re.compile(
    rf"^[ \t]*(?P<who>[^\W\d_][\w.'’-]*(?: [\w.'’-]+){{0,2}}?)[ \t]+(?:{_CLOCK})(?:[ \t]?[ap]m)?[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_GREETING = re.compile(
    r"^[ \t]*(?:hi|hello|hey|dear|hallo|liebe[rs]?|hej|guten (?:tag|morgen))[ \t]+"
    r"(?:(?:mr|ms|mrs|dr|herr|frau)\.?[ \t]+)?(?P<who>[^\W\d_][\w'’-]*)[^\n]{0,20}$",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(
    r"^[ \t]*(?:best(?: regards| wishes)?|(?:kind|warm|many)? ?regards|cheers|thanks|thank you|yours(?: \w+)?|sincerely|all the best"
    r"|(?:viele |liebe |beste |mit freundlichen )?grüße?n?|(?:med )?vänliga? hälsning(?:ar)?|mvh|hälsningar)[ \t]*[,.!]?\s*"
    r"(?<!\w)(?P<who>[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_OURS = re.compile(r"\b(?:vendor|us|ours|our side|account (?:manager|executive)|rep)\b", re.IGNORECASE)
_THEIRS = re.compile(r"\b(?:customer|client|kunde|kund|buyer)\b", re.IGNORECASE)
_NO_SPEAKER = re.compile(
    r"^(?:action items?|actions?|to ?dos?|next steps?|follow[- ]?ups?|notes?|present|attendees|participants|agenda|minutes|summary"
    r"|subject|date|from|to|cc|re|parking lot|decisions?|risks?|context|background|ps|update|aufgaben?|nästa steg|info|fyi)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Voice:
    """`side` is "ours", "customer's" or empty."""

    name: str
    side: str = ""


class Speakers:
    """The voices of one text, each from where it begins to where the next does."""

    def __init__(self, text: str) -> None:
        turns = _turns(text)
        self._starts = [start for start, _ in turns]
        self._voices = [voice for _, voice in turns]
        closing, greeting = (None, None) if turns else (_last(_CLOSING, text), _GREETING.search(text))
        self._writer = Voice(closing["who"]) if closing else None
        self._reader = Voice(greeting["who"]) if greeting else None

    @property
    def greeted(self) -> bool:
        """Whether the text is written to one reader, as a mail is."""
        return self._reader is not None

    @property
    def several_or_greeted(self) -> bool:
        """Whether what the text says is said to somebody."""
        return bool(self._voices) or self.greeted

    def at(self, place: int) -> Voice | None:
        """Who says "I" at this place; None where the text does not tell."""
        turn = bisect_right(self._starts, place) - 1
        return self._voices[turn] if turn >= 0 else self._writer

    def without_label(self, span: Span) -> Span:
        """The span from where the words of the turn that begins in it do."""
        turn = bisect_right(self._starts, span[1]) - 1
        return (max(span[0], self._starts[turn]), span[1]) if turn >= 0 else span

    def spoken_to(self, place: int) -> Voice | None:
        """Who is "you" at this place: the other one of two voices, or who is greeted."""
        speaker = self.at(place)
        others = {voice for voice in self._voices if voice != speaker}
        return others.pop() if speaker and len(others) == 1 else self._reader


def _turns(text: str) -> list[tuple[int, Voice]]:
    """Where each turn's words begin. Names in front of a colon speak where two of them do so again, with a role or by the clock."""
    found = [m for m in _TURN.finditer(text) if not _NO_SPEAKER.match(m["who"])]
    often = Counter(m["who"].casefold() for m in found)
    spoken = [m for m in found if m["clock"] or m["clock_behind"] or m["role"] or often[m["who"].casefold()] > 1]
    several = len(spoken) > 1 and len({m["who"].casefold() for m in spoken}) > 1
    turns = found if several else list(_HEADED.finditer(text)) or list(_NUMBERED.finditer(text))
    return [(m.end(), _voice(m)) for m in turns]


def _voice(match: re.Match[str]) -> Voice:
    role = str(match.groupdict().get("role") or "")
    label = f"{match['who']} {role}"
    side = "customer's" if _THEIRS.search(label) else "ours" if _OURS.search(label) else ""
    inside = role.strip(" \t()[]")
    named = inside if _THEIRS.fullmatch(match["who"]) and inside else match["who"]
    return Voice(named, side)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None
