"""What no answer holds, whoever told the model to write it: links, pictures, markup, and words that data dictated."""

from __future__ import annotations

import re

from meterline.claims.said import Said, own_text
from meterline.spans import SPAN, SPAN_ASKED, spans_of

_LINK = re.compile(r"://|\bhttps?:|\bwww\.|\b(?:javascript|mailto):|!\[|\]\(|<[/!]?[a-z]|&#?\w+;|\b[\w-]+\.[a-z]{2,}/\S", re.IGNORECASE)

_LINK_SIGN = re.compile(r"[:<&\[\]]|\.\S|www\.", re.IGNORECASE)
"""What every link and all markup hold: most text has none, and is not searched further."""
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w|(?<![\w@.-])[a-z0-9][\w-]*(?:\.[\w-]+)*\.[a-z]{2,}(?![\w-])|^\s*\[[^\]]*\]:", re.IGNORECASE)
"""What mail and chat programs make a link of, although it does not look like one: evil.example, somebody@evil.example."""

_ADDRESS_SIGN = re.compile(r"@|\.[a-z]{2}|\]:", re.IGNORECASE)

_DEED = re.compile(
    r"\b(?:i|we)(?:['’]ve|\s+have)?\s+(?:just\s+|now\s+|already\s+)?(?:sent|deleted|dropped|updated|created|changed|removed|granted|booked|scheduled|emailed"
    r"|notified|posted|messaged|cancelled|canceled|approved|inserted|forwarded|shared)\b|^\s*(?:all\s+)?done\s*[.!]"
)


def no_links(said: Said) -> str | None:
    """Nothing a reader could click, load or run; what a source says stands in a quotation, as text."""
    found = link_in(own_text(said.sentence.text))
    if found is None and _ADDRESS_SIGN.search(said.written) and (address := _ADDRESS.search(said.stripped)):
        found = address.group()
    return f"'{found}' is part of a link, a picture or markup, which no answer holds" if found else None


def link_in(text: str) -> str | None:
    """The first piece of a link, a picture or markup in a text."""
    if not _LINK_SIGN.search(text):
        return None
    found = _LINK.search(text)
    return found.group() if found else None


def nothing_dictated(said: Said) -> str | None:
    """Words of a text that speaks to a machine are repeated in quotation marks, with their source, or not at all."""
    if not (said.evidence.dictated or said.evidence.dictated_by_asker):
        return None
    words = said.words
    for name in said.evidence.named_in(words):
        words = words.replace(name.lower(), " ")
    if spans_of(words, SPAN) & said.evidence.dictated or spans_of(words, SPAN_ASKED) & said.evidence.dictated_by_asker:
        return "it repeats words of a text that gives orders to its reader; such text is quoted, never obeyed"
    return None


def no_deeds(said: Said) -> str | None:
    """Meterline reads and drafts. Whoever reads that something was sent or changed would believe it."""
    found = _DEED.search(said.words)
    return f"'{found.group().strip()}' tells of a deed, and nothing is ever sent or changed here" if found else None
