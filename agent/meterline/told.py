"""What tools said in a turn: text of Meterline's own, whole sentences of findings, and the other strings of their replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

# Keys of tool replies whose text is written by Meterline's own code, not by data or people.
_OWN_TEXT = frozenset(
    {"label", "assumptions", "reason", "text_rules", "durability_text", "forecast_treatment", "notes", "status", "error", "hint"}
    | {"alternative"}
)
_NO_NAMES = frozenset({"display", "text", "quote", "value", "sql", "title"})
"""Keys whose text holds amounts or what people wrote: a word of it may be said as a name, a number of it may not."""
_AMOUNT = re.compile(r"\W*[\d.,\s]+\s*(?:k|m|b|bn|%|points?|days?|×|a (?:day|month|year))?\W*", re.IGNORECASE)
_LONGEST_NAME = 80


@dataclass
class Told:
    """Strings of a turn's tool replies, by what may be done with them."""

    phrases: set[str] = field(default_factory=set)
    """Text of our own, such as period labels and notes: may be repeated word for word, also within a sentence."""
    findings: set[str] = field(default_factory=set)
    """Whole sentences that a tool wrote, marks and all: what they claim was worked out, not made up."""
    written: set[str] = field(default_factory=set)
    """Sentences and cells of sections that stood ready: our own writers' words, checked like any but for what they tell of events."""
    proofs: set[str] = field(default_factory=set)
    """Ids of the citations on which an explanation rests."""
    names: set[str] = field(default_factory=set)
    """Names and ids of the company's things, which may hold digits."""
    accounts: set[str] = field(default_factory=set)
    """Names of accounts that a reply speaks of, also where no figure is about them."""
    strings: set[str] = field(default_factory=set)
    """Everything else: a word of it may be said as a name, nothing follows from it."""


def told_in(replies: Iterable[Any]) -> Told:
    """What the replies of tools hold, as far as an answer may lean on it."""
    told = Told()
    for reply in replies:
        _collect(reply, told)
    return told


def told_by(messages: Sequence[AnyMessage], whole: Iterable[Any] = ()) -> Told:
    """The same for a conversation's tool messages; one that is no JSON tells nothing. `whole` are replies that were shown in short."""
    replies = list(whole)
    for message in messages:
        if message.type == "tool" and isinstance(message.content, str):
            try:
                replies.append(json.loads(message.content))
            except ValueError:
                continue
    told = told_in(replies)
    # The state of the conversation stands in the system message; a human's may repeat what a model made up.
    told.strings |= {str(message.content) for message in messages if message.type == "system"}
    return told


def _listed(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _collect(reply: Any, told: Told, key: str = "") -> None:
    if isinstance(reply, dict):
        if isinstance(reply.get("text"), str) and "kind" in reply and "citations" in reply:
            told.findings.add(reply["text"])
        told.proofs |= {str(item["citation"]) for item in _listed(reply.get("evidence")) if "citation" in item}
        if reply.get("type") == "account" and isinstance(reply.get("name"), str):
            told.accounts.add(reply["name"])
        told.accounts |= {reply[key] for key in ("account", "account_name") if isinstance(reply.get(key), str)}
        for name, value in reply.items():
            _collect(value, told, "error" if key == "error" else name)
    elif isinstance(reply, list):
        for value in reply:
            _collect(value, told, key)
    elif isinstance(reply, str):
        if key in _OWN_TEXT:
            told.phrases.add(reply)
        elif key not in _NO_NAMES and len(reply) <= _LONGEST_NAME and not _AMOUNT.fullmatch(reply):
            told.names.add(reply)
        else:
            told.strings.add(reply)
