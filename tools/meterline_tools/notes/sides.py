"""Who speaks: the customer's side or ours.

A turn's own `side` always wins; without one, `contact_id` means customer and anything else vendor.
A note written as one body is our own people's writing (call note, dictation, memo, QBR note): side vendor, speaker the
author (a row that says side system, such as a ticket, is nobody's). Only an e-mail or chat tells more: each "From:" line
opens a message, which is the customer's when its address is in the account's domain (`account_domain` in the row) or,
where no domain is known, when it is not in the author's, or no one of ours is its author. A mail without such a line that
greets its author ("Hi Kim,") was written to them, by the customer. A chat of lines "Name: ..." in which one name is ours
("Us", or the author's own) gives the other names to the customer; so does the account beside a name ("Kim (Account): ...").
In doubt the side is vendor: our own words weigh less as evidence than the customer's, so the mistake is on the safe side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, cast

from meterline_tools.notes.text import Span, trim
from meterline_tools.receipts import Side

_SIDES = {"customer", "vendor", "system"}
_CORRESPONDENCE = {"email", "chat"}
_FROM = re.compile(r"^[ \t>]*(?:from|von|från|de|差出人)[ \t]*[:：][ \t]*(?P<sender>\S[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+-]+@(?P<domain>[\w.-]+\.\w+)")
_HEADER_NAMES = "to|cc|bcc|date|sent|subject|reply-to|an|datum|gesendet|betreff|till|kopia|skickat|ämne|宛先|件名|日時"
_HEADER = re.compile(rf"[ \t>]*(?:{_HEADER_NAMES})[ \t]*[:：][^\n]*(?:\n|$)", re.IGNORECASE)
_LINE = re.compile(
    r"^[ \t>]*(?P<sender>[^\W\d_][\w.'’ -]{0,30}?)"
    r"(?:[ \t]*[(\[,@|–-][ \t]*(?P<where>[^()\[\]:：\n]{2,50})[)\]]?)?[ \t]*[:：][ \t]+(?=\S)",
    re.MULTILINE,
)
_GREETING = re.compile(
    r"\A\s*(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|guten (?:tag|morgen)|hej|hei|bonjour|chère?|cher"
    r"|hola)[ \t]+)?(?P<name>[^\W\d_][\w.'’-]*(?:[ \t]+[^\W\d_][\w.'’-]*)?)[ \t]*[,!:–\n-]",
    re.IGNORECASE,
)
_US = frozenset(["us", "we", "me", "wir", "uns", "ich", "vi", "oss", "jag", "nous", "moi", "nosotros", "yo", "弊社", "当社"])
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True)
class Segment:
    """One paragraph of a body, with whose words it holds."""

    span: Span
    speaker: str | None
    side: Side


def turn_side(entry: Mapping[str, Any]) -> Side:
    given = str(entry.get("side") or "").casefold()
    if given in _SIDES:
        return cast(Side, given)
    return "customer" if entry.get("contact_id") and not entry.get("rep_id") else "vendor"


def body_segments(row: Mapping[str, Any], body: str) -> Iterator[Segment]:
    """Paragraphs of the body in order, each with speaker and side."""
    for message, speaker, side in _messages(row, body):
        start = message[0]
        breaks = [*_PARAGRAPH.finditer(body, *message), None]
        for gap in breaks:
            span = trim(body, (start, gap.start() if gap else message[1]))
            if span[0] < span[1]:
                yield Segment(span, speaker, side)
            start = gap.end() if gap else start


def _messages(row: Mapping[str, Any], body: str) -> Iterator[tuple[Span, str | None, Side]]:
    author = tuple(str(row.get(name) or "").casefold() for name in ("author_name", "author_called"))
    own: Side = "system" if row.get("side") == "system" else "vendor"
    openings = list(_FROM.finditer(body)) if row.get("note_type") in _CORRESPONDENCE else []
    lines = list(_LINE.finditer(body)) if row.get("note_type") == "chat" and not openings else []
    if any(_is_ours(line["sender"], author) or _of_account(line["where"], row) for line in lines):
        yield from _lines(body, lines, author)
        return
    greeting = _GREETING.match(body) if row.get("note_type") == "email" and not openings else None
    if greeting and _is_ours(greeting["name"], author):
        yield (0, len(body)), None, "customer"
        return
    first = openings[0].start() if openings else len(body)
    ours = _domain(openings[0]["sender"]) if openings and row.get("author_rep_id") else ""
    yield (0, first), row.get("author_name"), own
    for opening, following in zip_longest(openings, openings[1:]):
        sender = opening["sender"].strip()
        span = (_after_headers(body, opening.end()), following.start() if following else len(body))
        yield span, _ADDRESS.sub("", sender).strip(" <>()\"'") or sender, _sender_side(row, sender, ours)


def _is_ours(sender: str, author: Sequence[str]) -> bool:
    """`author` holds what the author is called, folded."""
    name = sender.casefold().strip()
    return name in _US or (bool(name) and any(name in (called, called.split(" ")[0]) for called in author))


def _of_account(where: str | None, row: Mapping[str, Any]) -> bool:
    """Whether what stands beside a speaker's name is the account, or the first words of its name."""
    said, name = str(where or "").casefold().strip(), str(row.get("account_name") or "").casefold()
    return bool(said) and (name == said or name.startswith(said + " "))


def _lines(body: str, lines: list[re.Match[str]], author: Sequence[str]) -> Iterator[tuple[Span, str | None, Side]]:
    """The messages of a chat, each from behind its name up to the next name."""
    for line, following in zip_longest(lines, lines[1:]):
        span = (line.end(), following.start() if following else len(body))
        yield span, line["sender"], "vendor" if _is_ours(line["sender"], author) else "customer"


def _sender_side(row: Mapping[str, Any], sender: str, ours: str) -> Side:
    """`ours` is the mail domain of the author, where the author is one of us."""
    domain = _domain(sender)
    home = str(row.get("account_domain") or "").casefold().removeprefix("www.")
    if domain and home:
        return "customer" if domain == home or domain.endswith("." + home) else "vendor"
    if domain and ours:
        return "vendor" if domain == ours else "customer"
    return "vendor" if row.get("author_rep_id") else "customer"


def _domain(sender: str) -> str:
    address = _ADDRESS.search(sender)
    return address["domain"].casefold() if address else ""


def _after_headers(body: str, at: int) -> int:
    """Where the message begins behind its "To:", "Date:", "Subject:" … lines."""
    at = min(at + 1, len(body))
    while header := _HEADER.match(body, at):
        if header.end() == at:
            break
        at = header.end()
    return at
