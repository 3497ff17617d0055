"""Questions about what was said: what about, by whom, and whose notes to look in.

"What did Alder say about the Birch migration?" is about the Birch migration, and looks in Alder's notes: an account
that is named inside the subject of the saying belongs to what was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from meterline.models.offline.understand.linking import Mention, Named
from meterline.models.offline.understand.words import Said, Token

STANCE = "stance"


@dataclass(frozen=True)
class Topic:
    """The words that a search is for, and where they stand in the question (empty: start == end)."""

    text: str = ""
    start: int = 0
    end: int = 0
    how: str = ""
    """Which kind of word led to it; empty when it is what was left of the question."""

    def holds(self, mention: Mention) -> bool:
        return self.start <= mention.start < self.end


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    from meterline_tools.yamls import parse_yaml

    listed = parse_yaml((Path(__file__).parent / "quoted.yaml").read_text("utf-8"))
    return {name: frozenset(words) for name, words in listed.items()}


def find_topic(tokens: Said, text: str, asking: frozenset[str]) -> Topic:
    """What a question about notes is about: what follows "about", else a word of raising, else of saying, else what is left.

    `asking` are words that say nothing of a topic by themselves.
    """
    words = _words()
    for markers in (STANCE, "about", "raising", "stating", "on", "saying"):
        places = [at for at, token in enumerate(tokens) if token.kind == "word" and token.norm in words[markers]]
        for at in reversed(places) if markers == "on" else places:
            stated = markers == "stating" and not (tokens[at + 1 :] and tokens[at + 1].norm in words["that"])
            if not stated and (topic := _after(tokens, at + 1, text, markers)).text:
                return topic if markers != STANCE else replace(topic, text=text[tokens[at].start : topic.end])
    left = [t for t in tokens if t.kind == "word" and t.norm not in asking and t.norm not in words["empty"]]
    return Topic(" ".join(t.text for t in left), left[0].start, left[-1].end) if left else Topic()


_SENTENCE_END = re.compile(r"[.?!;]\s")


def _after(tokens: Sequence[Token], start: int, text: str, markers: str) -> Topic:
    words = _words()
    while start < len(tokens) and tokens[start].kind == "word" and tokens[start].norm in words["articles"] | words["empty"]:
        start += 1
    end = start
    while (
        end < len(tokens)
        and not _ends(tokens, end)
        and not (end > start and _SENTENCE_END.search(text, tokens[end - 1].end, tokens[end].start))
    ):
        end += 1
    taken = tokens[start:end]
    if markers in ("on", "saying") and taken and taken[0].kind != "word":
        return Topic()  # "on the 13 May call", "said Alder": a day or a name, not a topic
    if not any(t.kind != "word" or t.norm not in words["empty"] | words["about"] for t in taken):
        return Topic()
    return Topic(text[taken[0].start : taken[-1].end], taken[0].start, taken[-1].end, markers)


def _ends(tokens: Sequence[Token], at: int) -> bool:
    """Whether the topic is over: a period, or a preposition that leads to a name, a period or the notes themselves."""
    words, token = _words(), tokens[at]
    if token.kind == "period":
        return True
    if token.kind != "word" or token.norm not in words["ends"]:
        return False
    beyond = next((t for t in tokens[at + 1 :] if not (t.kind == "word" and t.norm in words["articles"])), None)
    return beyond is None or beyond.kind != "word" or beyond.norm in words["sources"] or token.norm in words["times"]


def spoken_of(topic: Topic, mentions: Sequence[Mention], accounts: Sequence[Named], *, spoken_by: bool) -> list[Named]:
    """The accounts named in the topic alone, where it is told otherwise whose words are meant.

    That is so where another account is named outside of it, a person is, or only mentions are asked for.
    """
    inside = {c.id for m in mentions if topic.holds(m) for c in m.candidates}
    outside = {c.id for m in mentions if not topic.holds(m) for c in m.candidates}
    found = [account for account in accounts if account.id in inside and account.id not in outside]
    return found if len(found) < len(accounts) or (topic.how and (spoken_by or topic.how == "raising")) else []


def who_spoke(unknown: Sequence[str], topic: Topic) -> str:
    """A name nobody of ours has, outside the topic: who is said to have spoken."""
    return next((name for name in unknown if not topic.how or name.casefold() not in topic.text.casefold()), "")
