"""Which of the found names are meant: conversation, own choice, intent and exactness before asking back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rapidfuzz.distance import OSA

from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.letters import capitals_tell
from meterline.models.offline.understand.words import Token, fold, tokenize

CLOSE = 0.15
"""Candidates within this score of the best one are rivals (domain policy for asking back)."""
WEAK = 0.58
"""Below this score a name is only a suggestion."""
ACCOUNT_OR_PERSON = frozenset({"account", "rep", "manager"})
_RANK = (
    "account",
    "rep",
    "manager",
    "industry",
    "segment",
    "region",
    "territory",
    "country",
    "sku_family",
    "sku",
    "connector",
    "motion",
    "plan",
)


@dataclass(frozen=True)
class Named:
    """A thing of the company that a question names."""

    type: str
    id: str
    name: str
    hint: str = ""

    def as_state(self) -> dict[str, str]:
        return {"type": self.type, "id": self.id, "name": self.name}


@dataclass(frozen=True)
class Mention:
    text: str
    start: int
    end: int
    candidates: tuple[Named, ...]
    scores: tuple[float, ...]

    @property
    def rivals(self) -> tuple[Named, ...]:
        return tuple(c for c, s in zip(self.candidates, self.scores, strict=True) if s >= self.scores[0] - CLOSE)

    @property
    def weak(self) -> bool:
        return not self.candidates or self.scores[0] < WEAK


@dataclass
class Linked:
    """Names settled, names still open, and names only suggested ("did you mean")."""

    named: list[Named] = field(default_factory=list)
    open: list[Mention] = field(default_factory=list)
    suggested: list[Mention] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    at: dict[int, Named] = field(default_factory=dict)
    """Where each settled name stands in the question."""


def read_mentions(reply: Mapping[str, Any] | None) -> list[Mention]:
    """The mentions of a find_entities reply, best candidate first."""
    found = []
    for raw in (reply or {}).get("mentions", []):
        ordered = sorted(raw.get("candidates", []), key=lambda c: -float(c.get("score", 0)))
        if raw.get("resolved") and ordered:
            ordered = ordered[:1]
        named = tuple(Named(c["type"], str(c["id"]), c["name"], c.get("hint") or "") for c in ordered)
        found.append(Mention(raw["text"], int(raw["start"]), int(raw["end"]), named, tuple(float(c.get("score", 0)) for c in ordered)))
    return found


def real_mentions(mentions: Sequence[Mention], text: str, lex: Lexicon) -> list[Mention]:
    """Without mentions that are only everyday words of questions ("growth", "last") loosely like a name."""
    cased = capitals_tell(text, lex)
    return [_trimmed(m, text, lex) for m in mentions if m.candidates and not _is_everyday(m, text, lex, cased=cased)]


def said_in_full(mention: Mention) -> bool:
    """Whether every word written is one of the name, so that it is no near miss ("easter" for Eastmere)."""
    words = {t.norm for t in tokenize(mention.text)}
    return any(words <= {fold(part) for part in c.name.split()} or mention.scores[0] >= _AS_SAID for c in mention.candidates[:1])


def _trimmed(mention: Mention, text: str, lex: Lexicon) -> Mention:
    """A mention without a word of ours at its end that is in none of the names ("Alder Glass yoy")."""
    if mention.weak:
        return mention
    words = tokenize(text[mention.start : mention.end])
    names = {fold(part) for c in mention.candidates for part in c.name.split()}
    if len(words) > 1 and words[0].norm in _LEAVING_OUT and not any(_near(words[0].norm, part) for part in names):
        start = mention.start + words[1].start  # "consumption ex Alder"
        mention, words = replace(mention, text=text[start : mention.end], start=start), tokenize(text[start : mention.end])
    last = words[-1].norm if len(words) > 1 else ""
    if not last or not lex.spelling.settled(last) or any(_near(last, part) for part in names):
        return mention
    end = mention.start + words[-2].end
    return replace(mention, text=text[mention.start : end], end=end)


_LEAVING_OUT = frozenset({"ex", "excl", "sans", "minus", "without", "excluding", "except", "less", "not", "only", "just", "besides"})


def _near(word: str, part: str) -> bool:
    from rapidfuzz import fuzz

    return fuzz.ratio(word, part) >= _ALIKE


def _is_everyday(mention: Mention, text: str, lex: Lexicon, *, cased: bool) -> bool:
    words = [t.norm for t in tokenize(text[mention.start : mention.end])]
    exact = any(fold(c.name) == fold(mention.text) or fold(c.id) == fold(mention.text) for c in mention.candidates)
    capital = cased and text[mention.start : mention.end][:1].isupper() and mention.start > 0
    sure = mention.scores[0] >= _NICKNAME or (mention.candidates[0].type in ("rep", "manager") and said_in_full(mention))
    everyday = bool(words) and all(lex.spelling.knows(w) for w in words)
    if not exact and not _is_industry(mention) and len(words) == 1 and _nearer_to_ours(words[0], mention, lex):
        return True
    named = _is_industry(mention) or (capital and sure) or _owns(mention, text) or _acts(mention, text, lex)
    return everyday and not exact and not named


def _is_industry(mention: Mention) -> bool:
    """Whether a word for the companies of an industry was said as it is on file ("banks"): the file has no word that means else."""
    return mention.candidates[0].type == "industry" and mention.scores[0] >= _AS_SAID


def _nearer_to_ours(word: str, mention: Mention, lex: Lexicon) -> bool:
    """Whether a misspelt word is nearer to one of ours than to any name ("compae" to compare, and not to Compute)."""
    mended = lex.spelling.mend(word)
    if mended == word:
        return False
    parts = [fold(part) for c in mention.candidates for part in c.name.split()]
    return all(OSA.distance(word, part) > OSA.distance(word, mended) for part in parts)


_NICKNAME = 0.9
"""From this score on an everyday word that owns something is a name after all ("bill's numbers")."""
_PERIODS = frozenset({"today", "yesterday", "week", "month", "quarter", "year", "day", "fiscal"})


def _acts(mention: Mention, text: str, lex: Lexicon) -> bool:
    """Whether an everyday word is a name after all, as it does something: "what did delta use yesterday"."""
    if mention.scores[0] < _NICKNAME or fold(mention.text) in _PERIODS:
        return False
    before, after = tokenize(text[: mention.start])[-1:], tokenize(text[mention.end :])[:1]
    asked = bool(before) and before[0].norm in _DO
    return asked and bool(after) and after[0].norm in {*lex.concepts["consume"], *lex.concepts["stats"]} - _NOUNS


_DO = frozenset({"did", "does", "do", "has", "is", "was"})
_NOUNS = frozenset(
    {"trend", "performance", "number", "revenue", "usage", "consumption", "volume", "money", "dollars", "bill", "charges", "costs"}
)


def _owns(mention: Mention, text: str) -> bool:
    """Whether an everyday word is a name after all, as it owns something: "delta's spend"."""
    said = text[mention.start : mention.end]
    owning = said.lower().endswith(("'s", "’s")) or text[mention.end : mention.end + 2] in ("'s", "’s")
    word = fold(said)
    part = any(word in {fold(part) for part in c.name.split()} for c in mention.candidates)
    return owning and word not in _PERIODS and (part or mention.scores[0] >= _NICKNAME)


def worded_like(mentions: Sequence[Mention], lex: Lexicon) -> list[Mention]:
    """The mentions that may as well be words of ours written small ("compute" as a product and as a verb)."""
    return [m for m in mentions if m.text.islower() and all(lex.spelling.knows(w.norm) for w in tokenize(m.text))]


def kind_said(mention: Mention, text: str, kinds: Mapping[str, str]) -> str:
    """The kind that the question gives a name: "the enterprise plan", "the retail segment"."""
    following = tokenize(text[mention.end :])[:1]
    return kinds.get(following[0].norm, "") if following else ""


def mask(mentions: Iterable[Mention]) -> list[Token]:
    """Tokens that stand for names: their kind is the best candidate's type."""
    return [
        Token(m.text, f"<{m.candidates[0].type}>", m.start, m.end, m.candidates[0].type) for m in mentions if m.candidates and not m.weak
    ]


def settle(
    mentions: Sequence[Mention],
    *,
    thread: Sequence[Named],
    chosen: Mapping[str, Named],
    prefer: Sequence[str],
    asked_before: bool,
    said: Mapping[int, str] | None = None,
) -> Linked:
    """Decides each mention.

    Args:
        mentions: From find_entities.
        thread: What the conversation is about.
        chosen: Mention text (folded) -> the reading picked in answer to our question.
        prefer: Entity types the intent is about, likeliest first.
        asked_before: Whether the last turn already asked back; then the best reading is assumed.
        said: Where a name stands -> the kind that the question calls it.
    """
    linked = Linked()
    sure = {m.rivals[0].type for m in mentions if not m.weak and len(m.rivals) == 1}
    for mention in mentions:
        if mention.weak:
            linked.suggested.append(mention)
            continue
        choice, because = _of_kind(mention, (said or {}).get(mention.start, "")), ""
        if choice is None:
            choice, because = _choose(mention, thread, chosen, [*prefer, *sorted(sure - ACCOUNT_OR_PERSON)])
        if choice is None and asked_before:
            choice, because = mention.candidates[0], "the nearest match"
        if choice is not None:
            linked.at[mention.start] = choice
        if choice is None:
            linked.open.append(mention)
        elif choice not in linked.named:
            linked.named.append(choice)
            because = because or (
                "the nearest match" if _only_near(mention, choice) else "the industry" if _in_part(mention, choice) else ""
            )
            if because:
                linked.assumptions.append(f"‘{mention.text}’ was read as {choice.name} ({because}).")
    return linked


_ALIKE = 55.0
_AS_SAID = 0.945
"""From this score on a name was said in a way that is on file for it: in full, or by a nickname."""


def _only_near(mention: Mention, choice: Named) -> bool:
    """Whether a written word has no likeness in the name taken ("Alder Corp" read as Alder Labs): then it has to be said."""
    from rapidfuzz import fuzz

    if mention.scores[0] >= _AS_SAID or choice.type not in ACCOUNT_OR_PERSON:
        return False
    parts = [fold(part) for part in choice.name.split()] + [fold(choice.id)]
    words = [t.norm for t in tokenize(mention.text)]
    return len(words) > 1 and any(max((fuzz.ratio(word, part) for part in parts), default=0.0) < _ALIKE for word in words)


_STEM = 5


def _in_part(mention: Mention, choice: Named) -> bool:
    """Whether an industry was called by a word for some of its companies ("banks" for financial services): then it has to be said."""
    if choice.type != "industry":
        return False
    stems = {fold(part)[:_STEM] for part in choice.name.split()}
    return stems.isdisjoint(t.norm[:_STEM] for t in tokenize(mention.text))


def _of_kind(mention: Mention, kind: str) -> Named | None:
    fitting = [c for c in mention.rivals if c.type == kind]
    return fitting[0] if len(fitting) == 1 else None


def _choose(mention: Mention, thread: Sequence[Named], chosen: Mapping[str, Named], prefer: Sequence[str]) -> tuple[Named | None, str]:
    """The reading of a mention, with the reason when it was not the only one; None when it has to be asked."""
    rivals = mention.rivals
    picked = chosen.get(fold(mention.text))
    known = [r for r in rivals if any((r.type, r.id) == (t.type, t.id) for t in thread)]
    exact = [r for r in rivals if fold(r.name) == fold(mention.text)]
    if picked is not None or len(rivals) == 1:
        return picked or rivals[0], ""
    if len(known) == 1:
        return known[0], "as before in this conversation"
    if len(exact) == 1:
        return exact[0], ""
    return _by_kind(rivals, prefer)


def _by_kind(rivals: Sequence[Named], prefer: Sequence[str]) -> tuple[Named | None, str]:
    """The only rival of the kind the question is about; among mere attributes the likeliest kind."""
    kind = next((k for k in prefer if any(r.type == k for r in rivals)), None)
    if kind is None and not any(r.type in ACCOUNT_OR_PERSON for r in rivals):
        kind = min((r.type for r in rivals), key=lambda k: _RANK.index(k) if k in _RANK else len(_RANK))
    fitting = [r for r in rivals if r.type == kind]
    return (fitting[0], f"the {str(kind).replace('_', ' ')}") if len(fitting) == 1 else (None, "")


def to_state(mention: Mention) -> dict[str, Any]:
    """A mention's readings as a conversation keeps them while a question is open."""
    return {"mention": mention.text, "options": [asdict(n) for n in mention.rivals[:4]]}
